"""Findings, pictures, selection -> PageView: everything that report.html and report.pdf say, in words and tables."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from PIL import Image
from pydicom.dataset import Dataset

from spineseg.domain.findings import Findings
from spineseg.domain.grade_evidence import GradeEvidence
from spineseg.domain.quality import QUALITY_TEXT, QualityCode
from spineseg.domain.recommendation import Recommendation
from spineseg.domain.study import SeriesSelection
from spineseg.domain.vocabulary import COMPARTMENTS, ESCC_BANDS
from spineseg.reporting.drawing import RgbArray
from spineseg.reporting.options import OptionsView, view_options
from spineseg.reporting.outlines import Structure
from spineseg.reporting.page_followup import comparison_texts
from spineseg.reporting.page_review import Review, lesion_reviews
from spineseg.reporting.page_tables import (
    Table,
    file_table,
    lesion_details,
    lesion_table,
    level_table,
    missing_texts,
    refused_table,
    series_names,
    used_table,
)
from spineseg.reporting.pictures import Picture, ReportInput
from spineseg.reporting.wording import (
    NOT_KNOWN,
    READER_AGREEMENT,
    grade_text,
    levels_text,
    reason_text,
    volume_text,
)

_JPEG_QUALITY = 90  # outlines and letters stay sharp [P]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PageContent:
    """What the page is made from.

    Parameters
    ----------
    pictures
        Overview and axial pictures.
    evidence, grade_pictures
        What each lesion's grade was decided on, and its picture.
    """

    findings: Findings
    pictures: tuple[Picture, ...]
    inputs: tuple[ReportInput, ...]
    selection: SeriesSelection | None
    patient_study: Dataset
    file_names: tuple[str, ...]
    now: datetime
    recommendation: Recommendation | None = None
    evidence: tuple[GradeEvidence, ...] = ()
    grade_pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One picture as a file.

    Parameters
    ----------
    outlined, plain
        JPEG with and without outlines.
    width, height : [pixels]
    """

    title: str
    caption: str
    outlined: bytes
    plain: bytes
    width: int
    height: int
    legend: tuple[Structure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """Everything that is said, ready to be set as a page.

    Parameters
    ----------
    agreement
        How far readers agree; empty without a lesion.
    patient
        Name and value of each row.
    lesion_details
        Title and every other fact of each lesion.
    review_figures
        By the lesion's place in `reviews`: the section that decided its grade.
    algorithm
        Without the time of the analysis, which is `analysed`.
    """

    headline: str
    summary: str
    agreement: str
    patient: tuple[tuple[str, str], ...]
    figures: tuple[Figure, ...]
    lesions: Table
    lesion_details: tuple[tuple[str, Table], ...]
    reviews: tuple[Review, ...]
    review_figures: Mapping[int, Figure]
    comparison: tuple[str, ...]
    missing: tuple[str, ...]
    levels: Table
    used: Table
    refused: Table
    files: Table
    algorithm: Table
    analysed: str
    options: OptionsView | None


def view_page(content: PageContent) -> PageView:
    """The page's content in words, tables and picture files."""
    findings = content.findings
    names = series_names(content.inputs, content.selection)
    headline, summary = _headline(findings)
    return PageView(
        headline=headline,
        summary=summary,
        agreement=READER_AGREEMENT if findings.lesions else "",
        patient=tuple(_patient_rows(content.patient_study)),
        figures=tuple(_figure(picture) for picture in content.pictures),
        lesions=lesion_table(findings, names),
        lesion_details=tuple(lesion_details(findings)),
        reviews=tuple(lesion_reviews(findings, names, content.evidence)),
        review_figures={
            picture.lesion - 1: _figure(picture) for picture in content.grade_pictures if picture.lesion is not None
        },
        comparison=tuple(comparison_texts(findings)),
        missing=tuple(missing_texts(findings, names)),
        levels=level_table(findings, names),
        used=used_table(content.inputs, content.selection),
        refused=refused_table(content.selection),
        files=file_table(content.file_names),
        algorithm=_algorithm_table(findings),
        analysed=content.now.isoformat(sep=" ", timespec="seconds"),
        options=None if content.recommendation is None else view_options(content.recommendation),
    )


def _headline(findings: Findings) -> tuple[str, str]:
    """First line and the sentence under it."""
    if findings.lesions:
        worst = findings.lesions[0]
        grade = grade_text(worst.escc)
        band = "" if worst.escc.band is None else f"; band {ESCC_BANDS[worst.escc.band].meaning.lower()}"
        reason = reason_text(worst.escc)
        count = len(findings.lesions)
        more = f" Worst of {count} suspected lesions." if count > 1 else ""
        summary = f"{COMPARTMENTS[worst.compartment].meaning}, {volume_text(worst.volume_mm3)}{band}."
        return (
            f"Suspected lesion at {levels_text(worst, findings)}: {grade}",
            f"{summary}{' ' + reason + '.' if reason else ''}{more}",
        )
    noted = {note.code for note in findings.quality}
    for code, headline in _NO_LESION_HEADLINES:
        if code in noted:
            return headline, QUALITY_TEXT[code]
    return "No lesion in the result", QUALITY_TEXT[QualityCode.NO_LESION_DETECTED]


_NO_LESION_HEADLINES = (
    (QualityCode.NO_LESION_DETECTED, "No lesion was detected"),
    (QualityCode.NO_SPINE_FOUND, "No spine was found"),
    (QualityCode.LESIONS_NOT_ASSESSED, "Lesions were not assessed"),
    (QualityCode.SERIES_FAILED, "The study could not be analysed"),
)


def _patient_rows(patient_study: Dataset) -> list[tuple[str, str]]:
    rows = (
        ("Patient", str(patient_study.get("PatientName") or "").replace("^", " ").strip()),
        ("ID", str(patient_study.get("PatientID") or "")),
        ("Born", _date(str(patient_study.get("PatientBirthDate") or ""))),
        ("Sex", str(patient_study.get("PatientSex") or "")),
        ("Study", _date(str(patient_study.get("StudyDate") or ""))),
        ("Accession", str(patient_study.get("AccessionNumber") or "")),
    )
    return [(name, value or NOT_KNOWN) for name, value in rows]


def _date(value: str) -> str:
    """DA as year-month-day; anything else as it is."""
    return f"{value[:4]}-{value[4:6]}-{value[6:]}" if len(value) == 8 and value.isdigit() else value


def _figure(picture: Picture) -> Figure:
    height, width = picture.outlined.shape[:2]
    return Figure(
        title=picture.title, caption=picture.caption, outlined=_jpeg(picture.outlined), plain=_jpeg(picture.plain),
        width=width, height=height, legend=picture.legend,
    )  # fmt: skip


def _jpeg(picture: RgbArray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return buffer.getvalue()


def _algorithm_table(findings: Findings) -> Table:
    algorithm = findings.algorithm
    hashes: Sequence[str] = algorithm.weights_sha256 or ("no network took part",)
    rows = [
        ("Program", f"{algorithm.name} {algorithm.version}"),
        ("Masks from", algorithm.segmenter),
        *((f"Weights {number}, SHA-256", value) for number, value in enumerate(hashes, start=1)),
        ("Study Instance UID", findings.study_instance_uid),
    ]
    return Table(header=("Item", "Value"), rows=tuple(rows))
