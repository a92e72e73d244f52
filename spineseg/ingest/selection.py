"""Study -> SeriesSelection: the best series of each role, every other one with the reason why not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from spineseg.domain.study import ChosenSeries, Refusal, RefusedSeries, Series, SeriesSelection, Study
from spineseg.domain.volume import Modality, SeriesRole
from spineseg.errors import NoSuitableSeriesError
from spineseg.ingest.refusal import is_reformatted, localizers_of, plane_of, refusal_of
from spineseg.ingest.weighting import Weighting, WeightingEvidence, codes, weighting_of

# Roles in the order in which results are shown. Axial T2 first: ESCC is defined on axial T2 (Bilsky et al. 2010,
# doi:10.3171/2010.3.SPINE09459), then the sagittal overview.
ROLE_ORDER = (
    SeriesRole.AXIAL_T2, SeriesRole.SAGITTAL_T2, SeriesRole.CT, SeriesRole.T1_CONTRAST, SeriesRole.STIR,
    SeriesRole.T1, SeriesRole.OTHER,
)  # fmt: skip

# Points of the score. All of them are proposals [P]; only their order within a role matters.
_FULL_COVERAGE_MM = 300.0  # two thirds of an adult spine: what one station of a spine coil shows
_COVERAGE_POINTS = 4.0
_SLICE_SPACING_POINTS = ((1.5, 2.0), (3.5, 1.5), (5.0, 1.0))  # up to this spacing [mm], points
_PIXEL_POINTS = ((0.7, 1.0), (1.0, 0.5))  # up to this pixel spacing [mm], points
_REFORMAT_POINTS = -2.0
_SHARP_KERNEL_POINTS = -0.5
_DUPLICATE_ROLE_POINTS = -3.0  # a role that a series serves less well than its own
_DIXON_POINTS = -3.0  # fat and opposed-phase images of a Dixon series
_SHARP_KERNEL_NUMBER = 60  # Siemens kernels of 60 and above are for bone and lung

# A second series of a role is analysed too where it shows at least this share of new spine (two-station studies).
_NEW_SHARE = 0.4
_DIXON_TYPES = frozenset({"FAT", "F", "OUT_PHASE", "OPP_PHASE", "OP", "OUTPHASE"})
_SHARP_KERNELS = frozenset({"BONE", "BONEPLUS", "LUNG", "EDGE", "YB", "YC", "YD", "D", "E"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A series in a role that it could serve."""

    series: Series
    role: SeriesRole
    score: float
    reasons: tuple[str, ...]


def select_series(study: Study) -> SeriesSelection:
    """Choose the series to analyse.

    For each role the best series, and further ones of that role where they show spine that the better ones do
    not. A series of unknown contrast is chosen only where nothing else is left.

    Returns
    -------
    SeriesSelection
        `chosen` in the order of `ROLE_ORDER`, best first; every other series in `refused`.

    Raises
    ------
    NoSuitableSeriesError
        No series can be used; carries every refusal.
    """
    localizers = localizers_of(study.series)
    refused: list[RefusedSeries] = []
    candidates: list[_Candidate] = []
    for series in study.series:
        reason = refusal_of(series)
        if reason is None and series.series_instance_uid in localizers:
            reason = (Refusal.LOCALIZER, "three planes of few slices")
        if reason is not None:
            refused.append(_refused(series, *reason))
        else:
            candidates += _candidates(series)
    chosen = _chosen(candidates)
    taken = {_key(candidate.series) for candidate in chosen}
    rejected = {_key(candidate.series): candidate for candidate in reversed(candidates)}
    for key, candidate in rejected.items():
        if key not in taken:
            refused.append(_refused(candidate.series, *_why_not(candidate)))
    refused.sort(key=lambda one: (one.series_number is None, one.series_number or 0, one.series_instance_uid, one.part))
    if not chosen:
        raise NoSuitableSeriesError(
            "no series of the study can be used",
            remedy="send a T2 series or a CT of the spine as it was acquired",
            refusals=[_line(one) for one in refused],
        )
    return SeriesSelection(chosen=tuple(_as_chosen(candidate) for candidate in chosen), refused=tuple(refused))


def _candidates(series: Series) -> list[_Candidate]:
    """Roles that a series could serve, the best first."""
    score, reasons = _image_score(series)
    if series.modality == Modality.CT:
        kernel = _kernel_points(series)
        words = (*reasons, "sharp kernel") if kernel else reasons
        return [_Candidate(series=series, role=SeriesRole.CT, score=round(score + kernel, 2), reasons=words)]
    evidence = weighting_of(series.attributes)
    score += evidence.support
    return [
        _Candidate(
            series=series, role=role, score=round(score + points, 2), reasons=(evidence.reason, *words, *reasons)
        )
        for role, points, words in _mr_roles(series, evidence)
    ]


def _mr_roles(series: Series, evidence: WeightingEvidence) -> list[tuple[SeriesRole, float, tuple[str, ...]]]:
    """Roles with points and words added."""
    weighting = evidence.weighting
    is_axial = plane_of(series) == "axial"
    t2 = SeriesRole.AXIAL_T2 if is_axial else SeriesRole.SAGITTAL_T2
    if weighting is Weighting.STIR:
        return [(SeriesRole.STIR, 0.0, ())]
    if weighting is Weighting.T2 and evidence.is_fat_suppressed and not is_axial:
        second = (t2, _DUPLICATE_ROLE_POINTS, ("fat suppressed",))
        return [(SeriesRole.STIR, 0.0, ("fat suppressed",)), second]
    if weighting is Weighting.T2:
        return [(t2, -1.0 if evidence.is_fat_suppressed else 0.0, ("fat suppressed",) * evidence.is_fat_suppressed)]
    if weighting is Weighting.T2_STAR:
        return [(t2, _DUPLICATE_ROLE_POINTS, ("gradient echo",))]
    if weighting is Weighting.T1:
        role = SeriesRole.T1_CONTRAST if evidence.has_contrast_agent else SeriesRole.T1
        return [(role, 0.0, ("contrast agent",) * evidence.has_contrast_agent)]
    return [(SeriesRole.OTHER, 0.0, ())]


def _image_score(series: Series) -> tuple[float, tuple[str, ...]]:
    """Points of coverage and resolution, with the words for them."""
    low, high = series.extent_mm or ((0.0,) * 3, (0.0,) * 3)
    along_spine_mm = high[2] - low[2]
    score = _COVERAGE_POINTS * min(along_spine_mm / _FULL_COVERAGE_MM, 1.0)
    spacing_mm = series.slice_normal_spacing_mm or float("inf")
    pixel_mm = max(series.pixel_spacing_mm or (float("inf"),))
    score += _points(spacing_mm, _SLICE_SPACING_POINTS) + _points(pixel_mm, _PIXEL_POINTS)
    reasons = [
        f"{plane_of(series)}",
        f"{along_spine_mm:.0f} mm along the spine",
        f"{series.number_of_slices} slices, {spacing_mm:.1f} mm apart",
    ]
    if is_reformatted(series):
        score += _REFORMAT_POINTS
        reasons.append("reformatted")
    if _DIXON_TYPES & set(codes(series.attributes, "ImageType")):
        score += _DIXON_POINTS
        reasons.append("fat or opposed-phase image of a Dixon series")
    return score, tuple(reasons)


def _points(value: float, table: Iterable[tuple[float, float]]) -> float:
    return next((points for limit, points in table if value <= limit), 0.0)


def _kernel_points(series: Series) -> float:
    kernel = " ".join(codes(series.attributes, "ConvolutionKernel"))
    digits = re.search(r"\d+", kernel)
    is_sharp = kernel in _SHARP_KERNELS or (digits is not None and int(digits[0]) >= _SHARP_KERNEL_NUMBER)
    return _SHARP_KERNEL_POINTS if is_sharp else 0.0


def _chosen(candidates: list[_Candidate]) -> list[_Candidate]:
    chosen: list[_Candidate] = []
    for role in ROLE_ORDER:
        if role is SeriesRole.OTHER and chosen:
            break
        covered: list[tuple[float, float]] = []
        taken = {_key(candidate.series) for candidate in chosen}
        in_role = [one for one in candidates if one.role is role and _key(one.series) not in taken]
        for candidate in sorted(in_role, key=lambda one: -one.score):
            low, high = _range_along_spine(candidate.series)
            if not covered or _uncovered_share(low, high, covered) >= _NEW_SHARE:
                chosen.append(candidate)
                covered.append((low, high))
    return chosen


def _range_along_spine(series: Series) -> tuple[float, float]:
    low, high = series.extent_mm or ((0.0,) * 3, (0.0,) * 3)
    return low[2], high[2]


def _uncovered_share(low: float, high: float, covered: list[tuple[float, float]]) -> float:
    """Share of a range that none of the others covers."""
    if high <= low:
        return 0.0
    remaining = [(low, high)]
    for start, stop in covered:
        remaining = [
            piece
            for first, last in remaining
            for piece in ((first, min(last, start)), (max(first, stop), last))
            if piece[1] > piece[0]
        ]
    return sum(last - first for first, last in remaining) / (high - low)


def _why_not(candidate: _Candidate) -> tuple[Refusal, str]:
    if candidate.role is SeriesRole.OTHER:
        return Refusal.UNKNOWN_CONTRAST, candidate.reasons[0]
    return Refusal.OTHER_CHOSEN, candidate.role.value.replace("_", " ")


def _refused(series: Series, refusal: Refusal, detail: str) -> RefusedSeries:
    return RefusedSeries(
        series_instance_uid=series.series_instance_uid,
        series_number=series.series_number,
        part=series.part,
        refusal=refusal,
        detail=detail,
    )


def _as_chosen(candidate: _Candidate) -> ChosenSeries:
    return ChosenSeries(series=candidate.series, role=candidate.role, score=candidate.score, reasons=candidate.reasons)


def _line(refused: RefusedSeries) -> str:
    number = "without number" if refused.series_number is None else str(refused.series_number)
    part = f" part {refused.part + 1}" if refused.part else ""
    detail = f" ({refused.detail})" if refused.detail else ""
    return f"series {number}{part}: {refused.refusal.value}{detail}"


def _key(series: Series) -> tuple[str, int]:
    return series.series_instance_uid, series.part
