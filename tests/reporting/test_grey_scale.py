"""Tests of spineseg.reporting.grey_scale."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from spineseg.domain.volume import Modality
from spineseg.reporting.grey_scale import GreyScale, grey_scale
from spineseg.reporting.source import read_source
from tests.reporting.samples import Sample, make_sample


def greys_of(sample: Sample, frames: tuple[int, ...]) -> GreyScale | None:
    """Grey scale of some frames of a sample."""
    source = read_source(sample.input.series)
    return grey_scale(
        sample.input.volume, source, frames, {str(header.SOPInstanceUID): header for header in source.headers}
    )


def set_in(path: Path, **values: object) -> None:
    """Change attributes of a file."""
    dataset = dcmread(path)
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path)


def test_a_ct_keeps_its_hounsfield_units(tmp_path: Path) -> None:
    """The state repeats slope and intercept of the image and a window in HU: silence would mean neither."""
    sample = make_sample(tmp_path, shape=(6, 40, 40), modality=Modality.CT)
    source = dcmread(sample.files[0])

    greys = greys_of(sample, (1, 2))

    assert greys is not None
    assert greys.rescale is not None
    assert (float(greys.rescale.RescaleIntercept), float(greys.rescale.RescaleSlope)) == (
        float(source.RescaleIntercept),
        float(source.RescaleSlope),
    )
    assert float(greys.windows[0].WindowCenter) == pytest.approx(250.0)
    assert float(greys.windows[0].WindowWidth) == pytest.approx(1200.0)


def test_slices_of_different_scale_have_a_window_each(tmp_path: Path) -> None:
    """Where slope differs between slices, windows are told in stored values, each for its own image."""
    sample = make_sample(tmp_path, shape=(6, 40, 40))
    set_in(sample.files[1], RescaleSlope="1", RescaleIntercept="0", RescaleType="US")
    set_in(sample.files[2], RescaleSlope="2", RescaleIntercept="0", RescaleType="US")

    greys = greys_of(sample, (1, 2))

    assert greys is not None
    assert greys.rescale is None
    widths = [float(one.WindowWidth) for one in greys.windows]
    assert widths[0] == pytest.approx(2 * widths[1], rel=0.01)
    assert all("ReferencedImageSequence" in one for one in greys.windows)


def test_a_table_cannot_be_told_as_a_rescale(tmp_path: Path) -> None:
    """Images with a modality lookup table get no presentation state rather than a wrong one."""
    sample = make_sample(tmp_path, shape=(6, 40, 40))
    table = Dataset()
    table.LUTDescriptor = [2, 0, 16]
    table.ModalityLUTType = "US"
    table.LUTData = [0, 1]
    dataset = dcmread(sample.files[1])
    dataset.ModalityLUTSequence = [table]
    dataset["ModalityLUTSequence"].value[0]["LUTDescriptor"].VR = "US"
    dataset["ModalityLUTSequence"].value[0]["LUTData"].VR = "US"
    dataset.save_as(sample.files[1])

    assert greys_of(sample, (1,)) is None
    assert greys_of(sample, (2,)) is not None
