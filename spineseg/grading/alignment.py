"""Lesion + bones -> points of alignment: steps and angles at the involved level, against the levels beside it.

Whether a deformity is new cannot be seen on one study: points are a range up to what a new one would have
(Fisher et al. 2010: translation 4, de novo kyphosis or scoliosis 2, normal 0).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.anatomy.body_shape import BodyShape
from spineseg.domain.anatomy import Vertebra
from spineseg.domain.sins import PointRange, SinsDoubt
from spineseg.grading.spine_bones import SpineBones

# Step between posterior walls that counts as translation [mm]: neck 3.5, thorax 2.5, lumbar 4.5 (after White and
# Panjabi; clinical.md 2.4, the thoracic value unconfirmed). Without a name the middle one.
_TRANSLATION_MM = {"C": 3.5, "T": 2.5, "L": 4.5}
_UNNAMED_TRANSLATION_MM = 3.5
_NOTICED_MM = 2.0  # from here to the threshold a step is borderline (clinical.md 2.4)
_ANGLE_DEG = 10.0  # kyphosis or coronal angle beyond the neighbouring levels' (clinical.md 2.4)
_BORDER_DEG = 3.0  # error of an angle between two end plates [P]
# Error of an end plate's slope between two ends that slices cut at random: sqrt(2/12) of a slice over the depth.
_SLICE_ERROR = float(np.sqrt(2.0 / 12.0))
# With neighbours on one side only less than the first is nothing, and only the second suggests a deformity: between
# the lumbar lordosis and the thorax normal triplets differ by 15 degrees (on phantoms). [P]
_ONE_SIDED_DEG = (5.0, 20.0)
# A tilt to the side needs this many voxels from side to side: a neck on sagittal slices of 3.6 mm has five, and came
# out 20 degrees wrong (on phantoms). [P]
_LEAST_ACROSS = 7.0
_SMOOTH = 0.4  # a coronal angle that the neighbours share by this much is a curve, not a kink [P]
_WITHOUT_UPPER_PLATE = ("C1", "C2")
_TRANSLATED, _DEFORMED = 4, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Findings:
    """Largest step and angles of the involved vertebrae, and their error; None where they could not be measured."""

    translation_mm: float | None
    threshold_mm: float
    kyphosis_deg: float | None
    coronal_deg: float | None
    coronal_kink: bool
    one_sided: bool
    kyphosis_error_deg: float


def score_alignment(bones: SpineBones, number: int) -> PointRange:
    """Points of the worst involved vertebra, from nothing to what would count if it were new."""
    involved = bones.involved(number)
    if not involved:
        return PointRange(low=0, high=0, estimate=0)
    return max((_range(_measure(bones, vertebra)) for vertebra in involved), key=_rank)


def step_mm(upper: BodyShape, lower: BodyShape) -> tuple[float, float]:
    """How far the upper body lies before the lower one and to its left, at the disc between them [mm].

    The posterior walls are extended to the middle of the disc, so that a bend alone is no step.
    """
    between = 0.5 * (upper.wall_point(float(upper.extent_mm[1])) + lower.wall_point(float(lower.extent_mm[0])))
    ends = [one.wall_point(float((between - one.origin) @ one.axes[0])) for one in (upper, lower)]
    axes = upper.axes + lower.axes
    axes = axes / np.linalg.norm(axes, axis=1, keepdims=True)
    offset = ends[0] - ends[1]
    return float(offset @ axes[2]), float(offset @ axes[1])


def triplet_angles_deg(upper: BodyShape, middle: BodyShape, lower: BodyShape) -> tuple[float, float]:
    """Kyphosis and coronal angle from the upper end plate of the first to the lower one of the last body [degree].

    Kyphosis is positive; a coronal angle is positive where the spine turns to the left on its way down.
    """
    first, last = upper.normal(upper.upper), lower.normal(lower.lower)
    angles = [np.rad2deg(_tilt(last, middle.axes, axis) - _tilt(first, middle.axes, axis)) for axis in (2, 1)]
    return float(angles[0]), float(angles[1])


def _tilt(normal: NDArray[np.float64], axes: NDArray[np.float64], axis: int) -> float:
    return float(np.arctan2(normal @ axes[axis], normal @ axes[0]))


def _measure(bones: SpineBones, vertebra: Vertebra) -> _Findings:
    place = bones.anatomy.vertebrae.index(vertebra)
    steps = [one for one in (_step(bones, place - 1), _step(bones, place)) if one is not None]
    kyphosis, coronal, kink, one_sided = _excess(bones, place)
    return _Findings(
        # One disc out of view leaves the step there unknown.
        translation_mm=max(steps) if len(steps) == 2 or max(steps, default=0.0) >= _NOTICED_MM else None,
        threshold_mm=_TRANSLATION_MM.get(vertebra.name[0], _UNNAMED_TRANSLATION_MM),
        kyphosis_deg=kyphosis,
        coronal_deg=coronal,
        coronal_kink=kink,
        one_sided=one_sided,
        kyphosis_error_deg=_sampling_error_deg(_shape(bones, place), one_sided=one_sided),
    )


def _sampling_error_deg(shape: BodyShape | None, *, one_sided: bool) -> float:
    """Error of the kyphosis beyond the neighbours' that the thickness of the slices alone makes [degree]."""
    if shape is None:
        return 0.0
    plate = _SLICE_ERROR * shape.along_voxel_mm / shape.depth_mm
    triplets = 2.0 if one_sided else 1.5  # own, and the mean of one or two beside; each has two end plates
    return float(np.rad2deg(np.sqrt(2.0 * triplets) * plate))


def _shape(bones: SpineBones, place: int) -> BodyShape | None:
    vertebrae = bones.anatomy.vertebrae
    return bones.shape(vertebrae[place]) if 0 <= place < len(vertebrae) else None


def _step(bones: SpineBones, place: int) -> float | None:
    """Largest displacement of a vertebra against the one below it [mm]."""
    upper, lower = _shape(bones, place), _shape(bones, place + 1)
    if upper is None or lower is None:
        return None
    return max(abs(offset) for offset in step_mm(upper, lower))


def _excess(bones: SpineBones, place: int) -> tuple[float | None, float | None, bool, bool]:
    """Kyphosis and coronal angle beyond the neighbouring triplets', whether the latter is a kink, one side only."""
    own, shape = _triplet(bones, place), _shape(bones, place)
    # The triplets two levels away hold no end plate of this vertebra.
    beside = [one for one in (_triplet(bones, place - 2), _triplet(bones, place + 2)) if one is not None]
    if own is None or shape is None or not beside:
        return None, None, False, False
    kyphosis, coronal = (float(angle) for angle in np.mean(beside, axis=0))
    if shape.width_mm < _LEAST_ACROSS * shape.left_voxel_mm:
        return own[0] - kyphosis, None, False, len(beside) == 1
    kink = abs(own[1]) > 0 and coronal / own[1] < _SMOOTH
    return own[0] - kyphosis, own[1] - coronal, kink, len(beside) == 1


def _triplet(bones: SpineBones, place: int) -> tuple[float, float] | None:
    upper, middle, lower = (_shape(bones, place + offset) for offset in (-1, 0, 1))
    if upper is None or middle is None or lower is None:
        return None
    if bones.anatomy.vertebrae[place - 1].name in _WITHOUT_UPPER_PLATE:
        return None
    return triplet_angles_deg(upper, middle, lower)


def _rank(points: PointRange) -> tuple[int, int, int]:
    return (points.estimate or 0, points.high, points.doubt is not None)


def _range(found: _Findings) -> PointRange:
    translated, step_doubt = _translation(found)
    deformed, angle_doubt = _deformity(found)
    evidence = {
        key: round(value, 1)
        for key, value in (
            ("translation_mm", found.translation_mm),
            ("kyphosis_deg", found.kyphosis_deg),
            ("coronal_angle_deg", found.coronal_deg),
        )
        if value is not None
    }
    doubts = [doubt for doubt in (step_doubt, angle_doubt) if doubt is not None]
    high = max(_TRANSLATED if step_doubt is not None else 0, _DEFORMED if angle_doubt is not None else 0)
    estimate = translated if deformed is None else max(translated, deformed)
    if deformed is None and not translated:  # thick slices leave both answers open
        return PointRange(low=0, high=high, evidence=evidence, doubt=SinsDoubt.RESOLUTION)
    if SinsDoubt.DE_NOVO_UNKNOWN in doubts:
        doubt: SinsDoubt | None = SinsDoubt.DE_NOVO_UNKNOWN
    else:
        doubt = doubts[0] if doubts else None
    return PointRange(low=0, high=high, estimate=estimate, evidence=evidence, doubt=doubt)


def _translation(found: _Findings) -> tuple[int, SinsDoubt | None]:
    """Points that the images suggest, and why they are not certain."""
    if found.translation_mm is None:
        return 0, SinsDoubt.NOT_IN_VIEW
    if found.translation_mm < _NOTICED_MM:
        return 0, None
    if found.translation_mm < found.threshold_mm:
        return 0, SinsDoubt.BORDERLINE
    return _TRANSLATED, SinsDoubt.DE_NOVO_UNKNOWN


def _deformity(found: _Findings) -> tuple[int | None, SinsDoubt | None]:
    """Points that the images suggest, None where thick slices leave them open, and why they are not certain."""
    if found.kyphosis_deg is None:
        return 0, SinsDoubt.NOT_IN_VIEW
    kyphosis, coronal = found.kyphosis_deg, abs(found.coronal_deg or 0.0)
    error = found.kyphosis_error_deg
    if error > _BORDER_DEG and abs(kyphosis - _ANGLE_DEG) < error and coronal < _ANGLE_DEG:
        return None, SinsDoubt.RESOLUTION
    if kyphosis >= _ANGLE_DEG or coronal >= _ANGLE_DEG:
        least = _ONE_SIDED_DEG[1] if found.one_sided else _ANGLE_DEG
        suggested = kyphosis >= least or (found.coronal_kink and coronal >= least)
        return (_DEFORMED if suggested else 0), SinsDoubt.DE_NOVO_UNKNOWN
    border = _ONE_SIDED_DEG[0] if found.one_sided else _ANGLE_DEG - _BORDER_DEG
    if kyphosis >= border or coronal >= border:
        return 0, SinsDoubt.BORDERLINE
    return 0, SinsDoubt.RESOLUTION if found.coronal_deg is None else None
