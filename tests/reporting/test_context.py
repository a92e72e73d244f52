from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset

from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import like
from spineseg.reporting.context import ResultContext, finish, make_context
from spineseg.reporting.seg_type import SegType
from tests.reporting.samples import AXIAL, NOW, grid_of, make_findings, segmentation_on

UIDS = ("1.2.1", "1.2.2")
FINDINGS = make_findings("1.2.3")


def study(date: str = "20260203", time: str = "101112") -> Dataset:
    """Patient and study modules."""
    dataset = Dataset()
    dataset.PatientID, dataset.StudyDate, dataset.StudyTime = "P1", date, time
    return dataset


def moved(segmentation: Segmentation, name: str) -> Segmentation:
    """The same with one of its masks rolled by two rows."""
    grid = getattr(segmentation, name)
    return replace(segmentation, **{name: like(grid, np.roll(grid.array, 2, axis=1))})


def test_uids_depend_on_input_algorithm_and_kind_only() -> None:
    """The same again, in any order and at any time; another instance, version or weight gives other UIDs."""
    context = make_context(UIDS, [], FINDINGS, study(), now=NOW)
    again = make_context(UIDS[::-1], [], FINDINGS, study(), now=NOW.replace(year=2030))
    others = [
        make_context(UIDS[:1], [], FINDINGS, study(), now=NOW),
        *(
            make_context(UIDS, [], replace(FINDINGS, algorithm=replace(FINDINGS.algorithm, **change)), study(), now=NOW)
            for change in ({"version": "9"}, {"weights_sha256": ("cd" * 32,)}, {"segmenter": "masks"})
        ),
    ]

    assert context == again
    assert context.uid("report") == again.uid("report")
    assert len({one.uid("report") for one in (context, *others)}) == 5
    assert len({context.uid("report"), context.uid("key images"), context.uid("key images", "1")}) == 3


def test_other_content_is_another_object() -> None:
    """Masks that differ by a voxel, other findings (a prior study) and another encoding never share a UID."""
    masks = segmentation_on(grid_of(AXIAL, (20, 40, 40)), "1.2.3")
    compared = replace(FINDINGS, prior_study_instance_uid="1.2.9")

    seeds = [
        *(make_context(UIDS, [one], FINDINGS, study(), now=NOW).seed
          for one in (masks, moved(masks, "lesions"), moved(masks, "anatomy"))),
        make_context(UIDS, [masks], compared, study(), now=NOW).seed,
        make_context(UIDS, [masks], FINDINGS, study(), now=NOW, seg_type=SegType.LABELMAP).seed,
    ]  # fmt: skip

    assert len(set(seeds)) == 5
    assert make_context(UIDS, [masks], FINDINGS, study(), now=NOW.replace(year=2030)).seed == seeds[0]


def test_a_study_without_date_never_gives_two_contents_under_one_uid() -> None:
    """The day of the run stands in the objects, so another day makes other objects; the hour does not matter."""
    undated = study("", "101112")
    day = [make_context(UIDS, [], FINDINGS, undated, now=NOW.replace(day=day, hour=day)) for day in (20, 21)]
    later = make_context(UIDS, [], FINDINGS, undated, now=NOW.replace(day=20, hour=9))

    assert day[0] == later
    assert day[0].seed != day[1].seed


@pytest.mark.parametrize(
    ("date", "time", "expected"),
    [
        ("20260203", "101112", ("20260203", "101112")),
        ("20260203", "", ("20260203", "000000")),
        ("", "101112", ("20261122", "000000")),
    ],
)
def test_dates_are_those_of_the_study(date: str, time: str, expected: tuple[str, str]) -> None:
    """Only a study without date takes the run's, and never one's date with the other's time."""
    context = make_context(UIDS, [], FINDINGS, study(date, time), now=NOW)

    assert (context.content_date, context.content_time) == expected


def test_a_finished_result_has_the_patient_and_no_time_of_the_run() -> None:
    """What highdicom took from the clock goes; patient, dates, equipment and character set come."""
    context = make_context(UIDS, [], FINDINGS, study(), now=NOW)
    result, equipment = Dataset(), Dataset()
    result.file_meta = FileMetaDataset()
    result.PatientID, result.ContentDate, result.InstanceCreationDate = "", "20991231", "20991231"
    result.InstanceCreationTime = "235959"
    equipment.ContributionDateTime = "20991231235959"
    result.ContributingEquipmentSequence = [equipment]

    finish(result, context, study())

    assert result.PatientID == "P1"
    assert (result.ContentDate, result.ContentTime, result.SeriesDate) == ("20260203", "101112", "20260203")
    assert "2099" not in str(result)
    assert (result.SpecificCharacterSet, result.ManufacturerModelName) == ("ISO_IR 192", "spineseg")
    assert result.SoftwareVersions == "spineseg 0.1.0"


def test_a_long_version_fits_its_attribute() -> None:
    """LO holds 64 characters (PS3.5 6.2)."""
    algorithm = replace(FINDINGS.algorithm, version="1" * 99)

    context = ResultContext(algorithm=algorithm, seed="1", content_date="20260203", content_time="000000")

    assert len(context.software_versions) == 64
