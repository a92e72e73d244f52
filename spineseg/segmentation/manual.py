"""Lesion mask drawn by a person -> DrawnLesions, and their place on the grid of every series of the study."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.rigid import Rigid, move_grid
from spineseg.domain.segmentation import Segmentation, Segmenter
from spineseg.domain.uids import derive_uid
from spineseg.domain.volume import LabelMap, SeriesRole, Volume, like, make_grid, voxel_volume_mm3
from spineseg.errors import InputError, SettingsError
from spineseg.segmentation.classes import MaskArray
from spineseg.segmentation.cleanup import lesion_instances
from spineseg.segmentation.imagefile import IMAGE_SUFFIXES, read_grid
from spineseg.segmentation.placing import place_numbers, same_lattice
from spineseg.segmentation.segments import LEAST_FRACTION, Segment, read_segments

_MOST_LESIONS = 255  # lesion numbers are uint8
# A part of a segment so small, by itself and beside the largest, is no lesion of its own. [P]
_CRUMB_MM3, _CRUMB_SHARE = 50.0, 0.1
_MOST_SEGMENTS = 100  # a file with more values is an image and not a mask [P]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnLesions:
    """Lesions that a person drew or corrected.

    Parameters
    ----------
    numbers : (slice, row, column) uint8
        On the mask's own grid: every connected part of every segment is a lesion, 1..n from cranial to caudal. Its
        frame of reference is None for an image file, which names none.
    series_instance_uids
        Series that the mask refers to; empty for an image file.
    tracking_uids
        Of each lesion: the segment's own where it is one part, else derived from the file's content.
    sha256
        Of the file.
    """

    numbers: LabelMap
    tracking_uids: Mapping[int, str]
    sha256: str
    name: str
    series_instance_uids: tuple[str, ...] = field(default=())


class WithoutLesions:
    """A segmenter whose lesions are not wanted: the anatomy beneath them is then as the anatomy network saw it."""

    def __init__(self, segmenter: Segmenter) -> None:
        self._segmenter = segmenter

    @property
    def algorithm(self) -> AlgorithmIdentity:
        """Who segments the anatomy."""
        return self._segmenter.algorithm

    def __call__(self, volume: Volume) -> Segmentation:
        """Anatomy of `volume`; its lesions are not assessed."""
        # The networks look for lesions by the series' role only: a series of no role has none looked for.
        found = self._segmenter(replace(volume, role=SeriesRole.OTHER))
        return with_lesions(replace(found, role=volume.role), None)


def read_drawn_lesions(path: Path) -> DrawnLesions:
    """DICOM SEG (any type, any segments that are no anatomy), NIfTI, NRRD or MHA; each value is a segment.

    Raises
    ------
    SettingsError
        There is no such file.
    InputError
        It cannot be read, or holds no lesion.
    """
    if not path.is_file():
        raise SettingsError("no lesion file", str(path), "give --lesions FILE")
    values, segments, series = _read(path)
    numbers = _numbered(values)
    if not numbers.array.any():
        raise InputError("the lesion mask is empty", path.name, "draw a lesion, or leave --lesions out")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return DrawnLesions(
        numbers=numbers,
        tracking_uids=_tracking_uids(numbers, values, segments, digest),
        sha256=digest,
        name=path.name,
        series_instance_uids=series,
    )


def place_lesions(
    drawn: DrawnLesions, volumes: Sequence[Volume], rigids: Mapping[str, Rigid]
) -> tuple[LabelMap | None, ...]:
    """The lesions on every series that the mask can be placed on, None on the others.

    Parameters
    ----------
    rigids
        From each series' patient space to a common one, by Series Instance UID; series that have none are unrelated.

    Raises
    ------
    InputError
        The mask belongs to no series of the study, or lies outside all of them.
    """
    own = _own_series(drawn, volumes)
    home = next((rigids[uid] for uid in sorted(own) if uid in rigids), None)
    placed = tuple(_placed(drawn.numbers, volume, own=own, home=home, rigids=rigids) for volume in volumes)
    if not any(one is not None and one.array.any() for one in placed):
        raise InputError("the lesion mask lies outside the images", drawn.name, "check that it was drawn on this study")
    return placed


def with_lesions(segmentation: Segmentation, lesions: LabelMap | None) -> Segmentation:
    """The same anatomy with these lesions; the doubt that lesions were not assessed stays where there are none."""
    code = QualityCode.LESIONS_NOT_ASSESSED
    kept = tuple(note for note in segmentation.quality if note.code is not code)
    if lesions is None or not lesions.array.any():
        lesions = like(segmentation.lesions, np.zeros_like(segmentation.lesions.array))
        kept = (*kept, QualityNote(code=code, series_instance_uid=segmentation.series_instance_uid or None))
    return replace(segmentation, lesions=lesions, lesion_probability=None, quality=kept)


def _read(path: Path) -> tuple[LabelMap, tuple[Segment, ...], tuple[str, ...]]:
    """Values of the mask, one a segment; the segments and series that a SEG tells."""
    if path.name.endswith(IMAGE_SUFFIXES):
        grid = read_grid(path)
        values = _whole_values(grid.array)
        if int(values.max()) >= _MOST_SEGMENTS:
            raise InputError("the lesion mask looks like an image", path.name, "give a mask: 0 outside the lesions")
        return make_grid(values, grid.affine), (), ()
    found = read_segments(path)
    is_lesion = np.array([False, *(segment.anatomy == 0 for segment in found.segments)])
    lesions = np.where(is_lesion[found.numbers.array], found.numbers.array, np.uint8(0))
    return like(found.numbers, lesions), found.segments, found.series_instance_uids


def _whole_values(array: NDArray[np.generic]) -> MaskArray:
    """Values 1..255 in the order of the file's own; fractions below one are probabilities."""
    numbers = np.nan_to_num(np.asarray(array, dtype=np.float64))
    if np.any(numbers != np.rint(numbers)):
        whole = max(1.0, float(numbers.max()))
        numbers = np.where(numbers >= LEAST_FRACTION * whole, 1.0, 0.0)
    present, place = np.unique(numbers, return_inverse=True)
    order = np.cumsum(present > 0)
    values: MaskArray = np.minimum(order, _MOST_LESIONS).astype(np.uint8)[place].reshape(array.shape)
    return values


def _numbered(values: LabelMap) -> LabelMap:
    """Connected parts of every segment, numbered together from cranial to caudal."""
    parts = np.zeros(values.array.shape, dtype=np.int32)
    for value in np.unique(values.array[values.array > 0]):
        own = _without_crumbs(
            lesion_instances(like(values, (values.array == value).astype(np.uint8)), least_mm3=0.0),
            voxel_volume_mm3(values),
        )
        parts[own > 0] = own[own > 0].astype(np.int32) + parts.max()
    at = np.argwhere(parts > 0)
    if not len(at):
        return like(values, np.zeros_like(values.array))
    member = parts[tuple(at.T)]
    heights = at @ np.asarray(values.affine, dtype=np.float64)[2, :3]
    sizes = np.bincount(member)
    mean = np.bincount(member, weights=heights) / np.maximum(sizes, 1)
    largest = 1 + np.argsort(-sizes[1:], kind="stable")[:_MOST_LESIONS]
    largest = largest[sizes[largest] > 0]
    table = np.zeros(len(sizes), dtype=np.uint8)
    table[largest[np.argsort(-mean[largest], kind="stable")]] = np.arange(1, len(largest) + 1)
    return like(values, table[parts])


def _without_crumbs(parts: MaskArray, voxel_mm3: float) -> MaskArray:
    """Specks of a brush belong to the largest part of their segment."""
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    table = np.arange(len(sizes), dtype=np.uint8)
    table[(sizes * voxel_mm3 < _CRUMB_MM3) & (sizes < _CRUMB_SHARE * sizes.max())] = sizes.argmax()
    table[0] = 0
    whole: MaskArray = table[parts]
    return whole


def _tracking_uids(numbers: LabelMap, values: LabelMap, segments: Sequence[Segment], digest: str) -> Mapping[int, str]:
    uids = {}
    count = int(numbers.array.max())
    of_lesion = [int(values.array[numbers.array == number][0]) for number in range(1, count + 1)]
    for number, value in enumerate(of_lesion, start=1):
        own = segments[value - 1].tracking_uid if segments else None
        alone = own is not None and of_lesion.count(value) == 1
        uids[number] = own if own is not None and alone else derive_uid(digest, "lesion", str(number))
    return uids


def _own_series(drawn: DrawnLesions, volumes: Sequence[Volume]) -> frozenset[str]:
    """Series in whose patient space the mask's coordinates are."""
    frame = drawn.numbers.frame_of_reference_uid
    frames = {volume.series_instance_uid: volume.image.frame_of_reference_uid for volume in volumes}
    if frame is None:
        named = {volume.image.frame_of_reference_uid for volume in volumes}
        fitting = {v.image.frame_of_reference_uid for v in volumes if same_lattice(drawn.numbers, v.image)}
        chosen = fitting if len(fitting) == 1 else named
        if len(chosen) > 1:
            raise InputError(
                "the lesion mask could belong to several frames of reference of this study", drawn.name,
                "give a DICOM SEG, or a mask on the grid of one series",
            )  # fmt: skip
        return frozenset(uid for uid, own in frames.items() if own in chosen)
    if frame in frames.values():
        return frozenset(uid for uid, own in frames.items() if own == frame)
    if referenced := frozenset(drawn.series_instance_uids) & frozenset(frames):
        return referenced
    raise InputError(
        "the lesion mask lies in another frame of reference", drawn.name, "draw it on a series of this study"
    )


def _placed(
    numbers: LabelMap, volume: Volume, *, own: frozenset[str], home: Rigid | None, rigids: Mapping[str, Rigid]
) -> LabelMap | None:
    uid = volume.series_instance_uid
    if uid in own:
        return place_numbers(numbers, volume.image)
    if home is None or uid not in rigids:
        return None
    path = rigids[uid].inverse().after(home)
    return place_numbers(move_grid(numbers, path, volume.image.frame_of_reference_uid), volume.image)
