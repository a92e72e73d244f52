"""Tests of spineseg.pipeline and spineseg.runlog: a phantom study from files to files."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import Volume, like
from spineseg.errors import InputError, SettingsError
from spineseg.phantom.cases import PhantomCase, make_case
from spineseg.phantom.contrasts import Contrast
from spineseg.phantom.protocols import axial, sagittal
from spineseg.phantom.segmenter import TruthSegmenter
from spineseg.phantom.study import write_case
from spineseg.pipeline import RunResult, run_study
from spineseg.reporting import read_findings
from spineseg.reporting.report import SR_FILE, encode
from spineseg.reporting.sr_revision import Observer, verify_report

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONFORMANCE = (Path(__file__).parents[1] / "docs" / "dicom_conformance.md").read_text()


@pytest.fixture(scope="module")
def case() -> PhantomCase:
    """ESCC 2 at T7, with the sagittal series that names the levels and a small axial stack."""
    whole = make_case("escc-2-t7")
    spine = whole.phantom.spine
    protocols = (
        sagittal(spine, Contrast.T2, in_plane_mm=1.4),
        axial(spine, Contrast.T2, s=whole.phantom.lesions[0].s, length_mm=63.0, field_mm=84.0),
    )
    return replace(whole, protocols=protocols)


@pytest.fixture(scope="module")
def study(case: PhantomCase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its files."""
    folder = tmp_path_factory.mktemp("study")
    write_case(case, folder)
    return folder / "dicom"


@pytest.fixture(scope="module")
def result(case: PhantomCase, study: Path, tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """One run with the true masks."""
    return run_study(study, tmp_path_factory.mktemp("out"), TruthSegmenter(case.phantom), now=NOW)


class _Blank:
    """Segmenter that finds no spine."""

    algorithm = AlgorithmIdentity(name="spineseg", version="0", segmenter="blank")

    def __call__(self, volume: Volume) -> Segmentation:
        empty = like(volume.image, np.zeros(tuple(volume.image.spatial_shape), np.uint8))
        return Segmentation(
            anatomy=empty,
            subregions=empty,
            lesions=empty,
            modality=volume.modality,
            role=volume.role,
            series_instance_uid=volume.series_instance_uid,
            algorithm=self.algorithm,
            quality=(QualityNote(code=QualityCode.NO_SPINE_FOUND, series_instance_uid=volume.series_instance_uid),),
        )


def test_the_true_grade_level_and_compartment_come_out(result: RunResult) -> None:
    """The phantom's ESCC 2 at T7 is reported as such, once, although two series show it."""
    (lesion,) = result.findings.lesions

    assert lesion.levels == ("T7",)
    assert lesion.compartment is Compartment.EXTRADURAL
    assert lesion.escc.point is EsccGrade.G2
    assert {"C2", "T7", "S1"} <= {level.name for level in result.findings.levels}


def test_every_file_of_the_contract_is_written(result: RunResult) -> None:
    """Plain names for the main series, numbered ones for the other, and nothing unfinished."""
    out = result.files[0].parent
    names = {path.name for path in out.iterdir()}

    assert names == {path.name for path in result.files}
    assert {"anatomy.seg.dcm", "lesions.seg.dcm", "report.sr.dcm", "key-01.sc.dcm", "report.html"} <= names
    assert {"anatomy-1.seg.dcm", "findings.json", "run.json"} <= names


def test_the_sr_gives_the_findings_back(result: RunResult) -> None:
    """What treatment reads from the file is what was found."""
    (report,) = (path for path in result.files if path.name == "report.sr.dcm")

    assert read_findings(report) == result.findings


def test_run_json_holds_stages_series_and_no_paths(result: RunResult, study: Path) -> None:
    """The log says what was used and how long it took, and names no file of the study."""
    text = result.files[-1].read_text()
    log = json.loads(text)

    assert [stage["name"] for stage in log["stages"]][:3] == ["discover", "model", "load"]
    assert log["outcome"] == "lesions_suspected"
    assert [one["role"] for one in log["series"]["chosen"]] == ["axial_t2", "sagittal_t2"]
    assert log["peak_memory_mb"] > 50
    assert str(study) not in text


def test_a_rerun_writes_the_same_bytes(case: PhantomCase, study: Path, result: RunResult, tmp_path: Path) -> None:
    """On another day every file is the same but the two that say when it ran, as docs/dicom_conformance.md tells."""
    again = run_study(study, tmp_path, TruthSegmenter(case.phantom), now=NOW + timedelta(days=3, hours=5))

    first = {path.name: path.read_bytes() for path in result.files}
    second = {path.name: path.read_bytes() for path in again.files}
    assert first.keys() == second.keys() >= {"findings.json", "recommendation.json", "report.pdf", "report.pdf.dcm"}
    assert {name for name in first if first[name] != second[name]} == {"run.json", "report.html"}
    assert "`run.json` (with seconds and memory a stage) and by `report.html`; those two alone differ" in CONFORMANCE


def test_no_spine_is_a_result_and_clears_an_earlier_lesion(study: Path, tmp_path: Path) -> None:
    """An empty segmentation is reported as such; a stale lesions.seg.dcm does not stay."""
    (tmp_path / "lesions.seg.dcm").write_bytes(b"stale")

    blank = run_study(study, tmp_path, _Blank(), now=NOW)

    assert json.loads((tmp_path / "run.json").read_text())["outcome"] == "no_spine_found"
    assert not (tmp_path / "lesions.seg.dcm").exists()
    assert QualityCode.NO_SPINE_FOUND in {note.code for note in read_findings(tmp_path / "report.sr.dcm").quality}
    assert blank.findings.lesions == ()


def test_results_beside_the_images_are_not_analysed_again(
    case: PhantomCase, study: Path, result: RunResult, tmp_path: Path
) -> None:
    """A study folder that holds our own SEG, SR and key images gives the same findings."""
    for path in result.files:
        if path.suffix == ".dcm":
            (study / f"own-{path.name}").write_bytes(path.read_bytes())
    try:
        again = run_study(study, tmp_path, TruthSegmenter(case.phantom), now=NOW)
    finally:
        for path in study.glob("own-*"):
            path.unlink()

    assert again.findings == result.findings
    assert "result of spineseg" in {refused.refusal.value for refused in again.selection.refused}


def test_the_study_folder_is_no_output_folder(case: PhantomCase, study: Path) -> None:
    """Results are never mixed into the input."""
    with pytest.raises(SettingsError, match="study folder"):
        run_study(study, study, TruthSegmenter(case.phantom), now=NOW)


def test_two_studies_in_one_folder_are_refused(case: PhantomCase, study: Path, tmp_path: Path) -> None:
    """The message says how many there are."""
    both = tmp_path / "both"
    both.mkdir()
    source = next(study.rglob("*.dcm"))
    for number in (1, 2):
        dataset = dcmread(source)
        dataset.StudyInstanceUID = f"1.2.3.{number}"
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{number}.1"
        dataset.save_as(both / f"{number}.dcm")

    with pytest.raises(InputError, match="2 studies"):
        run_study(both, tmp_path / "out", TruthSegmenter(case.phantom), now=NOW)


def _tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def test_every_object_conforms(result: RunResult) -> None:
    """The validator finds no error in any object and DCMTK prints the SR."""
    validator, printer = _tool("dciodvfy"), _tool("dsrdump")
    for path in result.files:
        if path.suffix != ".dcm":
            continue
        checked = subprocess.run([validator, str(path)], capture_output=True, text=True, check=False)
        errors = [line for line in checked.stderr.splitlines() if line.startswith("Error")]
        assert not errors, (path.name, errors)
    report = next(path for path in result.files if path.name == "report.sr.dcm")
    printed = subprocess.run([printer, str(report)], capture_output=True, text=True, check=False)
    assert printed.returncode == 0
    assert "ESCC 2" in printed.stdout


@pytest.mark.parametrize("name", ["verified.sr.dcm", SR_FILE])
def test_a_verified_report_stops_a_run(
    case: PhantomCase, study: Path, result: RunResult, tmp_path: Path, name: str
) -> None:
    """A run onto a folder with a verified report changes no byte there and names the report, whatever it is called."""
    machine = next(path for path in result.files if path.name == SR_FILE)
    observer = Observer(name="DOE^JANE", organization="Hospital")
    verified = encode(verify_report(dcmread(machine), (), observer=observer, now=NOW))
    (tmp_path / name).write_bytes(verified)

    with pytest.raises(SettingsError, match=f"{name} is a report that a person verified"):
        run_study(study, tmp_path, TruthSegmenter(case.phantom), now=NOW)

    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == verified
