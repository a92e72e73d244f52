"""Tests of spineseg.reporting.seg_frames."""

from __future__ import annotations

from copy import deepcopy

from pydicom.dataset import Dataset

from spineseg.reporting.seg_frames import share_groups, stand_in
from spineseg.reporting.source import read_source
from tests.reporting.samples import Sample


def test_a_stand_in_has_the_sources_frames_and_changes_nothing_of_it(sample: Sample) -> None:
    """One narrow frame at every place; the headers that other results use keep their matrix and class."""
    source = read_source(sample.input.series)
    before = deepcopy(source.headers[:3])

    image = stand_in(source, columns=7)

    assert (image.Rows, image.Columns, image.NumberOfFrames) == (1, 7, len(source.headers))
    places = [group.PlanePositionSequence[0].ImagePositionPatient for group in image.PerFrameFunctionalGroupsSequence]
    assert places == [header.ImagePositionPatient for header in source.headers]
    assert source.headers[:3] == before


def test_frames_on_one_slice_share_what_names_it() -> None:
    """As many elements as slices and segments, however many frames; each frame still says the same."""
    groups = [frame_on(plane, segment) for segment in (1, 2, 3) for plane in (4, 5)]
    dataset = Dataset()
    dataset.PerFrameFunctionalGroupsSequence = groups
    before = [str(group) for group in groups]

    share_groups(dataset, [4, 5] * 3)

    for keyword, count in (
        ("DerivationImageSequence", 2), ("PlanePositionSequence", 2), ("SegmentIdentificationSequence", 3),
    ):  # fmt: skip
        assert len({id(group[keyword]) for group in groups}) == count
    assert [str(group) for group in groups] == before


def frame_on(plane: int, segment: int) -> Dataset:
    """Functional groups of a frame, each with elements of its own."""
    group, place, derivation, identification = Dataset(), Dataset(), Dataset(), Dataset()
    place.ImagePositionPatient = [0.0, 0.0, 3.0 * plane]
    derivation.DerivationDescription = f"slice {plane}"
    identification.ReferencedSegmentNumber = segment
    group.PlanePositionSequence, group.DerivationImageSequence = [place], [derivation]
    group.SegmentIdentificationSequence = [identification]
    return group
