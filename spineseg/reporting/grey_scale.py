"""Series + Source -> how a viewer turns stored values into grey: rescale and window of a presentation state.

A presentation state that is silent about either resets the image's own, so that both must be told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from highdicom import ModalityLUTTransformation
from highdicom.content import ReferencedImageSequence
from highdicom.pr import SoftcopyVOILUTTransformation
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset

from spineseg.domain.volume import Modality, Volume
from spineseg.errors import ReportError
from spineseg.reporting.drawing import display_window
from spineseg.reporting.source import Source

_TAGS = (
    "SOPInstanceUID", "RescaleSlope", "RescaleIntercept", "ModalityLUTSequence", "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
)  # fmt: skip
_VOXELS = 1_000_000  # that a window is taken from [P]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescale:
    """Stored value x slope + intercept is the value that is measured in."""

    slope: float = 1.0
    intercept: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GreyScale:
    """Both transformations; without a rescale the windows speak of stored values, each for its own image."""

    rescale: ModalityLUTTransformation | None
    windows: tuple[SoftcopyVOILUTTransformation, ...]


def grey_scale(
    volume: Volume, source: Source, frames: Sequence[int], images: Mapping[str, Dataset]
) -> GreyScale | None:
    """Grey scale of some frames; None where the images have a table for it, which no rescale can stand for.

    Parameters
    ----------
    images
        Header of each file by its SOP Instance UID.

    Raises
    ------
    ReportError
        A source file is gone.
    """
    files = {uid: _read(source, uid) for uid in {source.sop_instance_uids[frame] for frame in frames}}
    headers = {frame: files[source.sop_instance_uids[frame]] for frame in frames}
    if any(header.get("ModalityLUTSequence") for header in headers.values()):
        return None
    rescales = {frame: _rescale(header, source.frame_numbers[frame]) for frame, header in headers.items()}
    low, high = display_window(_thinned(volume), volume.modality)
    if len(set(rescales.values())) == 1:
        (rescale,) = set(rescales.values())
        return GreyScale(
            rescale=ModalityLUTTransformation(
                rescale_intercept=rescale.intercept,
                rescale_slope=rescale.slope,
                rescale_type="HU" if volume.modality is Modality.CT else "US",
            ),
            windows=(_window(low, high),),
        )
    windows = [
        _window(
            (low - one.intercept) / one.slope,
            (high - one.intercept) / one.slope,
            ReferencedImageSequence(
                [images[source.sop_instance_uids[frame]]], source.frame_numbers[frame] if source.multi_frame else None
            ),
        )
        for frame, one in rescales.items()
    ]
    return GreyScale(rescale=None, windows=tuple(windows))


def _window(
    low: float, high: float, referenced_images: ReferencedImageSequence | None = None
) -> SoftcopyVOILUTTransformation:
    """Centre and width; a width under 1 is not allowed (PS3.3 C.11.2.1.2.1)."""
    return SoftcopyVOILUTTransformation(
        window_center=round((low + high) / 2, 3),
        window_width=max(round(high - low, 3), 1.0),
        referenced_images=referenced_images,
    )


def _thinned(volume: Volume) -> NDArray[np.generic]:
    """Every so many voxels: percentiles of a million are those of all."""
    array = volume.image.array
    step = max(1, round((array.size / _VOXELS) ** (1 / 3)))
    return array[::step, ::step, ::step]


def _read(source: Source, sop_instance_uid: str) -> Dataset:
    place = [str(header.SOPInstanceUID) for header in source.headers].index(sop_instance_uid)
    path = source.series.instances[place].path
    try:
        return dcmread(path, stop_before_pixels=True, force=True, specific_tags=list(_TAGS))
    except (OSError, EOFError) as error:
        raise ReportError(
            "a source file cannot be read again", path.name, "keep the study until the run ends"
        ) from error


def _rescale(header: Dataset, frame_number: int) -> Rescale:
    holder = _holder(header, frame_number)
    return Rescale(
        slope=_number(holder.get("RescaleSlope"), 1.0), intercept=_number(holder.get("RescaleIntercept"), 0.0)
    )


def _holder(dataset: Dataset, frame_number: int) -> Dataset:
    """Where an enhanced image keeps the rescale of a frame: its own group or the shared one (PS3.3 C.7.6.16.2.9).

    Frames count from 1 in the file, of which the series may be a part.
    """
    own = (dataset.get("PerFrameFunctionalGroupsSequence") or [])[frame_number - 1 : frame_number]
    groups = [*own, *(dataset.get("SharedFunctionalGroupsSequence") or ())]
    sequences = (group.get("PixelValueTransformationSequence") for group in groups)
    found: Dataset = next((sequence[0] for sequence in sequences if sequence), dataset)
    return found


def _number(value: object, otherwise: float) -> float:
    try:
        number = float(str(value))
    except ValueError:
        return otherwise
    return number or otherwise
