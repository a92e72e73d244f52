from __future__ import annotations

import subprocess
from pathlib import Path

from pydicom import dcmread

from spineseg.reporting import Report


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
