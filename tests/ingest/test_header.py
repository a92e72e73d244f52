from __future__ import annotations

from pathlib import Path

import pydicom
import pytest

from spineseg.ingest.header import attributes_of, number, parse_header, read_frames
from spineseg.ingest.reading import MalformedFileError
from spineseg.phantom.dicom import write_series
from spineseg.phantom.enhanced import write_enhanced
from tests.ingest.series import STIR, T2, grid_of, header_of


def _dataset(folder: Path) -> pydicom.Dataset:
    return pydicom.dcmread(write_series(folder, grid_of(), header_of(T2, series_description="Doe Jane T2 sag"))[0])


def test_classic_and_enhanced_say_the_same(tmp_path: Path) -> None:
    """Geometry and timing are the same from single-frame files and from functional groups."""
    classic = [pydicom.dcmread(path) for path in write_series(tmp_path / "a", grid_of(), header_of(STIR))]
    enhanced = pydicom.dcmread(write_enhanced(tmp_path / "b", grid_of(), header_of(STIR)))

    frames = [read_frames(one)[0].geometry for one in classic]
    timing = ("RepetitionTime", "EchoTime", "InversionTime", "EchoTrainLength")

    assert [frame.geometry for frame in read_frames(enhanced)] == frames
    for keyword in timing:
        assert attributes_of(enhanced, 2)[keyword] == attributes_of(classic[2], 0)[keyword]


@pytest.mark.parametrize("keyword", ["SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"])
def test_identity_is_needed(tmp_path: Path, keyword: str) -> None:
    """A file that cannot be put into a series is refused by the name of what it lacks."""
    dataset = _dataset(tmp_path)
    delattr(dataset, keyword)

    with pytest.raises(MalformedFileError, match=keyword):
        parse_header(Path("a"), dataset)


def test_free_text_stays_behind(tmp_path: Path) -> None:
    """No attribute holds a word that a person typed."""
    attributes = attributes_of(_dataset(tmp_path), 0)

    assert "t2" in attributes["SeriesWords"]
    assert "doe" not in repr(attributes).lower()
    assert "phantom" not in repr(attributes).lower()


@pytest.mark.parametrize("value", [["1", "x", "3"], ["1", "2"], [], ["nan", "0", "0"], ["inf", "0", "0"]])
def test_unusable_position_is_no_position(tmp_path: Path, value: list[str]) -> None:
    """A position that is not three numbers is unknown, not zero and not an exception."""
    dataset = _dataset(tmp_path)
    dataset.add_new("ImagePositionPatient", "LO", value)

    assert read_frames(dataset)[0].geometry.position is None


def test_numbers_are_numbers_or_unknown(tmp_path: Path) -> None:
    """A number that is absent, empty or not finite is unknown; of several values the first counts."""
    dataset = _dataset(tmp_path)
    dataset.add_new("EchoTime", "LO", "abc")
    dataset.add_new("InversionTime", "FD", float("inf"))
    dataset.add_new("FlipAngle", "DS", ["90", "30"])

    assert number(dataset, "EchoTime") is None
    assert number(dataset, "InversionTime") is None
    assert number(dataset, "TriggerTime") is None
    assert number(dataset, "FlipAngle") == 90


@pytest.mark.parametrize(("agent", "given"), [("Gadovist 7 ml", True), ("NONE", False), ("", False), ("no", False)])
def test_contrast_agent_is_a_fact_without_its_text(tmp_path: Path, agent: str, given: bool) -> None:
    """Whether an agent was given is kept; its text is not, and "none" is none."""
    dataset = _dataset(tmp_path)
    dataset.ContrastBolusAgent = agent

    assert (attributes_of(dataset, 0).get("AgentWords") == ("contrast agent",)) is given


def test_multi_frame_without_places(tmp_path: Path) -> None:
    """A multi-frame object without functional groups has no place in space."""
    dataset = _dataset(tmp_path)
    dataset.NumberOfFrames = 3

    (frame,) = read_frames(dataset)

    assert frame.geometry.position is None
