from __future__ import annotations

import shutil
import subprocess
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from spineseg.domain.escc import EsccGrade
from spineseg.domain.revision import parse_changes, revise
from spineseg.errors import SettingsError, UnknownReportError
from spineseg.reporting.report import encode
from spineseg.reporting.sr_header import read_header
from spineseg.reporting.sr_reader import read_findings
from spineseg.reporting.sr_revision import VERIFIED_BANNER, Observer, verify_report
from tests.reporting.samples import NOW, make_findings, make_sample, sr_without_masks

JANE = Observer(name="DOE^JANE", organization="Hospital")
CORRECTIONS = (
    (), ("lesion=1", "escc=1c"), ("lesion=1", "compartment=intramedullary"), ("lesion=1", "level=T8,T9"),
    ("lesion=1", "sins.collapse=2", "sins.bone_lesion=1", "sins.pain=3"), ("lesion=1", "not-a-lesion"),
    ("lesion=2", "escc=3"), ("lesion=1", "not-a-lesion", "lesion=2", "escc=0"),
    ("lesion=1", "not-a-lesion", "lesion=2", "not-a-lesion"),
)  # fmt: skip


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """SR with two lesions, ESCC 2 and 1a."""
    sample = make_sample(tmp_path_factory.mktemp("study"), shape=(4, 72, 64))
    findings = make_findings(sample.input.series.series_instance_uid)
    first = findings.lesions[0]
    escc = replace(first.escc, low=EsccGrade.G1A, point=EsccGrade.G1A, high=EsccGrade.G1A, level_of_max="T8")
    second = replace(first, number=2, tracking_uid="1.2.3.4", levels=("T8",), escc=escc)
    return sr_without_masks(sample, replace(findings, lesions=(first, second)))


def verified(report: Dataset, *words: str) -> Dataset:
    """The report as Jane has verified it, read back from its bytes."""
    return verify_report(report, parse_changes(words), observer=JANE, now=NOW)


@pytest.mark.parametrize("words", CORRECTIONS)
def test_reads_back_as_the_person_said(report: Dataset, words: tuple[str, ...], tmp_path: Path) -> None:
    """The new report's file says exactly what the person said, the machine's values beside it."""
    path = tmp_path / "new.dcm"
    path.write_bytes(encode(verified(report, *words)))

    assert read_findings(path) == revise(read_findings(report), parse_changes(words), corrected_by="DOE^JANE")


def test_verified_with_its_predecessor(report: Dataset) -> None:
    """It is a new, final document that names its observer and the document that it corrects."""
    new = verified(report, "lesion=1", "escc=1c")
    header = read_header(new)

    assert (header.verified, header.verified_by) == (True, "DOE JANE")
    assert (new.CompletionFlag, new.PreliminaryFlag) == ("COMPLETE", "FINAL")
    assert new.SOPInstanceUID != report.SOPInstanceUID
    assert new.SeriesInstanceUID != report.SeriesInstanceUID
    (study,) = new.PredecessorDocumentsSequence
    (series,) = study.ReferencedSeriesSequence
    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == report.SOPInstanceUID
    assert VERIFIED_BANNER.encode() in encode(new)
    assert b"UNVERIFIED" not in encode(new)


def test_the_report_is_not_changed(report: Dataset) -> None:
    """Who verifies writes a new report; the machine's stays as it is."""
    before = deepcopy(report)

    verified(report, "lesion=1", "not-a-lesion")

    assert report == before


def test_verified_again(report: Dataset) -> None:
    """A second correction keeps the first one, and follows the first verified report."""
    once = verified(report, "lesion=1", "escc=1c")

    twice = verified(once, "lesion=1", "escc=3")

    assert [one.before for one in read_findings(twice).lesions[0].corrections] == ["2 (range 1c to 2)", "1c"]
    assert once.SOPInstanceUID in str(twice.PredecessorDocumentsSequence[0])
    assert twice.InstanceNumber == 3


def test_same_words_same_document(report: Dataset) -> None:
    """The same verification is the same document; another time or word is another."""
    one, same, other = (verified(report, *words) for words in ((), (), ("lesion=1", "escc=3")))

    assert one.SOPInstanceUID == same.SOPInstanceUID != other.SOPInstanceUID


@pytest.mark.parametrize("name", ["", " ", "A" * 65, "A\\B", "A\nB", "A=B"])
def test_names_that_dicom_cannot_write(name: str) -> None:
    """A name that would break the file is refused."""
    with pytest.raises(SettingsError, match="name"):
        Observer(name=name, organization="Hospital")


def test_foreign_reports_are_refused(report: Dataset) -> None:
    """A document of another kind is not verified with our words."""
    foreign = deepcopy(report)
    foreign.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"

    with pytest.raises(UnknownReportError):
        verified(foreign)


@pytest.mark.parametrize("words", CORRECTIONS[:6])
@pytest.mark.parametrize("program", ["dciodvfy", "dsrdump"])
def test_conformance(report: Dataset, words: tuple[str, ...], program: str, tmp_path: Path) -> None:
    """Independent checkers find no error in what was not in the report before."""
    where = shutil.which(program, path="/usr/bin")
    if where is None:
        pytest.skip(f"{program} is not on this machine")

    def faults(dataset: Dataset) -> set[str]:
        path = tmp_path / "report.dcm"
        path.write_bytes(encode(dataset))
        done = subprocess.run([where, str(path)], capture_output=True, text=True, check=False)
        lines = (done.stdout + done.stderr).splitlines()
        return {line for line in lines if line.startswith(("Error", "E:"))} | ({"rc"} if done.returncode else set())

    assert faults(verified(report, *words)) - faults(report) == set()
    assert dcmread(tmp_path / "report.dcm").SOPInstanceUID == report.SOPInstanceUID
