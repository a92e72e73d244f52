"""Phantom + level -> true parts of one vertebra: from the shapes that its arch was painted with, finely sampled.

Nothing here knows how the grading splits a vertebra: points are told apart by the phantom's own depth functions in
its own coordinates (s, u, v).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain.labels import POSTERIOR_ELEMENTS, RIB, VERTEBRAL_BODY
from spineseg.phantom import anthropometry as table
from spineseg.phantom import posterior
from spineseg.phantom.canvas import Canvas
from spineseg.phantom.rasterize import Phantom, paint_all

Mask = NDArray[np.bool_]

STEP_MM = 1.0  # a facet of 9 x 12 x 18 mm has some thousand samples
_SHELL_MM = 2.0  # posterior wall: 2 mm of the body facing the canal (clinical.md 3.2)
_HEAD_MM = 10.0  # length of a rib's head and neck beside the body that counts as its joint [P]
_JOINT_MM = 5.0  # neighbourhood of the rib head that belongs to the costovertebral joint (clinical.md 2.4)
_ARCH = ("pedicle", "lamina", "spinous_process", "transverse_process", "articular_process")
# Around the middle of the body, in shares of the lengths of a spine of mean size [mm]: along, to the sides, behind and
# in front of the canal.
_BOX_MM = (34.0, 48.0, 70.0, 48.0)
_VALUES = table.label_values()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrueParts:
    """One vertebra finely sampled.

    Parameters
    ----------
    canvas
        Everything that is painted in the box.
    masks : name -> (N,)
        Parts of the vertebra, the names of the findings' sub-regions; `costovertebral_left` and `_right` besides.
    shape, affine
        Grid of the samples; `affine` maps its indices to patient space [mm, LPS].
    """

    canvas: Canvas
    masks: dict[str, Mask]
    shape: tuple[int, int, int]
    affine: NDArray[np.float64]

    @property
    def voxel_mm3(self) -> float:
        """Volume that one sample stands for."""
        return float(np.linalg.det(self.affine[:3, :3]))


def true_parts(phantom: Phantom, level: int, *, step_mm: float = STEP_MM) -> TrueParts:
    """Parts of the vertebra with this index in `anthropometry.LEVELS`."""
    spine = phantom.spine
    along, side, behind, ahead = (length * spine.size for length in _BOX_MM)
    middle = float(spine.middle[level])
    corners = np.array(
        [
            spine.curve.to_patient(middle + a * along, b * side, c)
            for a in (-1, 1)
            for b in (-1, 1)
            for c in (-behind, ahead)
        ]
    )
    low = corners.min(axis=0)
    first, second, third = (int(n) for n in np.ceil((corners.max(axis=0) - low) / step_mm))
    shape = (first, second, third)
    affine = np.diag([step_mm, step_mm, step_mm, 1.0])
    affine[:3, 3] = low
    canvas = paint_all(phantom, shape, affine)
    masks = _arch(canvas, level) | _body(canvas, level)
    masks |= _joints(canvas, level, shape, step_mm)
    return TrueParts(canvas=canvas, masks=masks, shape=shape, affine=affine)


def _arch(canvas: Canvas, level: int) -> dict[str, Mask]:
    """The deepest of the shapes that make the arch, at each of its points."""
    spine = canvas.spine
    chosen = np.flatnonzero((canvas.anatomy == _VALUES[level]) & (canvas.subregions == POSTERIOR_ELEMENTS))
    # The painter's own shapes: any other description of the parts would be a guess about them.
    frame = posterior._Frame(spine, canvas.points.at(chosen))
    depths = [
        posterior._pedicles(frame)[0],
        posterior._laminae(frame)[0],
        posterior._spinous(frame)[0],
        posterior._transverse(frame)[0],
        posterior._pillars(spine, frame)[0],
    ]
    deepest = np.argmax(np.stack(depths), axis=0)
    masks = {}
    for number, name in enumerate(_ARCH):
        sides = {"": np.ones(len(chosen), dtype=bool)}
        if name != "spinous_process":
            sides = {"_left": frame.points.u > 0, "_right": frame.points.u <= 0}
        for suffix, here in sides.items():
            mask = np.zeros(canvas.anatomy.shape, dtype=bool)
            mask[chosen[(deepest == number) & here]] = True
            masks[name + suffix] = mask
    return masks


def _body(canvas: Canvas, level: int) -> dict[str, Mask]:
    spine, points = canvas.spine, canvas.points
    body = (canvas.anatomy == _VALUES[level]) & (canvas.subregions == VERTEBRAL_BODY)
    half_depth, half_width = spine.canal.body_a[points.index], spine.canal.body_b[points.index]
    along = ((points.s - spine.middle[level]) / spine.sizes["body_height"][level]).clip(-0.5, 0.5)
    narrowing = 1 - spine.shape.waist * (1 - 4 * along * along)
    power = spine.shape.exponent
    across = (np.abs(points.u) / (half_width * narrowing)).clip(0, 1) ** power
    # The body's outline is a superellipse; this is its back at each point's own side offset.
    back = spine.canal.canal_a[points.index] + half_depth * (1 - narrowing * (1 - across) ** (1 / power))
    facing = np.abs(points.u) < spine.canal.canal_b[points.index]
    return {"vertebral_body": body, "posterior_wall": body & facing & (points.v - back < _SHELL_MM)}


def _joints(canvas: Canvas, level: int, shape: tuple[int, ...], step_mm: float) -> dict[str, Mask]:
    """Rib heads of T1 to T12 and the costovertebral joints around them."""
    spine, points = canvas.spine, canvas.points
    if not table.T1 <= level <= table.T12:
        return {}
    top = float(spine.top[level])
    height = float(spine.sizes["body_height"][level])
    near = np.abs(points.u) < 0.75 * spine.canal.body_b[points.index] + _HEAD_MM * spine.size
    head = (canvas.subregions == RIB) & near & (points.s > top - 8 * spine.size) & (points.s < top + 0.6 * height)
    bone = canvas.anatomy == _VALUES[level]
    joints: dict[str, Mask] = {}
    for side, here in (("left", points.u > 0), ("right", points.u <= 0)):
        own = head & here & (points.v > -0.5 * spine.canal.canal_a[points.index])
        joints[f"rib_head_{side}"] = own
        if own.any():
            distance = ndimage.distance_transform_edt(~own.reshape(shape), sampling=step_mm).ravel()
            joints[f"costovertebral_{side}"] = own | (bone & (distance <= _JOINT_MM))
        else:
            joints[f"costovertebral_{side}"] = own
    return joints
