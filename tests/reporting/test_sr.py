from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pydicom import dcmread

from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.reporting import Report, read_findings
from spineseg.reporting.report import encode
from tests.reporting.full_findings import full_findings
from tests.reporting.samples import Sample, make_findings, sr_without_masks


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
    assert "Lesion of prior study that is not found any more" in printed
    assert "has properties" in printed


def test_every_measurement_group_is_on_a_region(report: Report) -> None:
    """No group is without its segment (TID 1411): what is said of the study stands in a container of its own."""
    measurements, study = report.objects["report.sr.dcm"].ContentSequence[-2:]

    kinds = [
        [item.ConceptNameCodeSequence[0].CodeMeaning for item in group.ContentSequence]
        for group in measurements.ContentSequence
    ]
    assert len(kinds) == 4
    assert all("Referenced Segment" in rows for rows in kinds)
    assert study.ConceptNameCodeSequence[0].CodeMeaning == "Qualitative Evaluations"


def test_a_report_without_lesion_or_level_says_why(
    sample: Sample, tmp_path: Path, conformance_errors: Callable[[Path], list[str]]
) -> None:
    """Where no spine was found there is nothing to measure, and the report still conforms and tells so."""
    nothing = replace(
        make_findings(sample.input.series.series_instance_uid, with_lesion=False), levels=(),
        quality=(QualityNote(code=QualityCode.NO_SPINE_FOUND),),
    )  # fmt: skip
    sr = sr_without_masks(sample, nothing)
    path = tmp_path / "report.sr.dcm"
    path.write_bytes(encode(sr))

    containers = [item for item in sr.ContentSequence if item.ValueType == "CONTAINER"]
    assert [item.ConceptNameCodeSequence[0].CodeMeaning for item in containers] == [
        "Image Library", "Qualitative Evaluations",
    ]  # fmt: skip
    assert "Not Evaluated" in str(sr)
    assert conformance_errors(path) == []
    assert read_findings(path) == nothing
