"""Inputs + findings + pictures -> every DICOM object of a report, by file name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset

from spineseg.domain.findings import Findings
from spineseg.reporting.context import ResultContext
from spineseg.reporting.key_images import build_key_image, key_headers
from spineseg.reporting.key_objects import KEY_OBJECT_FILE, build_key_objects
from spineseg.reporting.pictures import Picture, ReportInput, lesion_ranks
from spineseg.reporting.presentation_state import PRESENTATION_FILE, build_presentation_state
from spineseg.reporting.seg import SegObject, build_anatomy_seg, build_lesion_seg
from spineseg.reporting.shown_frames import shown_frames
from spineseg.reporting.source import Source
from spineseg.reporting.sr import build_sr
from spineseg.reporting.sr_groups import SourceObjects

ANATOMY_FILE = "anatomy.seg.dcm"
LESION_FILE = "lesions.seg.dcm"
SR_FILE = "report.sr.dcm"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReportSubject:
    """What all objects of a report are made from.

    Parameters
    ----------
    inputs, sources
        The analysed series, the main one first, and the headers of each.
    """

    inputs: tuple[ReportInput, ...]
    sources: tuple[Source, ...]
    findings: Findings
    pictures: tuple[Picture, ...]
    context: ResultContext


def build_objects(subject: ReportSubject) -> dict[str, Dataset]:
    """SEG, SR, key images, key object selection and presentation states of a study."""
    pairs = list(zip(subject.sources, subject.inputs, strict=True))
    made = [_source_objects(source, one, subject, place=place) for place, (source, one) in enumerate(pairs)]
    shown = [shown_frames(source, one, subject.pictures) for source, one in pairs]
    objects = {**_segment_files(made), SR_FILE: build_sr(subject.findings, made, subject.context)}
    key_images = dict(_key_files(subject))
    objects |= key_images
    objects[KEY_OBJECT_FILE] = build_key_objects(
        list(key_images.values()), list(zip(subject.sources, shown, strict=True)), subject.context
    )
    return objects | _presentation_files(subject, shown)


def _source_objects(source: Source, one: ReportInput, subject: ReportSubject, *, place: int) -> SourceObjects:
    findings, context = subject.findings, subject.context
    return SourceObjects(
        source=source,
        anatomy=build_anatomy_seg(source, one.segmentation, findings, context, position=place),
        lesions=build_lesion_seg(source, one.segmentation, findings, context, position=place),
        key_headers=key_headers(subject.pictures, source),
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


def _presentation_files(subject: ReportSubject, shown: Sequence[Sequence[int]]) -> dict[str, Dataset]:
    files: dict[str, Dataset] = {}
    for place, (source, one, frames) in enumerate(zip(subject.sources, subject.inputs, shown, strict=True)):
        ranks = lesion_ranks(one, subject.inputs, subject.findings)
        state = build_presentation_state(
            one, source, frames, subject.findings, subject.context, lesion_ranks=ranks, position=place
        )
        if state is not None:
            files[_free_name(PRESENTATION_FILE, source.series.series_number, place + 1, files)] = state
    return files


def _key_files(subject: ReportSubject) -> Iterator[tuple[str, Dataset]]:
    by_input = {id(one): source for one, source in zip(subject.inputs, subject.sources, strict=True)}
    for number, picture in enumerate(subject.pictures, start=1):
        source = by_input[id(picture.input)]
        yield f"key-{number:02d}.sc.dcm", build_key_image(picture, source, subject.context, number=number)
