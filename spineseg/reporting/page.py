"""Findings + pictures -> report.html: one self-contained page, worst finding first, without scripts or links."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image
from pydicom.dataset import Dataset

from spineseg.domain.findings import Findings
from spineseg.domain.quality import QUALITY_TEXT, QualityCode
from spineseg.domain.recommendation import Recommendation
from spineseg.domain.study import SeriesSelection
from spineseg.domain.vocabulary import COMPARTMENTS, ESCC_BANDS
from spineseg.reporting.drawing import RgbArray
from spineseg.reporting.options import alerts_block, options_section
from spineseg.reporting.page_followup import comparison_texts
from spineseg.reporting.page_review import lesion_reviews
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
    RESEARCH_BANNER,
    grade_text,
    levels_text,
    reason_text,
    volume_text,
)

_JPEG_QUALITY = 90  # outlines and letters stay sharp [P]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PageContent:
    """What the page is made from."""

    findings: Findings
    pictures: tuple[Picture, ...]
    inputs: tuple[ReportInput, ...]
    selection: SeriesSelection | None
    patient_study: Dataset
    file_names: tuple[str, ...]
    now: datetime
    recommendation: Recommendation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figure:
    title: str
    caption: str
    outlined: str
    plain: str
    width: int
    height: int
    legend: tuple[tuple[str, str, bool], ...]


def render_page(content: PageContent) -> str:
    """The page as HTML; every value is escaped."""
    environment = Environment(
        loader=PackageLoader("spineseg.reporting"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    findings = content.findings
    names = series_names(content.inputs, content.selection)
    headline, summary = _headline(findings)
    return environment.get_template("report.html.j2").render(
        banner=RESEARCH_BANNER,
        headline=headline,
        summary=summary,
        agreement=READER_AGREEMENT if findings.lesions else "",
        patient=_patient_rows(content.patient_study),
        figures=[_figure(picture) for picture in content.pictures],
        lesions=lesion_table(findings, names),
        lesion_details=lesion_details(findings),
        reviews=lesion_reviews(findings, names),
        comparison=comparison_texts(findings),
        levels=level_table(findings, names),
        missing=missing_texts(findings, names),
        used=used_table(content.inputs, content.selection),
        refused=refused_table(content.selection),
        files=file_table(content.file_names),
        algorithm=_algorithm_table(content),
        alerts=alerts_block(content.recommendation),
        options=options_section(content.recommendation),
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


def _figure(picture: Picture) -> _Figure:
    height, width = picture.outlined.shape[:2]
    legend = tuple((one.name, "#{:02x}{:02x}{:02x}".format(*one.rgb), one.dashed) for one in picture.legend)
    return _Figure(
        title=picture.title, caption=picture.caption, outlined=_data_uri(picture.outlined),
        plain=_data_uri(picture.plain), width=width, height=height, legend=legend,
    )  # fmt: skip


def _data_uri(picture: RgbArray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def _algorithm_table(content: PageContent) -> Table:
    algorithm = content.findings.algorithm
    hashes: Sequence[str] = algorithm.weights_sha256 or ("no network took part",)
    rows = [
        ("Program", f"{algorithm.name} {algorithm.version}"),
        ("Masks from", algorithm.segmenter),
        *((f"Weights {number}, SHA-256", value) for number, value in enumerate(hashes, start=1)),
        ("Study Instance UID", content.findings.study_instance_uid),
        ("Analysed", content.now.isoformat(sep=" ", timespec="seconds")),
    ]
    return Table(header=("Item", "Value"), rows=tuple(rows))
