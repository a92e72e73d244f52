"""Findings, inputs, selection -> tables of words for the page; what is unknown says so and is never blank or 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spineseg.domain.codes import Quantity
from spineseg.domain.escc import ESCC_RANK, EsccResult
from spineseg.domain.findings import CompartmentFractions, Findings, LesionFinding, LevelFinding
from spineseg.domain.quality import QUALITY_TEXT
from spineseg.domain.sins import SinsComponent, SinsScore
from spineseg.domain.study import SeriesSelection
from spineseg.domain.vocabulary import (
    BONE_QUALITIES,
    COMPARTMENTS,
    ESCC_METRICS,
    LESION_ORIGINS,
    LEVEL_MEASUREMENTS,
    NAMING_BASES,
    SINS_CATEGORIES,
)
from spineseg.reporting.pictures import ReportInput, series_text
from spineseg.reporting.wording import (
    NOT_KNOWN,
    grade_text,
    level_text,
    levels_text,
    reason_text,
    unit_text,
    value_text,
    volume_text,
)

_FILE_KINDS = (
    ("anatomy", "Vertebrae, discs, canal and cord as DICOM segmentation"),
    ("lesions", "Suspected lesions as DICOM segmentation"),
    ("report.sr", "Every finding as DICOM structured report"),
    ("key-objects", "Which images to open first, as DICOM key object selection"),
    ("key-", "Picture as DICOM secondary capture"),
    ("outlines", "Outlines on the source's slices as DICOM presentation state"),
    ("report.html", "This report as a page"),
    ("report.pdf.dcm", "This report as PDF in a DICOM object"),
    ("report.pdf", "This report as PDF"),
    ("findings", "Every finding as JSON"),
    ("recommendation", "Options from the rules, with reasons, as JSON"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Words in rows."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def series_names(inputs: Sequence[ReportInput], selection: SeriesSelection | None) -> dict[str, str]:
    """Series Instance UID -> how the page calls a series."""
    names: dict[str, str] = {}
    if selection is not None:
        names |= {one.series_instance_uid: _number_text(one.series_number) for one in selection.refused}
    return names | {one.series.series_instance_uid: series_text(one) for one in inputs}


def lesion_table(findings: Findings, names: Mapping[str, str]) -> Table:
    """One row a lesion, worst first."""
    header = ("No.", "Level", "Compartment", "Approximate ESCC (range)", "Doubt", "Volume", "Largest diameter",
              "Bone quality", "SINS, imaging part", "Measured on")  # fmt: skip
    rows = tuple(
        (
            str(rank),
            levels_text(lesion, findings),
            COMPARTMENTS[lesion.compartment].meaning,
            grade_text(lesion.escc).removeprefix("approximate "),
            reason_text(lesion.escc) or "none noted",
            volume_text(lesion.volume_mm3),
            f"{lesion.max_diameter_mm:.0f} mm",
            _known(BONE_QUALITIES[lesion.bone_quality].meaning),
            _sins_text(lesion.sins),
            names.get(lesion.series_instance_uid, NOT_KNOWN),
        )
        for rank, lesion in enumerate(findings.lesions, start=1)
    )
    return Table(header=header, rows=rows)


def lesion_details(findings: Findings) -> list[tuple[str, Table]]:
    """Title and every other fact of each lesion."""
    return [
        (f"Lesion {rank}: {levels_text(lesion, findings)}", _details(lesion, findings))
        for rank, lesion in enumerate(findings.lesions, start=1)
    ]


def _details(lesion: LesionFinding, findings: Findings) -> Table:
    escc = lesion.escc
    rows = [
        ("Level of most severe compression", level_text(escc.level_of_max, findings)),
        ("Highest grade on any slice", NOT_KNOWN if escc.max_any_slice is None else escc.max_any_slice.value),
        ("High grade, 2 or 3 (Bilsky, NOMS)", _yes_no(escc.high_grade_bilsky_noms)),
        ("High grade, 1c to 3 (Hallinan)", _yes_no(escc.high_grade_hallinan)),
        ("Decided at, LPS", _point_text(escc)),
        ("Share of volume by compartment", _fractions_text(lesion.compartment_fractions)),
        ("Outline", LESION_ORIGINS[lesion.origin].meaning),
        *(
            (quantity.concept.meaning, value_text(escc.metrics.get(key), quantity))
            for key, quantity in ESCC_METRICS.items()
        ),
        ("Tracking UID", lesion.tracking_uid),
    ]
    return Table(header=("Fact", "Value"), rows=tuple(rows))


def level_table(findings: Findings, names: Mapping[str, str]) -> Table:
    """One row a level, cranial to caudal; a measurement that no level has is left out of the columns."""
    measured = [key for key in LEVEL_MEASUREMENTS if any(key in level.measurements for level in findings.levels)]
    header = ("Level", "Name rests on", *(_column_text(LEVEL_MEASUREMENTS[key]) for key in measured), "Measured on")
    rows = tuple(
        (
            _own_name(level),
            NAMING_BASES[level.basis].meaning,
            *(_plain_value(level.measurements.get(key)) for key in measured),
            names.get(level.series_instance_uid, NOT_KNOWN),
        )
        for level in findings.levels
    )
    return Table(header=header, rows=rows)


def missing_texts(findings: Findings, names: Mapping[str, str]) -> list[str]:
    """What was not assessed or is in doubt, and why."""
    texts = []
    for note in findings.quality:
        place = "" if note.series_instance_uid is None else names.get(note.series_instance_uid, "a series")
        texts.append(f"{place[:1].upper()}{place[1:]}: {QUALITY_TEXT[note.code]}" if place else QUALITY_TEXT[note.code])
    for rank, lesion in enumerate(findings.lesions, start=1):
        if lesion.escc.point not in ESCC_RANK:
            reason = reason_text(lesion.escc) or f"reason {NOT_KNOWN}"
            texts.append(f"Lesion {rank}: {grade_text(lesion.escc)}. {reason}.")
        unknown = [name for name in SinsComponent if _is_unknown(lesion.sins, name)]
        if unknown:
            listed = ", ".join(name.value.replace("_", " ") for name in unknown)
            texts.append(f"Lesion {rank}: SINS components not known from the images: {listed}.")
        if lesion.subregions is None:
            texts.append(f"Lesion {rank}: involved parts of the vertebra were not assessed.")
    return list(dict.fromkeys(texts))


def used_table(inputs: Sequence[ReportInput], selection: SeriesSelection | None) -> Table:
    """Series that were analysed, with the reasons for their choice."""
    reasons = {}
    if selection is not None:
        reasons = {
            (one.series.series_instance_uid, one.series.part): "; ".join(one.reasons) for one in selection.chosen
        }
    rows = tuple(
        (
            series_text(one)[0].upper() + series_text(one)[1:],
            str(one.volume.image.spatial_shape[0]),
            reasons.get((one.series.series_instance_uid, one.series.part)) or "not recorded",
        )
        for one in inputs
    )
    return Table(header=("Series", "Slices", "Chosen because"), rows=rows)


def refused_table(selection: SeriesSelection | None) -> Table:
    """Series that were not analysed, with the reason."""
    refused = () if selection is None else selection.refused
    rows = tuple(
        (_number_text(one.series_number).capitalize(), one.refusal.value, one.detail or "none") for one in refused
    )
    return Table(header=("Series", "Not used because", "Detail"), rows=rows)


def file_table(names: Sequence[str]) -> Table:
    """Files written beside the page."""
    kinds = [next((words for prefix, words in _FILE_KINDS if name.startswith(prefix)), "Result") for name in names]
    return Table(header=("File", "Content"), rows=tuple(zip(names, kinds, strict=True)))


def _own_name(level: LevelFinding) -> str:
    if level.name.startswith("V"):
        return f"{level.name} ({' or '.join(level.candidates) or 'name not known'})"
    return f"{level.name} (assumed)" if level.assumed else level.name


def _number_text(number: int | None) -> str:
    return "series without number" if number is None else f"series {number}"


def _known(meaning: str) -> str:
    return NOT_KNOWN if meaning.endswith("undetermined") else meaning


def _yes_no(answer: bool | None) -> str:
    return NOT_KNOWN if answer is None else ("yes" if answer else "no")


def _column_text(quantity: Quantity) -> str:
    return f"{quantity.concept.meaning} [{unit_text(quantity)}]"


def _plain_value(value: float | None) -> str:
    return NOT_KNOWN if value is None else f"{value:.1f}"


def _point_text(escc: EsccResult) -> str:
    if escc.decisive_point_mm is None:
        return NOT_KNOWN
    return ", ".join(f"{value:.1f}" for value in escc.decisive_point_mm) + " mm"


def _fractions_text(shares: CompartmentFractions | None) -> str:
    if shares is None:
        return NOT_KNOWN
    return (
        f"extradural {shares.extradural:.0%}, intradural extramedullary {shares.intradural_extramedullary:.0%}, "
        f"intramedullary {shares.intramedullary:.0%}"
    )


def _is_unknown(sins: SinsScore, name: SinsComponent) -> bool:
    points = sins.range_of(name)
    return points.low != points.high


def _sins_text(sins: SinsScore) -> str:
    total = str(sins.low) if sins.low == sins.high else f"{sins.low} to {sins.high}"
    category = _known(SINS_CATEGORIES[sins.category].meaning).lower()
    return f"{total} ({f'category {NOT_KNOWN}' if category == NOT_KNOWN else category})"
