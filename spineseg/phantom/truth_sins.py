"""Phantom + lesion -> true SINS components and true sub-regions: what construction fixes, nothing measured on masks.

Nothing here is computed by the code that the phantoms test: heights come from the surfaces of the bodies before and
after their collapse, steps from the slips that were built in, and parts from the shapes of the arch.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.findings import BoneQuality
from spineseg.domain.labels import CANAL_CONTENT, EPIDURAL_SPACE
from spineseg.domain.sins import PointRange, SinsComponent, SinsScore
from spineseg.phantom import anthropometry as table
from spineseg.phantom.anthropometry import LEVELS
from spineseg.phantom.lesions import Lesion
from spineseg.phantom.rasterize import Phantom
from spineseg.phantom.spine import Spine
from spineseg.phantom.truth_parts import TrueParts, true_parts

# Fisher 2010, as its table reads; limits of clinical.md sections 2.4 and 3.2.
_QUALITY_POINTS = {BoneQuality.LYTIC: 2, BoneQuality.MIXED: 1, BoneQuality.BLASTIC: 0}
_COLLAPSED, _HALF = 0.2, 0.5
_SHARE, _VOLUME_MM3 = 0.2, 300.0
_TRANSLATION_MM = {"C": 3.5, "T": 2.5, "L": 4.5}
_ANGLE_DEG = 10.0
# A part counts as reached from 10 % of it, and never below 30 mm³; the spaces from these volumes.
_PART_SHARE, _PART_LEAST_MM3, _PART_MM3 = 0.10, 30.0, 200.0
_EPIDURAL_MM3, _BESIDE_MM3 = 50.0, 500.0
_REACHED_MM3 = 100.0  # tumour in a vertebra that makes it an involved one


def true_sins(phantom: Phantom, lesion: Lesion, involved: Mapping[int, TrueParts]) -> SinsScore:
    """Components that construction fixes; pain, and what is not built on purpose, stay unknown.

    Parameters
    ----------
    involved
        Result of `involved_parts`.
    """
    if not lesion.bones:
        return SinsScore(components={})
    points: dict[SinsComponent, int | None] = {
        SinsComponent.LOCATION: _location_points(lesion.level),
        SinsComponent.BONE_LESION: _QUALITY_POINTS.get(lesion.bone_quality),
        SinsComponent.ALIGNMENT: _alignment_points(phantom.spine, LEVELS.index(lesion.level)),
    }
    if involved:
        collapse = [_collapse_points(phantom.spine, k, parts, lesion.number) for k, parts in involved.items()]
        points[SinsComponent.COLLAPSE] = None if None in collapse else max(one for one in collapse if one is not None)
        points[SinsComponent.POSTEROLATERAL] = max(
            _posterolateral_points(parts, lesion.number) for parts in involved.values()
        )
    return SinsScore(
        components={key: PointRange(low=value, high=value) for key, value in points.items() if value is not None}
    )


def true_subregions(lesion: Lesion, involved: Mapping[int, TrueParts]) -> tuple[str, ...] | None:
    """Bony parts and spaces beside them that a lesion has reached; None for one that was not built in bone.

    Foramina and the posterior wall's breach are not built on purpose and are left out.
    """
    if not lesion.bones:
        return None
    found: set[str] = set()
    for parts in involved.values():
        tumour = parts.canvas.lesions == lesion.number
        for name, mask in parts.masks.items():
            inside = float(np.count_nonzero(mask & tumour)) * parts.voxel_mm3
            whole = float(np.count_nonzero(mask)) * parts.voxel_mm3
            if inside >= _PART_MM3 or inside >= max(_PART_LEAST_MM3, _PART_SHARE * whole):
                found.add(name)
        epidural = np.count_nonzero(tumour & (parts.canvas.anatomy == EPIDURAL_SPACE)) * parts.voxel_mm3
        if epidural >= _EPIDURAL_MM3:
            found.add("epidural_space")
        soft = tumour & (parts.canvas.anatomy == 0) & (parts.canvas.subregions == 0)
        soft &= ~np.isin(parts.canvas.anatomy, CANAL_CONTENT)
        for side, here in (("left", parts.canvas.points.u > 0), ("right", parts.canvas.points.u <= 0)):
            if np.count_nonzero(soft & here) * parts.voxel_mm3 >= _BESIDE_MM3:
                found.add(f"paraspinal_{side}")
    return tuple(sorted(name for name in found if not name.startswith("costovertebral")))


def involved_parts(phantom: Phantom, labels: NDArray[np.uint8], *, voxel_mm3: float) -> dict[int, TrueParts]:
    """Vertebrae that a lesion has reached, by their index in `LEVELS`.

    Parameters
    ----------
    labels : (N,)
        Anatomy under the lesion's samples.
    voxel_mm3
        Volume that a sample stands for.
    """
    volumes = np.bincount(labels, minlength=256) * voxel_mm3
    values = table.label_values()
    return {k: true_parts(phantom, k) for k in range(table.C2, table.L5 + 1) if volumes[values[k]] >= _REACHED_MM3}


def height_loss(spine: Spine, k: int) -> float:
    """Largest share of height that a third of a body has lost, 0 to 1.

    Against itself before its collapse, and, where the canal bends sharply at it, against the bend of its neighbours:
    a gibbus makes the body in its apex a wedge.
    """
    collapse = float(spine.collapse[k])
    height = float(spine.sizes["body_height"][k])
    before = height / (1 - collapse / 3)
    third = np.arange(1, 6, dtype=np.float64) / 18  # five places inside each third, from behind
    losses = []
    for first in (0.0, 1 / 3, 2 / 3):
        front = first + third
        outline = np.abs(2 * front - 1)
        hollow = 2 * (1 - outline**2) * spine.shape.concavity_mm * float(np.clip(height / 25, 0.3, 1.2))
        wedge = collapse * height * (0.66 * front + 0.2 * (1 - outline))
        place = float(np.median(front))
        bend = _stretch(spine, k, place) / np.mean([_stretch(spine, k - 1, place), _stretch(spine, k + 1, place)])
        losses.append(1 - float(bend * np.median(height - hollow - wedge) / np.median(before - hollow)))
    return max(losses)


def _stretch(spine: Spine, k: int, front: float) -> float:
    """Length along a body at a share of its depth per length along the canal: a bend shortens its inner side."""
    nodes = spine.curve.node(np.linspace(spine.top[k], spine.bottom[k], 9, dtype=np.float32))
    turn = np.sum(spine.curve.bending[:, nodes] * spine.curve.anterior[:, nodes], axis=0)
    ahead = spine.canal.canal_a[nodes] + 2 * spine.canal.body_a[nodes] * front
    return float(np.mean(1 - turn * ahead))


def _collapse_points(spine: Spine, k: int, parts: TrueParts, number: int) -> int | None:
    if spine.pathology is not None and _is_worn(spine, k):
        return None
    loss = height_loss(spine, k)
    body = parts.masks["vertebral_body"]
    involved = float(np.mean(parts.canvas.lesions[body] == number)) if body.any() else 0.0
    if loss >= _COLLAPSED:
        return 3 if loss > _HALF else 2
    return 1 if involved > _HALF else 0


def _is_worn(spine: Spine, k: int) -> bool:
    """Whether wear has changed the height of a body: then it was not built to a known loss."""
    assert spine.pathology is not None
    wear: dict[str, NDArray[np.floating]] = dict(spine.pathology.wear)
    above = ("lower_hollow", "lower_front", "lower_side", "lower_node")
    own = ("crush", "upper_hollow", "upper_front", "upper_side", "upper_node")
    return any(wear[name][k - 1] != 0 for name in above) or any(wear[name][k] != 0 for name in own)


def _posterolateral_points(parts: TrueParts, number: int) -> int:
    tumour = parts.canvas.lesions == number
    sides = 0
    for side in ("left", "right"):
        masks = [
            parts.masks[f"{name}_{side}"]
            for name in ("pedicle", "articular_process", "costovertebral")
            if f"{name}_{side}" in parts.masks
        ]
        inside = [float(np.count_nonzero(mask & tumour)) for mask in masks]
        shares = [count / max(float(np.count_nonzero(mask)), 1.0) for count, mask in zip(inside, masks, strict=True)]
        sides += max(shares) >= _SHARE or max(inside) * parts.voxel_mm3 >= _VOLUME_MM3
    return (0, 1, 3)[sides]


def _alignment_points(spine: Spine, k: int) -> int:
    """Points of the slips and angles that were built in at a level; older curves of the whole spine have none."""
    if spine.pathology is None:
        return 0
    bends = spine.pathology.alignment
    # A slip lies in the disc below its level, so the one of the vertebra above is at this level, too.
    steps = [np.hypot(one.forward_mm, one.left_mm) for one in bends.slips if one.level in (k - 1, k)]
    if max(steps, default=0.0) >= _TRANSLATION_MM.get(LEVELS[k][0], np.inf):
        return 4
    angle = sum(degrees for level, degrees in bends.kyphosis_deg if level == k)
    return 2 if angle >= _ANGLE_DEG else 0


def _location_points(level: str) -> int:
    # Fisher 2010: junctional 3, mobile 2, semi-rigid 1, rigid 0.
    if level in ("C1", "C2", "C7", "T1", "T2", "T11", "T12", "L1", "L5", "S1"):
        return 3
    if level[0] in "CL":
        return 2
    return 1 if level[0] == "T" else 0
