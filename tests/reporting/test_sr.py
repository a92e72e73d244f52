from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from pydicom import dcmread

from spineseg.reporting import Report
from spineseg.reporting.report import encode
from tests.reporting.full_findings import full_findings
from tests.reporting.samples import Sample, sr_without_masks


def test_the_report_is_preliminary_and_unverified(report: Report) -> None:
    """No automatic report passes for a verified one, and its private codes have an owner."""
    sr = report.objects["report.sr.dcm"]

    assert (sr.VerificationFlag, sr.PreliminaryFlag, sr.CompletionFlag) == ("UNVERIFIED", "PRELIMINARY", "COMPLETE")
    assert [item.CodingSchemeDesignator for item in sr.CodingSchemeIdentificationSequence] == ["99SPINESEG"]


def test_the_image_library_holds_only_the_shown_images(results: Path) -> None:
    """A long series does not make a long report: only the images of the pictures are listed."""
    library = dcmread(results / "report.sr.dcm").ContentSequence
    (images,) = (item for item in library if item.ConceptNameCodeSequence[0].CodeMeaning == "Image Library")

    assert 1 <= len(images.ContentSequence[0].ContentSequence) <= 2


def test_dcmtk_prints_the_report(results: Path) -> None:
    """Another program parses the SR."""
    done = subprocess.run(["dsrdump", str(results / "report.sr.dcm")], capture_output=True, text=True, check=False)

    assert done.returncode == 0
    assert "Approximate ESCC grade" in done.stdout


def test_a_report_with_every_field_conforms(
    sample: Sample, tmp_path: Path, conformance_errors: Callable[[Path], list[str]]
) -> None:
    """Rows under rows keep to the relationships of a Comprehensive 3D SR (PS3.3 A.35.13.3.1.2)."""
    path = tmp_path / "report.sr.dcm"
    path.write_bytes(encode(sr_without_masks(sample, full_findings(sample.input.series.series_instance_uid))))

    assert conformance_errors(path) == []
    printed = subprocess.run(["dsrdump", str(path)], capture_output=True, text=True, check=True).stdout
    assert "Vanished lesion 1" in printed
    assert "has properties" in printed
