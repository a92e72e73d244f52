"""A sample's volume -> enhanced MR as scanners store it in odd ways: over several files, or two stacks in one file."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset

from spineseg.domain.study import ChosenSeries, Series
from spineseg.domain.uids import derive_uid
from spineseg.domain.volume import SeriesRole
from spineseg.ingest import discover
from spineseg.ingest.loading import load_volume
from spineseg.phantom.dicom import MrProtocol, SeriesHeader
from spineseg.phantom.enhanced import write_enhanced
from spineseg.reporting import ReportInput
from tests.reporting.samples import FRAME_UID, STUDY_UID, Sample, segmentation_on

PHASE_SLOPE, PHASE_INTERCEPT = 2.0, -4096.0


def write_files(folder: Path, sample: Sample, parts: Sequence[Sequence[int]]) -> None:
    """One multi-frame file for each group of slices of the volume; slices count from 0."""
    whole = _enhanced(folder, sample)
    frames = list(whole.PerFrameFunctionalGroupsSequence)
    for number, part in enumerate(parts):
        _keep(whole, frames, part)
        uid = derive_uid(str(whole.SeriesInstanceUID), "file", str(number))
        whole.SOPInstanceUID = whole.file_meta.MediaStorageSOPInstanceUID = uid
        whole.InstanceNumber = number + 1
        whole.save_as(folder / f"part-{number}.dcm")


def write_two_stacks(folder: Path, sample: Sample) -> None:
    """One file, slice by slice a magnitude and a phase image, each with its own rescale, as Philips writes B0 maps."""
    whole = _enhanced(folder, sample)
    shared = whole.SharedFunctionalGroupsSequence[0]
    kinds = shared.MRImageFrameTypeSequence
    scale = shared.PixelValueTransformationSequence
    del shared.MRImageFrameTypeSequence, shared.PixelValueTransformationSequence
    frames = list(whole.PerFrameFunctionalGroupsSequence)
    doubled = []
    for frame in frames:
        for phase in (False, True):
            one = deepcopy(frame)
            one.MRImageFrameTypeSequence, one.PixelValueTransformationSequence = deepcopy(kinds), deepcopy(scale)
            if phase:
                one.MRImageFrameTypeSequence[0].ComplexImageComponent = "PHASE"
                one.PixelValueTransformationSequence[0].RescaleSlope = PHASE_SLOPE
                one.PixelValueTransformationSequence[0].RescaleIntercept = PHASE_INTERCEPT
            doubled.append(one)
    _keep(whole, doubled, range(len(doubled)), [number // 2 for number in range(len(doubled))])
    whole.ComplexImageComponent = "MIXED"
    whole.save_as(folder / "two-stacks.dcm")


def inputs_of(folder: Path) -> list[ReportInput]:
    """Every series of a folder as the pipeline loads it, with the masks that belong at its voxels."""
    (study,) = discover(folder)
    return [_input(series) for series in study.series]


def _input(series: Series) -> ReportInput:
    volume = load_volume(ChosenSeries(series=series, role=SeriesRole.AXIAL_T2, score=0.0, reasons=()))
    masks = segmentation_on(volume.image, series.series_instance_uid)
    return ReportInput(series=series, volume=volume, segmentation=masks)


def _enhanced(folder: Path, sample: Sample) -> Dataset:
    header = SeriesHeader(
        protocol=MrProtocol(repetition_time_ms=3000.0, echo_time_ms=100.0), study_instance_uid=STUDY_UID,
        series_instance_uid=sample.input.series.series_instance_uid, frame_of_reference_uid=FRAME_UID, series_number=5,
    )  # fmt: skip
    path = write_enhanced(folder, sample.input.volume.image, header)
    dataset = dcmread(path)
    path.unlink()
    dataset.whole_pixels = dataset.PixelData  # of the whole, as a plain attribute
    return dataset


def _keep(
    dataset: Dataset, frames: Sequence[Dataset], chosen: Sequence[int], slices: Sequence[int] | None = None
) -> None:
    """Leave some frames in a dataset, with the pixels of these slices."""
    size = int(dataset.Rows) * int(dataset.Columns) * 2  # bytes
    dataset.NumberOfFrames = len(chosen)
    dataset.PerFrameFunctionalGroupsSequence = [frames[number] for number in chosen]
    pixels = dataset.whole_pixels
    dataset.PixelData = b"".join(pixels[number * size : (number + 1) * size] for number in slices or chosen)
