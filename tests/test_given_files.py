"""Tests of what a person or an earlier run adds to a study: `--lesions` and `--prior`, from files to files."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.findings import LesionOrigin
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.uids import derive_uid
from spineseg.domain.volume import Volume, like, make_grid, to_patient
from spineseg.errors import InputError, SettingsError
from spineseg.pipeline import GivenFiles, RunResult, run_study
from spineseg.segmentation.imagefile import write_grid
from tests.reporting.samples import AXIAL, SAGITTAL, grid_of, make_sample, masks_at, segmentation_on

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FINE = grid_of(np.column_stack([(0, 0, 1.5), (0, 0.7, 0), (0.7, 0, 0)]), (52, 100, 90))


@dataclass(frozen=True)
class Painter:
    """Segments the sample spine; its own lesions are where no lesion is."""

    algorithm = AlgorithmIdentity(name="spineseg", version="1", segmenter="test")

    def __call__(self, volume: Volume) -> Segmentation:
        """Anatomy everywhere, a wrong lesion at the first voxels."""
        found = segmentation_on(volume.image, volume.series_instance_uid, with_lesion=False)
        wrong = np.zeros_like(found.lesions.array)
        wrong[2:6, 30:36, 30:36] = 1
        frame = volume.image.frame_of_reference_uid
        lesions, anatomy, subregions = (
            make_grid(array, volume.image.affine, frame)
            for array in (wrong, found.anatomy.array, found.subregions.array)
        )
        note = QualityNote(code=QualityCode.LESIONS_NOT_ASSESSED, series_instance_uid=volume.series_instance_uid)
        return replace(
            found, lesions=lesions, anatomy=anatomy, subregions=subregions, role=volume.role,
            modality=volume.modality, quality=(note,), algorithm=self.algorithm,
        )  # fmt: skip


def lesion_mask(radius_mm: float = 8.0) -> np.ndarray:
    """The sample's lesion, drawn on a grid of its own."""
    points = to_patient(FINE, np.moveaxis(np.indices(tuple(FINE.spatial_shape)), 0, -1))
    whole = masks_at(points)[2]
    return whole * (np.linalg.norm(points - [9.0, 4.0, 0.0], axis=-1) < radius_mm).astype(np.uint8)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Axial and sagittal T2 of the sample spine."""
    folder = tmp_path_factory.mktemp("given") / "study"
    make_sample(folder / "axial", steps=AXIAL, series_number=5, with_lesion=True)
    make_sample(folder / "sagittal", steps=SAGITTAL, shape=(20, 80, 72), series_number=6)
    return folder


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lesion as a NIfTI on another grid."""
    path = tmp_path_factory.mktemp("mask") / "drawn.nii.gz"
    write_grid(like(FINE, lesion_mask()), path)
    return path


@pytest.fixture(scope="module")
def first(study: Path, drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """A run with the person's lesion."""
    return run_study(study, tmp_path_factory.mktemp("out"), Painter(), now=NOW, given=GivenFiles(lesions=drawn))


def test_a_drawn_lesion_replaces_the_networks_on_every_series(first: RunResult) -> None:
    """One manual lesion at T7, drawn on a third grid; nothing of the network's, and no doubt that none was sought."""
    (lesion,) = first.findings.lesions
    codes = {note.code for note in first.findings.quality}

    assert lesion.origin is LesionOrigin.MANUAL
    assert lesion.levels == ("T7",)
    assert lesion.volume_mm3 == pytest.approx(2144.66, rel=0.15)  # 1.5 mm drawn on 3 mm slices
    assert QualityCode.LESIONS_NOT_ASSESSED not in codes
    assert {"lesions.seg.dcm", "lesions-6.seg.dcm"} & {path.name for path in first.files}


def test_run_json_and_seg_say_that_a_person_drew_it(first: RunResult, drawn: Path) -> None:
    """Origin and digest in run.json, MANUAL in the SEG; the anatomy beneath is settled."""
    out = first.files[0].parent
    log = json.loads((out / "run.json").read_text())
    segment = dcmread(out / "lesions.seg.dcm").SegmentSequence[0]

    assert log["lesions"]["origin"] == "manual"
    assert log["lesions"]["count"] == 1
    assert len(log["lesions"]["sha256"]) == 64
    assert [one["basis"] for one in log["places"]] == ["frame_of_reference"] * len(log["series"]["chosen"])
    assert segment.SegmentAlgorithmType == "MANUAL"
    assert segment.TrackingUID == first.findings.lesions[0].tracking_uid
    assert drawn.name not in (out / "run.json").read_text()


def _later(study: Path, folder: Path, *, patient: str | None = None) -> Path:
    """The same images as another, later study."""
    for path in study.rglob("*.dcm"):
        dataset = dcmread(path)
        dataset.StudyInstanceUID = derive_uid("test", "later study")
        if patient is not None:
            dataset.PatientID = patient
        folder.mkdir(exist_ok=True)
        dataset.save_as(folder / f"{path.parent.name}-{path.name}")
    return folder


def test_a_prior_out_follows_the_lesion(first: RunResult, study: Path, tmp_path: Path) -> None:
    """A larger lesion in a later study keeps the UID, has grown, and run.json tells what that rests on."""
    larger = tmp_path / "larger.nii.gz"
    points = to_patient(FINE, np.moveaxis(np.indices(tuple(FINE.spatial_shape)), 0, -1))
    write_grid(like(FINE, (np.linalg.norm(points - [9.0, 4.0, 0.0], axis=-1) < 12).astype(np.uint8)), larger)
    given = GivenFiles(lesions=larger, prior=first.files[0].parent)

    result = run_study(_later(study, tmp_path / "later"), tmp_path / "out", Painter(), now=NOW, given=given)

    (lesion,) = result.findings.lesions
    log = json.loads((tmp_path / "out" / "run.json").read_text())
    assert lesion.tracking_uid == first.findings.lesions[0].tracking_uid
    assert lesion.prior is not None
    assert lesion.prior.change.value == "grown"
    assert result.findings.prior_study_instance_uid == first.findings.study_instance_uid
    assert log["prior"]["basis"] == "frame_of_reference"


def test_a_prior_that_does_not_fit_is_one_line(first: RunResult, study: Path, tmp_path: Path) -> None:
    """No report, this very study, and another patient are refused, the last without naming anybody."""
    out = first.files[0].parent
    other = _later(study, tmp_path / "other", patient="SECRET-7")

    with pytest.raises(SettingsError, match="no prior report"):
        run_study(study, tmp_path / "o", Painter(), now=NOW, given=GivenFiles(prior=tmp_path))
    with pytest.raises(SettingsError, match="this very study"):
        run_study(study, tmp_path / "o", Painter(), now=NOW, given=GivenFiles(prior=out))
    with pytest.raises(InputError, match="another patient") as refusal:
        run_study(other, tmp_path / "o", Painter(), now=NOW, given=GivenFiles(prior=out / "report.sr.dcm"))
    assert "SECRET" not in str(refusal.value)
