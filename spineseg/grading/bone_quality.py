"""Lesion + CT image -> lytic, blastic or mixed, and its SINS points: HU against the patient's own unaffected bodies.

Fisher et al. 2010: lytic 2, mixed 1, blastic 0. Readers agree poorly here (kappa 0.21-0.24, clinical.md 2.2), so
limits are ranges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.anatomy.subregions import BODY, POSTERIOR_WALL
from spineseg.domain.anatomy import Vertebra
from spineseg.domain.findings import BoneQuality
from spineseg.domain.sins import PointRange, SinsDoubt
from spineseg.domain.volume import ImageGrid, Modality, resample, spacing_mm
from spineseg.grading.lesion_view import LesionView
from spineseg.grading.spine_bones import LEAST_INVOLVED_MM3, SpineBones

# Rules of clinical.md section 2.4 [P].
_ERODED_MM = 3.0
_LEAST_REFERENCES = 2
_MOST_REFERENCES = 4
_LYTIC_SD, _LYTIC_HU = 1.5, 150.0
_BLASTIC_SD, _BLASTIC_HU = 3.0, 300.0
_MAIN, _SECOND = 0.30, 0.15  # shares of voxels: of what names the lesion, and of what makes it mixed
_BORDER = 0.04  # shares this close to a limit leave both answers open [P]
_LEAST_REFERENCE_VOXELS = 50
_INCOMPARABLE = ("C1", "C2", "S1")  # dens and sacrum have bone of another density
_POINTS = {BoneQuality.LYTIC: 2, BoneQuality.MIXED: 1, BoneQuality.BLASTIC: 0}
_HIGHEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class BoneResult:
    """Quality of the bone in a lesion and its points; `measured` where a CT was read."""

    quality: BoneQuality
    points: PointRange
    measured: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Trabecular bone of unaffected vertebrae [HU]."""

    mean_hu: float
    sd_hu: float


def find_bone_quality(view: LesionView, bones: SpineBones, image: ImageGrid | None) -> BoneResult:
    """Lytic, blastic or mixed from the HU of the lesion's bone.

    Parameters
    ----------
    image : (slice, row, column) [HU]
        CT that the masks were made on; None or MR leaves the quality unknown.
    """
    segmentation = view.anatomy.segmentation
    if image is None or segmentation.modality is not Modality.CT:
        return _unknown(SinsDoubt.NEEDS_CT)
    bone = view.voxels.in_bone
    if np.count_nonzero(bone) * view.volume_mm3 / len(bone) < LEAST_INVOLVED_MM3:
        return _unknown(SinsDoubt.NOT_IN_VIEW)
    hounsfield = np.asarray(resample(image, segmentation.anatomy).array, dtype=np.float32)
    values = hounsfield[tuple(view.voxels.indices[bone].T)]
    evidence = {"lesion_mean_hu": round(float(values.mean()), 1), "lesion_max_hu": round(float(values.max()), 1)}
    reference = find_reference(view, bones, hounsfield)
    if reference is None:
        return _unknown(SinsDoubt.NO_REFERENCE, evidence)
    lytic = float(np.mean(values < min(reference.mean_hu - _LYTIC_SD * reference.sd_hu, _LYTIC_HU)))
    blastic = float(np.mean(values > max(reference.mean_hu + _BLASTIC_SD * reference.sd_hu, _BLASTIC_HU)))
    evidence |= {
        "lytic_pct": round(100.0 * lytic, 1), "blastic_pct": round(100.0 * blastic, 1),
        "reference_mean_hu": round(reference.mean_hu, 1), "reference_sd_hu": round(reference.sd_hu, 1),
    }  # fmt: skip
    quality = classify(lytic, blastic)
    open_answers = {
        classify(lytic + a, blastic + b) for a in (-_BORDER, 0.0, _BORDER) for b in (-_BORDER, 0.0, _BORDER)
    }
    return BoneResult(quality=quality, points=_range(quality, open_answers, evidence), measured=True)


def classify(lytic: float, blastic: float) -> BoneQuality:
    """Quality from the shares of lytic and blastic voxels, 0 to 1."""
    if lytic >= _SECOND and blastic >= _SECOND:
        return BoneQuality.MIXED
    if blastic >= _MAIN:
        return BoneQuality.BLASTIC
    return BoneQuality.LYTIC if lytic >= _MAIN else BoneQuality.UNDETERMINED


def find_reference(view: LesionView, bones: SpineBones, hounsfield: NDArray[np.float32]) -> Reference | None:
    """Trabecular HU of the nearest unaffected bodies, their outer 3 mm left out; None with fewer than two."""
    middle = float(np.median(view.voxels.frame.position_mm))
    nearest = sorted(view.anatomy.vertebrae, key=lambda one: abs(one.position_mm - middle))
    samples: list[NDArray[np.float32]] = []
    for vertebra in nearest:
        if vertebra.name in _INCOMPARABLE or not vertebra.complete or bones.is_affected(vertebra):
            continue
        values = _trabecular(bones, vertebra, hounsfield)
        if len(values) >= _LEAST_REFERENCE_VOXELS:
            samples.append(values)
        if len(samples) == _MOST_REFERENCES:
            break
    if len(samples) < _LEAST_REFERENCES:
        return None
    together = np.concatenate(samples)
    return Reference(mean_hu=float(together.mean()), sd_hu=float(together.std()))


def _trabecular(bones: SpineBones, vertebra: Vertebra, hounsfield: NDArray[np.float32]) -> NDArray[np.float32]:
    parts = bones.parts(vertebra)
    if parts is None:
        return np.zeros(0, dtype=np.float32)
    indices = parts.indices[parts.mask((BODY, POSTERIOR_WALL))]
    if not len(indices):
        return np.zeros(0, dtype=np.float32)
    corner = indices.min(axis=0) - 1
    local = indices - corner
    body = np.zeros(local.max(axis=0) + 2, dtype=bool)
    body[tuple(local.T)] = True
    depth = ndimage.distance_transform_edt(body, sampling=spacing_mm(bones.anatomy.segmentation.anatomy))[
        tuple(local.T)
    ]
    return np.asarray(hounsfield[tuple(indices[depth > _ERODED_MM].T)])


def _unknown(doubt: SinsDoubt, evidence: dict[str, float] | None = None) -> BoneResult:
    points = PointRange(low=0, high=_HIGHEST, evidence=evidence or {}, doubt=doubt)
    return BoneResult(quality=BoneQuality.UNDETERMINED, points=points, measured=evidence is not None)


def _range(quality: BoneQuality, answers: set[BoneQuality], evidence: dict[str, float]) -> PointRange:
    if BoneQuality.UNDETERMINED in answers:
        estimate = _POINTS.get(quality)
        return PointRange(low=0, high=_HIGHEST, estimate=estimate, evidence=evidence, doubt=SinsDoubt.BORDERLINE)
    points = sorted(_POINTS[answer] for answer in answers)
    doubt = SinsDoubt.BORDERLINE if points[0] != points[-1] else None
    return PointRange(low=points[0], high=points[-1], estimate=_POINTS[quality], evidence=evidence, doubt=doubt)
