"""Inputs + findings -> Report: every result under its file name, and the folder that they are written to."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.filewriter import dcmwrite

from spineseg.domain.findings import Findings
from spineseg.domain.findings_json import findings_to_json
from spineseg.domain.recommendation import Recommendation
from spineseg.domain.study import SeriesSelection
from spineseg.errors import ReportError, SettingsError
from spineseg.files import write_bytes
from spineseg.reporting.context import ResultContext, make_context
from spineseg.reporting.key_images import build_key_image, key_headers
from spineseg.reporting.options import RECOMMENDATION_FILE, recommendation_text
from spineseg.reporting.page import PageContent, render_page
from spineseg.reporting.pictures import Picture, ReportInput, make_pictures
from spineseg.reporting.seg import SegObject, build_anatomy_seg, build_lesion_seg
from spineseg.reporting.source import Source, read_source
from spineseg.reporting.sr import build_sr
from spineseg.reporting.sr_groups import SourceObjects
from spineseg.reporting.wording import RESEARCH_BANNER

ANATOMY_FILE = "anatomy.seg.dcm"
LESION_FILE = "lesions.seg.dcm"
SR_FILE = "report.sr.dcm"
PAGE_FILE = "report.html"
FINDINGS_FILE = "findings.json"
# Every name that a run may give to one of these results; an earlier run's file of such a name is ours to remove.
_OUR_FILES = re.compile(
    r"(anatomy|lesions)(-\d+){0,2}\.seg\.dcm|report\.sr\.dcm|key-\d{2,}\.sc\.dcm|report\.html|(findings|recommendation)\.json"
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
    """

    objects: Mapping[str, Dataset]
    texts: Mapping[str, str]

    @property
    def file_names(self) -> tuple[str, ...]:
        """Names of all files, DICOM objects first."""
        return (*self.objects, *self.texts)


def build_report(
    inputs: Sequence[ReportInput],
    findings: Findings,
    *,
    selection: SeriesSelection | None = None,
    recommendation: Recommendation | None = None,
    now: datetime,
) -> Report:
    """Build SEG, SR, key images, page and JSON of a study.

    Parameters
    ----------
    inputs
        The analysed series, the main one first.
    selection
        For the page: which series were used and which were refused, and why.
    recommendation
        For the page and `recommendation.json`; neither has it where it is not given.
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
    context = make_context(uids, segmentations, findings, sources[0].patient_study, now=now)
    pictures = make_pictures(inputs, findings)
    made = [
        _source_objects(source, one, findings, pictures, context, place=place)
        for place, (source, one) in enumerate(zip(sources, inputs, strict=True))
    ]
    objects = {**_segment_files(made), SR_FILE: build_sr(findings, made, context)}
    objects |= dict(_key_files(pictures, inputs, sources, context))
    texts = {} if recommendation is None else {RECOMMENDATION_FILE: recommendation_text(recommendation)}
    content = PageContent(
        findings=findings, pictures=pictures, inputs=tuple(inputs), selection=selection,
        patient_study=sources[0].patient_study, file_names=(*objects, FINDINGS_FILE, PAGE_FILE, *texts), now=now,
        recommendation=recommendation,
    )  # fmt: skip
    texts = {FINDINGS_FILE: _findings_text(findings), PAGE_FILE: render_page(content), **texts}
    return Report(objects=objects, texts=texts)


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
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def _check_study(sources: Sequence[Source], findings: Findings) -> None:
    studies = {str(source.patient_study.get("StudyInstanceUID", "")) for source in sources}
    if studies != {findings.study_instance_uid}:
        raise ReportError("the findings and the series are not of one study", remedy="report each study on its own")


def _source_objects(
    source: Source,
    one: ReportInput,
    findings: Findings,
    pictures: Sequence[Picture],
    context: ResultContext,
    *,
    place: int,
) -> SourceObjects:
    return SourceObjects(
        source=source,
        anatomy=build_anatomy_seg(source, one.segmentation, findings, context, position=place),
        lesions=build_lesion_seg(source, one.segmentation, findings, context, position=place),
        key_headers=key_headers(pictures, source),
    )


def _segment_files(made: Sequence[SourceObjects]) -> dict[str, Dataset]:
    files: dict[str, Dataset] = {}
    for plain, kind in ((ANATOMY_FILE, "anatomy"), (LESION_FILE, "lesions")):
        for place, one in enumerate(made, start=1):
            seg: SegObject | None = one.anatomy if kind == "anatomy" else one.lesions
            if seg is not None:
                files[_free_name(plain, one.source.series.series_number, place, files)] = seg.dataset
    return files


def _free_name(plain: str, series_number: int | None, place: int, taken: Mapping[str, Dataset]) -> str:
    if plain not in taken:
        return plain
    kind, _, suffix = plain.partition(".")
    name = f"{kind}-{series_number}.{suffix}"
    unusable = series_number is None or series_number < 0 or name in taken
    return f"{kind}-{max(series_number or 0, 0)}-{place}.{suffix}" if unusable else name


def _key_files(
    pictures: Sequence[Picture], inputs: Sequence[ReportInput], sources: Sequence[Source], context: ResultContext
) -> Iterator[tuple[str, Dataset]]:
    by_input = {id(one): source for one, source in zip(inputs, sources, strict=True)}
    for number, picture in enumerate(pictures, start=1):
        source = by_input[id(picture.input)]
        yield f"key-{number:02d}.sc.dcm", build_key_image(picture, source, context, number=number)


def _findings_text(findings: Findings) -> str:
    content = {**findings_to_json(findings), "notice": RESEARCH_BANNER}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
