"""Canvas + Lesion -> bone replaced by tumour; what a lesion is made of and the truth that it carries."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import BoneQuality, Compartment
from spineseg.domain.volume import FloatArray
from spineseg.phantom.canal import CanalPoints
from spineseg.phantom.canvas import Canvas, paint
from spineseg.phantom.growth import Growth
from spineseg.phantom.tissues import Tissue


@dataclass(frozen=True, slots=True, kw_only=True)
class BoneBlob:
    """Ellipsoid in the frame of the canal inside which bone is replaced by tumour.

    Parameters
    ----------
    centre, half : (s, u, v) [mm]
    paraspinal
        Whether it also fills the soft tissue outside the bone.
    """

    centre: tuple[float, float, float]
    half: tuple[float, float, float]
    paraspinal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesion:
    """One lesion with its truth.

    Parameters
    ----------
    level
        Level of its centre.
    s
        Its centre along the canal [mm].
    grade
        ESCC of its epidural part on the plateau, or `NOT_APPLICABLE`.
    """

    number: int
    level: str
    s: float
    compartment: Compartment
    grade: EsccGrade
    bone_quality: BoneQuality = BoneQuality.UNDETERMINED
    growths: tuple[Growth, ...] = ()
    bones: tuple[BoneBlob, ...] = ()

    def press(self, section: CanalPoints) -> CanalPoints:
        """The canal with all of this lesion's growths in it."""
        for growth in self.growths:
            section = growth.press(section, self.number)
        return section


def paint_bone_lesion(canvas: Canvas, lesion: Lesion) -> None:
    """Bone, and soft tissue beside it, replaced by tumour; discs resist."""
    for blob in lesion.bones:
        _paint_blob(canvas, lesion, blob)


def _paint_blob(canvas: Canvas, lesion: Lesion, blob: BoneBlob) -> None:
    (s, u, v), (half_s, half_u, half_v) = blob.centre, blob.half
    reach = 1.25
    chosen = canvas.box(
        u_mm=abs(u) + reach * half_u,
        v_mm=(v - reach * half_v, v + reach * half_v),
        s_mm=(s - reach * half_s, s + reach * half_s),
    )
    if not chosen.size:
        return
    points = canvas.points.at(chosen)
    gauge = ((points.s - s) / half_s) ** 2 + ((points.u - u) / half_u) ** 2 + ((points.v - v) / half_v) ** 2
    inside = gauge + np.float32(0.12) * canvas.rough[chosen] < 1
    bone = canvas.subregions[chosen] > 0
    tissue = _bone_tissue(lesion.bone_quality, canvas.rough[chosen])
    paint(canvas.tissue, chosen, inside & bone, tissue)
    paint(canvas.lesions, chosen, inside & bone, lesion.number)
    if blob.paraspinal:
        beside = inside & (canvas.anatomy[chosen] == 0) & (canvas.tissue[chosen] != Tissue.LUNG)
        paint(canvas.tissue, chosen, beside, Tissue.LESION_SOFT)
        paint(canvas.lesions, chosen, beside, lesion.number)


def _bone_tissue(quality: BoneQuality, rough: FloatArray) -> NDArray[np.uint8]:
    lytic = {BoneQuality.LYTIC: True, BoneQuality.BLASTIC: False}.get(quality)
    dense = rough > 0.2 if lytic is None else np.full(rough.shape, not lytic)
    return np.where(dense, np.uint8(Tissue.LESION_BLASTIC), np.uint8(Tissue.LESION_LYTIC))


def numbered(lesions: list[Lesion]) -> tuple[Lesion, ...]:
    """Lesions from cranial to caudal, numbered from 1."""
    return tuple(replace(lesion, number=k) for k, lesion in enumerate(sorted(lesions, key=lambda one: one.s), start=1))
