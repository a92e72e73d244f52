from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from spineseg.domain.study import (
    ChosenSeries,
    Instance,
    Refusal,
    RefusedSeries,
    Series,
    SeriesSelection,
    Study,
    UnreadableFile,
)
from spineseg.domain.volume import SeriesRole


def _series(uid: str = "1.2.3", part: int = 0) -> Series:
    instance = Instance(path=Path("a"), sop_instance_uid="1", sop_class_uid="1.2.840.10008.5.1.4.1.1.4")
    return Series(
        series_instance_uid=uid, series_number=5, modality="MR", instances=(instance,), part=part, attributes={}
    )


def test_unknown_geometry() -> None:
    """A series whose files say nothing of geometry has none: no default orientation, spacing or frame."""
    series = _series()

    assert series.image_orientation_patient is None
    assert series.pixel_spacing_mm is None
    assert series.slice_normal_spacing_mm is None
    assert series.frame_of_reference_uid is None


def test_parts_of_one_series_differ() -> None:
    """Two orientations in one series are two things to choose from."""
    assert _series(part=0) != _series(part=1)


def test_one_file_is_one_frame_unless_it_says_more() -> None:
    """A classic instance holds one frame; an enhanced one says how many."""
    classic = Instance(path=Path("a"), sop_instance_uid="1", sop_class_uid="2")

    assert classic.number_of_frames == 1
    assert classic != dataclasses.replace(classic, number_of_frames=20)


@pytest.mark.parametrize("refusal", Refusal)
def test_refusals_read_as_a_reason(refusal: Refusal) -> None:
    """Every refusal is words for the reader and fits after a colon: lower case, no full stop, said once."""
    assert refusal.value[0].islower()
    assert not refusal.value.endswith(".")
    assert "_" not in refusal.value
    assert [other.value for other in Refusal].count(refusal.value) == 1


def test_selection_keeps_every_series() -> None:
    """A selection has a place for each series of the study, with its reason, chosen or refused."""
    chosen = ChosenSeries(series=_series("1"), role=SeriesRole.AXIAL_T2, score=1.0, reasons=("T2 weighting",))
    refused = RefusedSeries(series_instance_uid="2", series_number=None, part=0, refusal=Refusal.LOCALIZER)

    selection = SeriesSelection(chosen=(chosen,), refused=(refused,))

    assert selection.chosen[0].reasons
    assert selection.refused[0].refusal is Refusal.LOCALIZER
    assert selection.refused[0].detail == ""


def test_study_without_readable_files() -> None:
    """A study can hold nothing but unreadable files; they are facts, not errors."""
    bad = UnreadableFile(path=Path("notes.txt"), reason="not DICOM")
    study = Study(study_instance_uid="1.2", series=(), unreadable=(bad,))

    assert study.unreadable == (bad,)
    with pytest.raises(dataclasses.FrozenInstanceError):
        study.series = ()  # type: ignore[misc] # the assignment is what must fail


def test_no_patient_data_by_construction() -> None:
    """Neither study nor series has a field for who the patient is."""
    names = {field.name for noun in (Study, Series, Instance) for field in dataclasses.fields(noun)}

    assert not {name for name in names if "patient" in name} - {"image_orientation_patient"}
    assert not {name for name in names if "birth" in name or "description" in name}
