"""Inputs + findings -> Report: every result under its file name, and the folder that they are written to."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.filewriter import dcmwrite

from spineseg.domain.findings import Findings
from spineseg.domain.findings_json import findings_to_json
from spineseg.domain.grade_evidence import GradeEvidence
from spineseg.domain.recommendation import Recommendation
from spineseg.domain.study import SeriesSelection
from spineseg.errors import ReportError, SettingsError
from spineseg.files import write_bytes
from spineseg.reporting.context import make_context
from spineseg.reporting.frame_bytes import with_encoded_groups
from spineseg.reporting.grade_picture import grade_pictures
from spineseg.reporting.options import RECOMMENDATION_FILE, recommendation_text
from spineseg.reporting.page import render_page
from spineseg.reporting.page_view import PageContent, view_page
from spineseg.reporting.pdf import PDF_FILE, render_pdf
from spineseg.reporting.pdf_object import PDF_OBJECT_FILE, build_pdf_object
from spineseg.reporting.pictures import ReportInput, make_pictures
from spineseg.reporting.report_objects import SR_FILE, ReportSubject, build_objects
from spineseg.reporting.seg_type import SegType
from spineseg.reporting.source import Source, read_source
from spineseg.reporting.wording import RESEARCH_BANNER

PAGE_FILE = "report.html"
FINDINGS_FILE = "findings.json"
# Every name that a run may give to one of these results; an earlier run's file of such a name is ours to remove.
_OUR_FILES = re.compile(
    r"(anatomy|lesions)(-\d+){0,2}\.seg\.dcm|outlines(-\d+){0,2}\.gsps\.dcm|report\.sr\.dcm|key-\d{2,}\.sc\.dcm|"
    r"key-objects\.ko\.dcm|report\.(html|pdf|pdf\.dcm)|(findings|recommendation)\.json"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report:
    """Everything that is handed out, by file name.

    The first series that has a SEG of a kind gives it the plain name (`anatomy.seg.dcm`); those of further series
    carry the series number (`anatomy-5.seg.dcm`), and their place among the inputs too where that number is missing
    or taken (`anatomy-5-3.seg.dcm`).

    Parameters
    ----------
    objects
        DICOM objects.
    texts
        `report.html` and `findings.json`.
    documents
        `report.pdf`.
    """

    objects: Mapping[str, Dataset]
    texts: Mapping[str, str]
    documents: Mapping[str, bytes]

    @property
    def file_names(self) -> tuple[str, ...]:
        """Names of all files, DICOM objects first."""
        return (*self.objects, *self.texts, *self.documents)


def build_report(
    inputs: Sequence[ReportInput],
    findings: Findings,
    *,
    selection: SeriesSelection | None = None,
    recommendation: Recommendation | None = None,
    evidence: Sequence[GradeEvidence] = (),
    seg_type: SegType = SegType.BINARY,
    now: datetime,
) -> Report:
    """Build SEG, SR, key images, key objects, presentation states, page, PDF and JSON of a study.

    Parameters
    ----------
    inputs
        The analysed series, the main one first.
    selection
        For the page: which series were used and which were refused, and why.
    recommendation
        For the page and `recommendation.json`; neither has it where it is not given.
    evidence
        For the page: what the grades were decided on, of as many lesions as it is known for.
    seg_type
        Encoding of the SEG objects.
    now
        When the analysis ran; shown on the page only (see `ResultContext`).

    Raises
    ------
    ReportError
        No input, an input of another study, or source files that are gone or have no geometry.
    """
    if not inputs:
        raise ReportError("there is no series to report on")
    sources = [read_source(one.series) for one in inputs]
    _check_study(sources, findings)
    uids = [uid for source in sources for uid in source.sop_instance_uids]
    segmentations = [one.segmentation for one in inputs]
    subject = ReportSubject(
        inputs=tuple(inputs), sources=tuple(sources), findings=findings, pictures=make_pictures(inputs, findings),
        context=make_context(uids, segmentations, findings, sources[0].patient_study, now=now, seg_type=seg_type),
    )  # fmt: skip
    objects = build_objects(subject)
    texts = {} if recommendation is None else {RECOMMENDATION_FILE: recommendation_text(recommendation)}
    names = (*objects, PDF_OBJECT_FILE, FINDINGS_FILE, PAGE_FILE, *texts, PDF_FILE)
    view = view_page(
        PageContent(
            findings=findings, pictures=subject.pictures, inputs=subject.inputs, selection=selection,
            patient_study=sources[0].patient_study, file_names=names, now=now, recommendation=recommendation,
            evidence=tuple(evidence), grade_pictures=grade_pictures(inputs, findings, evidence),
        )
    )  # fmt: skip
    pdf = render_pdf(view)
    shown = [dataset for name, dataset in objects.items() if name == SR_FILE or name.endswith(".sc.dcm")]
    objects[PDF_OBJECT_FILE] = build_pdf_object(pdf, shown, subject.context, sources[0].patient_study)
    texts = {FINDINGS_FILE: _findings_text(findings), PAGE_FILE: render_page(view), **texts}
    return Report(objects=objects, texts=texts, documents={PDF_FILE: pdf})


def write_report(report: Report, out: Path) -> tuple[Path, ...]:
    """Write a report, each file whole or not at all, and remove what an earlier run left and this one did not write.

    Only files of our own names are touched.

    Raises
    ------
    SettingsError
        The folder cannot be written to.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, dataset in report.objects.items():
            write_bytes(out / name, encode(dataset))
        for name, text in report.texts.items():
            write_bytes(out / name, text.encode("utf-8"))
        for name, content in report.documents.items():
            write_bytes(out / name, content)
        for path in out.iterdir():
            if path.name not in report.file_names and _OUR_FILES.fullmatch(path.name):
                path.unlink()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise SettingsError(
            f"the results cannot be written: {reason}", str(out), "name another folder with -o"
        ) from error
    return tuple(out / name for name in report.file_names)


def encode(dataset: Dataset) -> bytes:
    """A DICOM object as the bytes of a file (PS3.10)."""
    buffer = io.BytesIO()
    dcmwrite(buffer, with_encoded_groups(dataset), enforce_file_format=True)
    return buffer.getvalue()


def _check_study(sources: Sequence[Source], findings: Findings) -> None:
    studies = {str(source.patient_study.get("StudyInstanceUID", "")) for source in sources}
    if studies != {findings.study_instance_uid}:
        raise ReportError("the findings and the series are not of one study", remedy="report each study on its own")


def _findings_text(findings: Findings) -> str:
    content = {**findings_to_json(findings), "notice": RESEARCH_BANNER}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
