from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.pixels import utils
from pydicom.uid import RLELossless

from spineseg.domain.volume import Modality
from spineseg.ingest import decoding
from spineseg.ingest.decoding import LOWEST_HU, check_file_size, decode_planes
from spineseg.ingest.reading import MalformedFileError
from spineseg.phantom.dicom import write_series
from spineseg.phantom.enhanced import write_enhanced
from tests.ingest.series import CT, T2, grid_of, header_of


def _ct(folder: Path, **options: str) -> pydicom.FileDataset:
    return pydicom.dcmread(write_series(folder, grid_of(), header_of(CT), **options)[0])


def _decode(dataset: pydicom.FileDataset, modality: Modality = Modality.CT, frames: tuple[int, ...] = (0,)):
    out = np.full((len(frames), dataset.Rows, dataset.Columns), np.nan, dtype=np.float32)
    decode_planes(dataset, frames, modality=modality, out=out)
    return out


def test_rescale(tmp_path: Path) -> None:
    """Slope and intercept of the file turn stored values into HU."""
    dataset = _ct(tmp_path)
    stored = dataset.pixel_array.astype(np.float64)
    dataset.RescaleSlope, dataset.RescaleIntercept = "0.5", "-100"

    np.testing.assert_array_equal(_decode(dataset)[0], stored * 0.5 - 100)


def test_rescale_without_slope(tmp_path: Path) -> None:
    """An intercept without a slope counts, and MR without either is what was stored."""
    dataset = _ct(tmp_path)
    stored = dataset.pixel_array.astype(np.float64)
    del dataset.RescaleSlope

    np.testing.assert_array_equal(_decode(dataset)[0], stored - 1024)
    del dataset.RescaleIntercept
    np.testing.assert_array_equal(_decode(dataset, Modality.MR)[0], stored)


def test_rescale_of_each_frame(tmp_path: Path) -> None:
    """Frames of an enhanced file with slopes of their own are rescaled by their own."""
    dataset = pydicom.dcmread(write_enhanced(tmp_path, grid_of(), header_of(T2)))
    stored = dataset.pixel_array.astype(np.float64)
    del dataset.SharedFunctionalGroupsSequence[0].PixelValueTransformationSequence
    for index, frame in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        item = pydicom.Dataset()
        item.RescaleSlope, item.RescaleIntercept, item.RescaleType = str(index + 1), "7", "US"
        frame.PixelValueTransformationSequence = [item]

    image = _decode(dataset, Modality.MR, (4, 1))

    np.testing.assert_array_equal(image, [stored[4] * 5 + 7, stored[1] * 2 + 7])


@pytest.mark.parametrize(("padding", "limit"), [(63536, None), (-2000, None), (5000, 5100)])
def test_padding_is_air(tmp_path: Path, padding: int, limit: int | None) -> None:
    """Padding, a value or a range, signed or not, becomes the lowest HU; the voxels beside it stay."""
    dataset = _ct(tmp_path)
    stored = dataset.pixel_array.copy()
    stored[:, :5] = np.uint16(padding & 0xFFFF)
    expected = stored.astype(np.float64) - 1024
    expected[:, :5] = LOWEST_HU
    dataset.PixelData = stored.tobytes()
    vr = "US" if padding >= 0 else "SS"
    dataset.add_new("PixelPaddingValue", vr, padding)
    if limit is not None:
        dataset.add_new("PixelPaddingRangeLimit", vr, limit)

    np.testing.assert_array_equal(_decode(dataset)[0], expected)


def test_unsaid_padding_is_air(tmp_path: Path) -> None:
    """Values below the CT scale are air, whether the file calls them padding or not."""
    dataset = _ct(tmp_path)
    dataset.RescaleIntercept = "-4000"

    assert _decode(dataset).min() == LOWEST_HU


def test_mr_keeps_negative_values(tmp_path: Path) -> None:
    """What is no HU is not clipped: real and phase-sensitive MR images have negative values."""
    dataset = _ct(tmp_path)
    dataset.RescaleIntercept = "-4000"

    assert _decode(dataset, Modality.MR).min() < LOWEST_HU


def _truncate(dataset: pydicom.FileDataset) -> None:
    dataset.PixelData = dataset.PixelData[:-100]


DEFECTS = {
    "cannot be decoded": _truncate,
    "no pixels": lambda one: delattr(one, "PixelData"),
    "colours": lambda one: setattr(one, "SamplesPerPixel", 3),
    "no rescale": lambda one: (delattr(one, "RescaleSlope"), delattr(one, "RescaleIntercept")),
    "slope or intercept": lambda one: setattr(one, "RescaleSlope", "0"),
}


@pytest.mark.parametrize("reason", DEFECTS)
def test_defects_have_a_reason(tmp_path: Path, reason: str) -> None:
    """Pixels that are cut off, absent, coloured or not rescalable are refused in words."""
    dataset = _ct(tmp_path)
    DEFECTS[reason](dataset)

    with pytest.raises(MalformedFileError, match=reason):
        _decode(dataset)


def test_damaged_compressed_pixels(tmp_path: Path) -> None:
    """Random bytes instead of a compressed frame are refused, whatever the decoder makes of them."""
    dataset = _ct(tmp_path, transfer_syntax_uid=RLELossless)
    noise = np.random.default_rng(0).integers(0, 256, 400, dtype=np.uint8).tobytes()
    dataset.PixelData = pydicom.encaps.encapsulate([noise])

    with pytest.raises(MalformedFileError, match="cannot be decoded"):
        _decode(dataset)


class _Panic(BaseException):
    """Stands for pylibjpeg's PanicException, which is no Exception either."""


@pytest.mark.parametrize(("raised", "expected"), [(_Panic, MalformedFileError), (KeyboardInterrupt, KeyboardInterrupt)])
def test_panic_of_a_decoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: type[BaseException], expected: type[BaseException]
) -> None:
    """A decoder's panic is a bad file and not the end of the program; the user's interrupt stays an interrupt."""

    def panic(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(decoding, "iter_pixels", panic)

    with pytest.raises(expected):
        _decode(_ct(tmp_path))


def test_size_is_checked_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that claims more pixels than the budget is refused by its header alone."""
    monkeypatch.setattr(utils, "iter_pixels", lambda *_, **__: pytest.fail("decoded"))
    dataset = _ct(tmp_path)
    dataset.Rows = dataset.Columns = 65535

    with pytest.raises(MalformedFileError, match="would exceed 1024 MiB"):
        check_file_size(dataset, 2**30)
    dataset.Rows = dataset.Columns = 512
    check_file_size(dataset, 2**30)
    del dataset.Rows
    with pytest.raises(MalformedFileError, match="absent"):
        check_file_size(dataset, 2**30)
