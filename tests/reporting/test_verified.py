from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from spineseg.errors import SettingsError
from spineseg.reporting.report import SR_FILE, encode
from spineseg.reporting.sr_revision import Observer, verify_report
from spineseg.reporting.verified import current_report, free_name, refuse_verified, verified_reports
from tests.reporting.samples import NOW, make_findings, make_sample, sr_without_masks

JANE = Observer(name="DOE^JANE", organization="Hospital")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The program's own report."""
    sample = make_sample(tmp_path_factory.mktemp("study"), shape=(4, 72, 64))
    return sr_without_masks(sample, make_findings(sample.input.series.series_instance_uid))


def test_a_folder_without_a_person(report: Dataset, tmp_path: Path) -> None:
    """The program's own report, files of others and no folder at all are no reason to refuse."""
    (tmp_path / SR_FILE).write_bytes(encode(report))
    (tmp_path / "note.dcm").write_text("not DICOM")

    refuse_verified(tmp_path)
    refuse_verified(tmp_path / "none")
    assert verified_reports(tmp_path) == ()
    assert current_report(tmp_path, SR_FILE) == tmp_path / SR_FILE


@pytest.mark.parametrize("name", ["verified.sr.dcm", SR_FILE, "anything.dcm"])
def test_a_verified_report_is_never_written_over(report: Dataset, tmp_path: Path, name: str) -> None:
    """Whatever its file is called, the folder of a verified report is refused, by that name."""
    (tmp_path / name).write_bytes(encode(verify_report(report, (), observer=JANE, now=NOW)))

    with pytest.raises(SettingsError, match=f"{name} is a report that a person verified, and nothing was changed"):
        refuse_verified(tmp_path)


def test_the_latest_word_holds(report: Dataset, tmp_path: Path) -> None:
    """Of several verified reports the one that was verified last holds, whatever their names."""
    (tmp_path / SR_FILE).write_bytes(encode(report))
    for name, hours in (("b.dcm", 2), ("a.dcm", 1), ("c.dcm", 0)):
        new = verify_report(report, (), observer=JANE, now=NOW + timedelta(hours=hours))
        (tmp_path / name).write_bytes(encode(new))

    assert current_report(tmp_path, SR_FILE) == tmp_path / "b.dcm"


def test_names_are_not_used_twice(tmp_path: Path) -> None:
    """Each verified report beside another has a name of its own."""
    for name in ("verified.sr.dcm", "verified-2.sr.dcm"):
        assert free_name(tmp_path / SR_FILE) == tmp_path / name
        (tmp_path / name).touch()
