"""Words of a person -> LesionChange; Findings + LesionChange -> Findings with the person's values, the old ones beside.

What follows from a corrected value is corrected with it; what no longer holds is unknown and never kept as if it did.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from spineseg.domain.escc import ESCC_RANK, AbstentionReason, EsccGrade, EsccResult
from spineseg.domain.findings import (
    BoneQuality,
    Compartment,
    CorrectedItem,
    Correction,
    Findings,
    LesionFinding,
    RejectedLesion,
    severity,
)
from spineseg.domain.labels import LEVEL_ORDER
from spineseg.domain.revision_vocabulary import SINS_ITEMS
from spineseg.domain.sins import SINS_MAXIMUM, PointRange, SinsComponent, SinsDoubt, SinsScore
from spineseg.errors import SettingsError

NOT_A_LESION = "not-a-lesion"
# Points that each component can have (Fisher et al. 2010, doi:10.1097/BRS.0b013e3181e16ae2, table 1).
_SINS_POINTS: dict[SinsComponent, tuple[int, ...]] = {
    SinsComponent.LOCATION: (0, 1, 2, 3),
    SinsComponent.PAIN: (0, 1, 3),
    SinsComponent.BONE_LESION: (0, 1, 2),
    SinsComponent.ALIGNMENT: (0, 2, 4),
    SinsComponent.COLLAPSE: (0, 1, 2, 3),
    SinsComponent.POSTEROLATERAL: (0, 1, 3),
}
_BONE_QUALITIES = {2: BoneQuality.LYTIC, 1: BoneQuality.MIXED, 0: BoneQuality.BLASTIC}  # Fisher 2010, table 1
_INTRADURAL = (Compartment.INTRADURAL_EXTRAMEDULLARY, Compartment.INTRAMEDULLARY)
# What a person may say of each item; a level is a list of its own.
ALLOWED: dict[CorrectedItem, tuple[str, ...]] = {
    CorrectedItem.LESION: (NOT_A_LESION,),
    CorrectedItem.ESCC: tuple(grade.value for grade in ESCC_RANK),
    CorrectedItem.COMPARTMENT: tuple(one.value for one in Compartment if one is not Compartment.UNDETERMINED),
    CorrectedItem.LEVEL: LEVEL_ORDER,
    **{item: tuple(str(points) for points in _SINS_POINTS[component]) for item, component in SINS_ITEMS.items()},
}
_LESION_WORD = re.compile(r"lesion=([1-9]\d{0,2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionChange:
    """One value that a person gives.

    Parameters
    ----------
    lesion
        Its place in the report, from 1.
    value
        One of `ALLOWED`; several levels are joined by commas.
    """

    lesion: int
    item: CorrectedItem
    value: str


def parse_changes(words: Sequence[str]) -> tuple[LesionChange, ...]:
    """Changes from words like "lesion=1 escc=1c level=T7,T8 lesion=2 not-a-lesion".

    Raises
    ------
    SettingsError
        A word is not understood; the message names what is allowed.
    """
    changes: list[LesionChange] = []
    lesion: int | None = None
    for word in words:
        if match := _LESION_WORD.fullmatch(word):
            lesion = int(match[1])
            continue
        if lesion is None:
            raise SettingsError("which lesion is meant is not said", f"--set {word}", "begin with lesion=1")
        changes.append(_change(lesion, word))
    if lesion is not None and lesion not in {change.lesion for change in changes}:
        raise SettingsError(f"nothing is set for lesion {lesion}", "--set", _allowed_keys())
    places = [(change.lesion, change.item) for change in changes]
    if len(set(places)) < len(places):
        raise SettingsError("the same is set twice", "--set", "say it once for each lesion")
    return tuple(changes)


def revise(findings: Findings, changes: Sequence[LesionChange], *, corrected_by: str) -> Findings:
    """Findings with a person's values; lesions worst first again.

    Raises
    ------
    SettingsError
        A lesion is not in the report, or one is rejected and corrected at once.
    """
    for number in dict.fromkeys(change.lesion for change in changes):
        if number > len(findings.lesions):
            count = len(findings.lesions)
            raise SettingsError(f"there is no lesion {number}", "--set", f"the report has {count} lesion(s)")
    kept: list[LesionFinding] = []
    rejected: list[RejectedLesion] = []
    for number, lesion in enumerate(findings.lesions, start=1):
        own = {change.item: change.value for change in changes if change.lesion == number}
        if CorrectedItem.LESION not in own:
            kept.append(_corrected(lesion, own, corrected_by))
            continue
        if len(own) > 1:
            raise SettingsError(f"lesion {number} is rejected and corrected at once", "--set", "do one of both")
        before = Correction(item=CorrectedItem.LESION, before="suspected lesion", corrected_by=corrected_by)
        rejected.append(RejectedLesion(tracking_uid=lesion.tracking_uid, levels=lesion.levels, rejection=before))
    return replace(
        findings,
        lesions=tuple(sorted(kept, key=severity, reverse=True)) if changes else findings.lesions,
        rejected=(*findings.rejected, *rejected),
    )


def _change(lesion: int, word: str) -> LesionChange:
    if word == NOT_A_LESION:
        return LesionChange(lesion=lesion, item=CorrectedItem.LESION, value=word)
    key, equals, value = word.partition("=")
    item = next((one for one in CorrectedItem if one.value == key and one is not CorrectedItem.LESION), None)
    if item is None or not equals:
        raise SettingsError("not a value that can be set", f"--set {word}", _allowed_keys())
    values = value.split(",") if item is CorrectedItem.LEVEL else [value]
    if not all(one in ALLOWED[item] for one in values):
        allowed = "C1 to S5, several by commas" if item is CorrectedItem.LEVEL else ", ".join(ALLOWED[item])
        raise SettingsError(f"not a value of {key}", f"--set {word}", f"allowed: {allowed}")
    return LesionChange(lesion=lesion, item=item, value=value)


def _allowed_keys() -> str:
    keys = (f"{item.value}=" for item in CorrectedItem if item is not CorrectedItem.LESION)
    return f"allowed: {', '.join(keys)}, {NOT_A_LESION}"


def _corrected(lesion: LesionFinding, own: dict[CorrectedItem, str], by: str) -> LesionFinding:
    if not own:
        return lesion
    revised = lesion
    if CorrectedItem.COMPARTMENT in own:
        revised = _with_compartment(revised, Compartment(own[CorrectedItem.COMPARTMENT]))
    if CorrectedItem.LEVEL in own:
        revised = _with_levels(revised, own[CorrectedItem.LEVEL])
    if CorrectedItem.ESCC in own:
        revised = replace(revised, escc=_settled(revised.escc, EsccGrade(own[CorrectedItem.ESCC])))
    for item, component in SINS_ITEMS.items():
        if item in own:
            revised = _with_points(revised, component, int(own[item]))
    before = _values(lesion)
    after = _values(revised)
    changed = [item for item in CorrectedItem if item in own or before.get(item) != after.get(item)]
    corrections = (Correction(item=item, before=before[item], corrected_by=by) for item in changed)
    return replace(revised, corrections=(*lesion.corrections, *corrections))


def _with_compartment(lesion: LesionFinding, compartment: Compartment) -> LesionFinding:
    """The shares were those of the masks; within the dura ESCC does not apply, as for a lesion that we grade."""
    escc = lesion.escc
    if compartment in _INTRADURAL:
        escc = _settled(escc, EsccGrade.NOT_APPLICABLE, AbstentionReason.INTRADURAL_LESION)
    elif escc.reason is AbstentionReason.INTRADURAL_LESION:
        escc = replace(
            escc, low=EsccGrade.G0, point=EsccGrade.UNDETERMINED, high=EsccGrade.G3,
            reason=AbstentionReason.INTERVAL_CROSSES, levels=(),
        )  # fmt: skip
    return replace(lesion, compartment=compartment, compartment_fractions=None, escc=escc)


def _with_levels(lesion: LesionFinding, value: str) -> LesionFinding:
    """Grades by level and the points of the location were those of other levels."""
    levels = tuple(sorted(set(value.split(",")), key=LEVEL_ORDER.index))
    unknown = PointRange(low=0, high=SINS_MAXIMUM[SinsComponent.LOCATION], doubt=SinsDoubt.LEVEL_UNKNOWN)
    return replace(
        lesion,
        levels=levels,
        escc=replace(lesion.escc, level_of_max=levels[0] if len(levels) == 1 else None, levels=()),
        sins=_with_range(lesion.sins, SinsComponent.LOCATION, unknown),
    )


def _settled(escc: EsccResult, grade: EsccGrade, reason: AbstentionReason | None = None) -> EsccResult:
    """One grade for the lesion; grades by level and of single slices were the machine's."""
    return replace(escc, low=grade, point=grade, high=grade, reason=reason, max_any_slice=None, levels=())


def _with_points(lesion: LesionFinding, component: SinsComponent, points: int) -> LesionFinding:
    known = replace(lesion.sins.range_of(component), low=points, high=points, estimate=None, doubt=None)
    revised = replace(lesion, sins=_with_range(lesion.sins, component, known))
    if component is SinsComponent.BONE_LESION:
        return replace(revised, bone_quality=_BONE_QUALITIES[points])
    return revised


def _with_range(sins: SinsScore, component: SinsComponent, points: PointRange) -> SinsScore:
    return replace(sins, components={**sins.components, component: points})


def _values(lesion: LesionFinding) -> dict[CorrectedItem, str]:
    """Every item that can be corrected, in words."""
    escc, sins = lesion.escc, lesion.sins
    ranges = {item: sins.range_of(component) for item, component in SINS_ITEMS.items()}
    return {
        CorrectedItem.ESCC: _interval(escc.point.value, escc.low.value, escc.high.value),
        CorrectedItem.COMPARTMENT: lesion.compartment.value,
        CorrectedItem.LEVEL: ", ".join(lesion.levels) or "not known",
        **{item: _interval("", str(points.low), str(points.high)) for item, points in ranges.items()},
    }


def _interval(point: str, low: str, high: str) -> str:
    if low == high:
        return low
    return f"{point} (range {low} to {high})" if point else f"{low} to {high}"
