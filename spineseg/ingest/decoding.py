"""File -> float32 planes: pixels of any transfer syntax that pydicom decodes, rescaled to HU or scanner units."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset
from pydicom.pixels.processing import apply_modality_lut
from pydicom.pixels.utils import iter_pixels
from pydicom.uid import JPEGLSLossless, JPEGLSNearLossless

from spineseg.domain.volume import Modality
from spineseg.ingest.header import first_item, number
from spineseg.ingest.reading import MalformedFileError

# Nothing is less dense than vacuum: lower values are padding outside the scanned circle, which GE and others
# write as -2000 or -3024 without saying so. -1024 is the low end of the 12-bit CT scale (PS3.3 C.8.2.1).
LOWEST_HU = -1024.0

# 213 frames/s of 512 x 512 against 48 with pydicom's first choice (dicom.md section 4).
_FASTEST_PLUGIN = {JPEGLSLossless: "pyjpegls", JPEGLSNearLossless: "pyjpegls"}


def decode_planes(dataset: FileDataset, frames: Sequence[int], *, modality: Modality, out: NDArray[np.float32]) -> None:
    """Decode frames of a file into `out`.

    Parameters
    ----------
    frames
        Frame indices, from 0.
    out : (len(frames), row, column) float32
        Filled in place, so that no second copy of a series is ever held.

    Raises
    ------
    MalformedFileError
        The pixels cannot be decoded or are no grey values of this size.
    """
    if number(dataset, "SamplesPerPixel") != 1 or dataset.get("PhotometricInterpretation") == "PALETTE COLOR":
        raise MalformedFileError("pixels are colours, not grey values")
    planes = _decoded(dataset, frames)
    if len(planes) != len(frames):
        raise MalformedFileError(f"{len(planes)} of {len(frames)} frames are there")
    for plane, frame, target in zip(planes, frames, out, strict=True):
        if plane.shape != target.shape:
            raise MalformedFileError("decoded pixels do not have the matrix that the header says")
        _rescale(dataset, frame, plane, target, modality)
        if modality is Modality.CT:
            _fill_padding(dataset, plane, target)


def _decoded(dataset: FileDataset, frames: Sequence[int]) -> list[NDArray[np.generic]]:
    if "PixelData" not in dataset:
        raise MalformedFileError("the file holds no pixels")
    fastest = _FASTEST_PLUGIN.get(dataset.file_meta.get("TransferSyntaxUID", ""))
    if fastest is not None:
        try:
            return _decoded_by(dataset, frames, fastest)
        except MalformedFileError:
            pass  # another plugin may know a stream that the fastest one does not
    return _decoded_by(dataset, frames, "")


def _decoded_by(dataset: FileDataset, frames: Sequence[int], plugin: str) -> list[NDArray[np.generic]]:
    """Frames as one plugin of pydicom decodes them; as the first that can where none is named."""
    try:
        return list(iter_pixels(dataset, indices=list(frames), decoding_plugin=plugin))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # pylibjpeg's PanicException is no Exception (dicom.md section 5)
        raise MalformedFileError(f"pixels cannot be decoded ({type(error).__name__})") from error


def _rescale(
    dataset: Dataset, frame: int, plane: NDArray[np.generic], target: NDArray[np.float32], modality: Modality
) -> None:
    """Stored to real values (PS3.3 C.11.1); each frame by its own slope and intercept."""
    if dataset.get("ModalityLUTSequence"):
        target[...] = apply_modality_lut(plane, dataset)
        return
    slope, intercept = _slope_and_intercept(dataset, frame, modality)
    if not (math.isfinite(slope) and math.isfinite(intercept)) or slope == 0:
        raise MalformedFileError("rescale slope or intercept is not usable")
    target[...] = plane
    if slope != 1:
        target *= np.float32(slope)
    if intercept != 0:
        target += np.float32(intercept)


def _slope_and_intercept(dataset: Dataset, frame: int, modality: Modality) -> tuple[float, float]:
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
    groups = [*per_frame[frame : frame + 1], first_item(dataset, "SharedFunctionalGroupsSequence")]
    holders = [first_item(group, "PixelValueTransformationSequence") for group in groups]
    found = next((one for one in (*holders, dataset) if "RescaleSlope" in one or "RescaleIntercept" in one), None)
    if found is None:
        if modality is Modality.CT:
            raise MalformedFileError("the CT has no rescale to HU")
        return 1.0, 0.0
    return _number_or(found, "RescaleSlope", 1.0), _number_or(found, "RescaleIntercept", 0.0)


def _number_or(dataset: Dataset, keyword: str, absent: float) -> float:
    """Value; `absent` where there is none, NaN where there is one that is no number."""
    if dataset.get(keyword) in (None, ""):
        return absent
    value = number(dataset, keyword)
    return math.nan if value is None else value


def _fill_padding(dataset: Dataset, plane: NDArray[np.generic], target: NDArray[np.float32]) -> None:
    """Padding and impossible values become `LOWEST_HU`."""
    padding = number(dataset, "PixelPaddingValue")
    if padding is not None:
        # Compared modulo 2**16: the value's VR (US or SS) contradicts the pixels' sign in some files.
        limit = number(dataset, "PixelPaddingRangeLimit")
        ends = [int(value) & 0xFFFF for value in (padding, padding if limit is None else limit)]
        words = plane.astype(np.uint16, copy=False)
        target[(words >= min(ends)) & (words <= max(ends))] = LOWEST_HU
    np.maximum(target, LOWEST_HU, out=target)


def check_file_size(dataset: Dataset, budget_bytes: int) -> None:
    """Refuse a file whose decoded pixels would exceed the budget, before anything is decoded.

    Raises
    ------
    MalformedFileError
        Rows x Columns x Frames x bytes a sample is more than `budget_bytes`.
    """
    sizes = [number(dataset, keyword) for keyword in ("Rows", "Columns", "BitsAllocated")]
    rows, columns, bits = (0 if value is None else int(value) for value in sizes)
    frames = max(int(number(dataset, "NumberOfFrames") or 1), 1)
    if rows <= 0 or columns <= 0 or bits <= 0:
        raise MalformedFileError("Rows, Columns or Bits Allocated is absent")
    if rows * columns * frames * math.ceil(bits / 8) > budget_bytes:
        raise MalformedFileError(f"decoded pixels would exceed {budget_bytes // 2**20} MiB")
