"""LesionFinding -> what a reviewer checks on the page: SINS with its evidence, ESCC by level, extent, change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from spineseg.domain import vocabulary as words
from spineseg.domain.escc import LevelGrade
from spineseg.domain.extent_vocabulary import TOMITA_TYPES, WBB_LAYERS
from spineseg.domain.findings import BoneQuality, Findings, LesionFinding
from spineseg.domain.grade_evidence import GradeEvidence
from spineseg.domain.sins import SINS_MAXIMUM, PointRange, SinsCategory, SinsComponent, SinsDoubt, SinsScore
from spineseg.reporting.grade_picture import evidence_of
from spineseg.reporting.page_followup import comparison_table
from spineseg.reporting.page_grade import numbers_note, numbers_table
from spineseg.reporting.page_tables import Table
from spineseg.reporting.wording import (
    NOT_ASSESSED,
    NOT_KNOWN,
    grade_text,
    level_text,
    levels_text,
    subregion_text,
    value_text,
)

_Item = TypeVar("_Item")

SECTOR_NOTE = "WBB sectors are numbered after SOSG: counter-clockwise from the left half of the spinous process."
_FULL_TOTAL = sum(SINS_MAXIMUM.values())  # 18 (Fisher 2010, doi:10.1097/BRS.0b013e3181e16ae2)


_AS_A_WHOLE = "The lesion was graded as a whole, see its grade above; its levels were not graded one by one."


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPart:
    """One table of a lesion's review, with the sentence under it."""

    title: str
    table: Table
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A lesion's section of the page; `numbers` led to its grade and stand beside the section that decided."""

    title: str
    numbers: ReviewPart
    parts: tuple[ReviewPart, ...]


def lesion_reviews(
    findings: Findings, names: Mapping[str, str], evidence: Sequence[GradeEvidence] = ()
) -> list[Review]:
    """One section a lesion, worst first.

    Parameters
    ----------
    names
        Series Instance UID -> how the page calls a series.
    evidence
        What the grades were decided on.
    """
    return [
        Review(
            title=f"Lesion {rank}: {levels_text(lesion, findings)}",
            numbers=_numbers_part(lesion, evidence),
            parts=(
                ReviewPart(title="SINS, imaging part", table=sins_table(lesion, names), note=sins_note(lesion.sins)),
                _by_level(lesion, findings, names),
                ReviewPart(title="Extent", table=extent_table(lesion, names), note=SECTOR_NOTE),
                ReviewPart(title="Change since the prior study", table=comparison_table(lesion, findings)),
            ),
        )
        for rank, lesion in enumerate(findings.lesions, start=1)
    ]


def _by_level(lesion: LesionFinding, findings: Findings, names: Mapping[str, str]) -> ReviewPart:
    note = "" if lesion.escc.levels else _AS_A_WHOLE
    return ReviewPart(title="Approximate ESCC by level", table=level_grade_table(lesion, findings, names), note=note)


def _numbers_part(lesion: LesionFinding, evidence: Sequence[GradeEvidence]) -> ReviewPart:
    own = evidence_of(lesion, evidence)
    return ReviewPart(
        title="Numbers that led to the grade", table=numbers_table(lesion, own), note=numbers_note(lesion, own)
    )


def sins_table(lesion: LesionFinding, names: Mapping[str, str]) -> Table:
    """One row a component of SINS."""
    header = ("Component", "Points", "Estimate", "Evidence", "Doubt", "To be asked", "Measured on")
    return Table(header=header, rows=tuple(_sins_row(lesion, component, names) for component in SinsComponent))


def sins_note(sins: SinsScore) -> str:
    """Range of the total with its category, and which components would settle it."""
    total = f"All components together: {_range_text(sins.low, sins.high)} of {_FULL_TOTAL} points"
    if sins.category is not SinsCategory.UNDETERMINED:
        return f"{total}, {words.SINS_CATEGORIES[sins.category].meaning.lower()} at every value of this range."
    asked = ", ".join(_component_text(component) for component in sins.deciding)
    return f"{total}. The range crosses a border, so the category is {NOT_KNOWN}. To be asked: {asked}."


def level_grade_table(lesion: LesionFinding, findings: Findings, names: Mapping[str, str]) -> Table:
    """Approximate ESCC of each level that the lesion was graded at."""
    series = _series_text(lesion.series_instance_uid, names)
    graded: dict[str, LevelGrade] = {one.level: one for one in lesion.escc.levels}
    rows = tuple(
        (
            level_text(name, findings),
            grade_text(graded[name]).removeprefix("approximate ") if name in graded else NOT_ASSESSED,
            series if name in graded else NOT_ASSESSED,
        )
        for name in dict.fromkeys((*graded, *lesion.levels))
    )
    header = ("Level", "Approximate ESCC (range)", "Measured on")
    return Table(header=header, rows=rows or ((f"level {NOT_KNOWN}", NOT_ASSESSED, NOT_ASSESSED),))


def extent_table(lesion: LesionFinding, names: Mapping[str, str]) -> Table:
    """Involved parts, sectors, layers, surgical type and bone quality, each with its series."""
    own = lesion.series_instance_uid
    told = (
        ("Parts of the vertebra involved", _listed(lesion.subregions, subregion_text), own),
        ("WBB sectors (SOSG)", _listed(lesion.wbb_sectors, str), own),
        ("WBB layers", _listed(lesion.wbb_layers, _layer_text), own),
        ("Tomita surgical type", _tomita_text(lesion.tomita_type), own),
        ("Bone quality", _bone_text(lesion), lesion.bone_series_instance_uid or own),
    )
    rows = tuple(
        (fact, value, NOT_ASSESSED if value == NOT_ASSESSED else _series_text(series, names))
        for fact, value, series in told
    )
    return Table(header=("Fact", "Value", "Measured on"), rows=rows)


def _sins_row(lesion: LesionFinding, component: SinsComponent, names: Mapping[str, str]) -> tuple[str, ...]:
    points = lesion.sins.range_of(component)
    known = _is_assessed(component, points, lesion.sins)
    series = points.series_instance_uid or lesion.series_instance_uid
    return (
        _component_text(component).capitalize(),
        _range_text(points.low, points.high) if known else f"{NOT_ASSESSED} ({_range_text(points.low, points.high)})",
        _estimate_text(points) if known else NOT_ASSESSED,
        _evidence_text(lesion, component, points) if known else NOT_ASSESSED,
        _doubt_text(component, points, known=known),
        "yes" if component in lesion.sins.deciding else "no",
        _series_text(series, names) if known else NOT_ASSESSED,
    )


def _is_assessed(component: SinsComponent, points: PointRange, sins: SinsScore) -> bool:
    """Whether anything is known: every value still possible without number or estimate is nothing."""
    silent = points.estimate is None and not points.evidence
    open_range = (points.low, points.high) == (0, SINS_MAXIMUM[component])
    return component in sins.components and not (silent and open_range)


def _component_text(component: SinsComponent) -> str:
    return component.value.replace("_", " ")


def _range_text(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"


def _estimate_text(points: PointRange) -> str:
    if points.estimate is not None:
        return str(points.estimate)
    return str(points.low) if points.low == points.high else "nothing"


def _evidence_text(lesion: LesionFinding, component: SinsComponent, points: PointRange) -> str:
    told = [
        f"{words.SINS_EVIDENCE[key].concept.meaning.lower()} {value_text(value, words.SINS_EVIDENCE[key])}"
        for key, value in points.evidence.items()
    ]
    if component is SinsComponent.LOCATION and lesion.levels:
        told.insert(0, f"levels {', '.join(lesion.levels)}")
    return "; ".join(told) or "no number given"


def _doubt_text(component: SinsComponent, points: PointRange, *, known: bool) -> str:
    doubt = points.doubt
    if doubt is None and component is SinsComponent.PAIN and not known:
        doubt = SinsDoubt.CLINICAL
    if doubt is not None:
        return words.SINS_DOUBTS[doubt].meaning
    if not known:
        return NOT_ASSESSED
    return "none noted" if points.low == points.high else "reason not given"


def _series_text(series_instance_uid: str, names: Mapping[str, str]) -> str:
    """How the page calls a series; its UID where it is none of this report's."""
    return names.get(series_instance_uid, f"series {series_instance_uid}")


def _bone_text(lesion: LesionFinding) -> str:
    if lesion.bone_quality is not BoneQuality.UNDETERMINED:
        return words.BONE_QUALITIES[lesion.bone_quality].meaning
    return NOT_ASSESSED if lesion.bone_series_instance_uid is None else NOT_KNOWN


def _listed(found: tuple[_Item, ...] | None, worded: Callable[[_Item], str]) -> str:
    """What was found in words; nothing found differs from not having looked."""
    if found is None:
        return NOT_ASSESSED
    return ", ".join(worded(one) for one in found) or "assessed, no involvement found"


def _layer_text(layer: str) -> str:
    return WBB_LAYERS[layer].meaning.removeprefix("WBB layer ").replace(",", ":")


def _tomita_text(tomita_type: int | None) -> str:
    return NOT_ASSESSED if tomita_type is None else TOMITA_TYPES[tomita_type].meaning.removeprefix("Tomita ")
