"""SpineAnatomy + vertebra -> VertebraParts: body, posterior wall, pedicles, laminae, processes and rib heads.

Planes are those of the canal (clinical.md sections 2.4 and 3.2): everything is measured along, across and behind the
centreline, so that neither the grid nor a tilt of the spine matters. Left is the patient's left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.anatomy.boxes import Box, label_box
from spineseg.anatomy.centerline import Projection, project
from spineseg.anatomy.subregions_frame import CanalFrame, canal_frame
from spineseg.domain.anatomy import Centerline, SpineAnatomy, Vertebra
from spineseg.domain.labels import CANAL_CONTENT, RIB, VERTEBRAL_BODY
from spineseg.domain.volume import LabelMap, spacing_mm, to_patient, voxel_volume_mm3

Codes = NDArray[np.uint8]
Mask = NDArray[np.bool_]

BODY, POSTERIOR_WALL, SPINOUS_PROCESS = "vertebral_body", "posterior_wall", "spinous_process"
PEDICLE, LAMINA, ARTICULAR_PROCESS = "pedicle", "lamina", "articular_process"
TRANSVERSE_PROCESS, RIB_HEAD = "transverse_process", "rib_head"
PAIRED = (PEDICLE, LAMINA, ARTICULAR_PROCESS, TRANSVERSE_PROCESS, RIB_HEAD)
# Codes of `VertebraParts.codes` are the places in this tuple, counted from 1.
PARTS: tuple[str, ...] = (
    BODY,
    POSTERIOR_WALL,
    SPINOUS_PROCESS,
    *(f"{part}_{side}" for part in PAIRED for side in ("left", "right")),
)
CODE = {name: number for number, name in enumerate(PARTS, start=1)}

_SHELL_MM = 2.0  # thickness of the posterior wall (clinical.md 3.2)
_PAD_MM = 14.0  # around the vertebra, so that its rib heads and the canal are in the box [P]
# Where the arch is cut, judged on phantoms at C5, T7 and L3. [P]
_SPINOUS_HALF_MM = 4.5
_SPINOUS_BEHIND_MM = 3.0
_JOINT_SHARE = 0.34  # of the distance from disc to disc: reach of the articular processes to each side of a disc
_JOINT_WIDTH_MM = 6.0  # articular processes reach this far lateral of the pedicle
_LAMINA_MM = 4.0  # from the canal's wall
# A rib's head and neck: 10 mm beside the body, from 7 mm above its upper end plate to its middle. [P]
_HEAD_MM = 10.0
_HEAD_ABOVE_MM = 7.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VertebraParts:
    """One vertebra divided.

    Parameters
    ----------
    label, name
        Of the vertebra.
    frame
        The canal's measures that divided it.
    indices : (N, 3)
        (slice, row, column) of its voxels and of its rib heads.
    at : (N,)
        The same in the frame of the canal.
    codes : (N,) uint8
        Place in `PARTS`, from 1.
    voxel_mm3
        Volume of one voxel.
    """

    label: int
    name: str
    frame: CanalFrame
    indices: NDArray[np.intp]
    at: Projection
    codes: Codes
    voxel_mm3: float

    def volumes_mm3(self, chosen: Mask | None = None) -> dict[str, float]:
        """Volume of every part; of some of its voxels where `chosen` (N,) is given."""
        codes = self.codes if chosen is None else self.codes[chosen]
        counts = np.bincount(codes, minlength=len(PARTS) + 1)[1:]
        return {name: float(count * self.voxel_mm3) for name, count in zip(PARTS, counts, strict=True)}

    def mask(self, parts: Sequence[str]) -> Mask:
        """Voxels of some parts: (N,)."""
        return np.isin(self.codes, [CODE[name] for name in parts])


def split_vertebra(anatomy: SpineAnatomy, vertebra: Vertebra, box: Box | None = None) -> VertebraParts | None:
    """One vertebra of a described spine divided; None where it has no voxels or the spine no centreline.

    Parameters
    ----------
    box
        Voxels that hold the vertebra, where they are known.
    """
    centerline = anatomy.centerline
    grid = anatomy.segmentation.anatomy
    found = label_box(grid, vertebra.label) if box is None else box
    if centerline is None or found is None:
        return None
    box = _padded(found, grid)
    labels, kinds = grid.array[box], anatomy.segmentation.subregions.array[box]
    own = labels == vertebra.label
    corner = np.array([side.start for side in box])
    bone = np.argwhere(own | (kinds == RIB)) + corner
    canal = np.argwhere(np.isin(labels, CANAL_CONTENT)) + corner
    at = project(centerline, to_patient(grid, bone))
    ribs = kinds[own | (kinds == RIB)] == RIB
    body = kinds[own | (kinds == RIB)] == VERTEBRAL_BODY
    canal_at = _seen(centerline, grid, canal)
    frame = canal_frame(anatomy, vertebra, canal_at, _chosen(at, ~ribs & ~body))
    if not body.any():  # masks without sub-regions: the plane through the canal's anterior edge parts them
        body = ~ribs & (at.posterior_mm < -frame.front_mm) & (np.abs(at.left_mm) < 2.5 * frame.half_width_mm)
    codes = _arch_codes(at, frame)
    codes[body] = CODE[BODY]
    node = int(np.clip(round(frame.middle_mm / centerline.step_mm), 0, len(centerline.points) - 1))
    wall = _posterior_wall(grid, bone[body] - corner, labels.shape, -centerline.anterior[node])
    codes[np.flatnonzero(body)[wall & (np.abs(at.left_mm[body]) < frame.half_width_mm)]] = CODE[POSTERIOR_WALL]
    heads = _rib_heads(at, ribs, body, vertebra)
    codes[ribs] = 0
    codes[heads] = _sided(RIB_HEAD, at.left_mm[heads])
    kept = codes > 0
    return VertebraParts(
        label=vertebra.label, name=vertebra.name, frame=frame, indices=bone[kept], at=_chosen(at, kept),
        codes=codes[kept], voxel_mm3=voxel_volume_mm3(grid),
    )  # fmt: skip


def _arch_codes(at: Projection, frame: CanalFrame) -> Codes:
    """Code of every point as if it belonged to the posterior elements: (N,)."""
    back = at.posterior_mm
    left = at.left_mm - frame.midline * np.maximum(back, 0.0)
    side = np.abs(left)
    joint_mm = np.minimum(np.abs(at.position_mm - frame.upper_mm), np.abs(at.position_mm - frame.lower_mm))
    in_joint = (joint_mm < _JOINT_SHARE * frame.pitch_mm) | frame.cervical
    lateral = frame.half_width_mm + frame.pedicle_mm
    codes = _sided(LAMINA, left)
    away_mm = _canal_distance(side, back, frame)
    pillar = in_joint & (side > 0.85 * frame.half_width_mm) & (back > -0.1 * frame.front_mm)
    pillar &= (away_mm > 0.75 * _LAMINA_MM) & (side < lateral + _JOINT_WIDTH_MM)
    pedicle = ~pillar & (back < 0.35 * frame.back_mm) & (side < lateral + 1.0)
    transverse = ~pillar & ~pedicle & (side > lateral - 0.5 * frame.pedicle_mm) & (away_mm > _LAMINA_MM)
    spinous = (back > frame.back_mm + _SPINOUS_BEHIND_MM) & (side < _SPINOUS_HALF_MM)
    for chosen, name in ((pillar, ARTICULAR_PROCESS), (pedicle, PEDICLE), (transverse, TRANSVERSE_PROCESS)):
        codes[chosen] = _sided(name, left[chosen])
    codes[spinous] = CODE[SPINOUS_PROCESS]
    return codes


def _canal_distance(side: NDArray[np.float64], back: NDArray[np.float64], frame: CanalFrame) -> NDArray[np.float64]:
    """Distance from the canal's wall along the ray from its middle [mm]; the wall taken as an ellipse."""
    depth = np.where(back > 0, frame.back_mm, frame.front_mm)
    gauge = np.hypot(side / frame.half_width_mm, back / depth)
    radius = np.hypot(side, back)
    return np.asarray(radius - radius / np.maximum(gauge, 1e-3))


def _sided(name: str, left_mm: NDArray[np.float64]) -> Codes:
    return np.where(left_mm > 0, np.uint8(CODE[f"{name}_left"]), np.uint8(CODE[f"{name}_right"])).astype(np.uint8)


def _posterior_wall(
    grid: LabelMap, indices: NDArray[np.intp], shape: tuple[int, ...], posterior: NDArray[np.float64]
) -> Mask:
    """Body voxels from which 2 mm to posterior lead out of the body: (N,)."""
    body = np.zeros(shape, dtype=np.float32)
    body[tuple(indices.T)] = 1.0
    step = np.linalg.solve(np.asarray(grid.affine)[:3, :3], _SHELL_MM * posterior)
    there = ndimage.map_coordinates(body, (indices + step).T, order=1, mode="constant")
    return np.asarray(there < 0.5)


def _rib_heads(at: Projection, ribs: Mask, body: Mask, vertebra: Vertebra) -> Mask:
    if not ribs.any() or not body.any():
        return np.zeros_like(ribs)
    low, high = vertebra.extent_mm
    right, left = np.percentile(at.left_mm[body], (2, 98))
    near = (at.left_mm < left + _HEAD_MM) & (at.left_mm > right - _HEAD_MM)
    near &= (at.position_mm > low - _HEAD_ABOVE_MM) & (at.position_mm < 0.5 * (low + high))
    return np.asarray(ribs & near & (at.posterior_mm < 0.5 * np.median(np.abs(at.posterior_mm[body]))))


def _padded(box: Box, grid: LabelMap) -> Box:
    pad = np.ceil(_PAD_MM / spacing_mm(grid)).astype(int)
    return tuple(
        slice(max(0, side.start - int(more)), min(size, side.stop + int(more)))
        for side, more, size in zip(box, pad, grid.spatial_shape, strict=True)
    )


def _seen(centerline: Centerline, grid: LabelMap, indices: NDArray[np.intp]) -> Projection:
    thinned = indices[:: max(1, len(indices) // 20_000)]
    if len(thinned):
        return project(centerline, to_patient(grid, thinned))
    none = np.zeros(0)
    return Projection(position_mm=none, left_mm=none, posterior_mm=none)


def _chosen(at: Projection, mask: Mask) -> Projection:
    return Projection(position_mm=at.position_mm[mask], left_mm=at.left_mm[mask], posterior_mm=at.posterior_mm[mask])
