"""Tests of spineseg.segmentation.lesions: which voxels become a lesion, and what lies beneath."""

from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain import labels
from spineseg.domain.volume import Modality, SeriesRole, Volume, make_grid
from spineseg.segmentation import lesions
from spineseg.segmentation.classes import AnatomyClass, LesionClass
from spineseg.segmentation.lesions import find_lesions, occupy

SHAPE = (24, 24, 24)


@pytest.fixture
def epidural(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that sees one epidural tumour with a certain core, and a larger doubtful one elsewhere."""
    certain = np.zeros((3, *SHAPE), np.float32)
    certain[1, 4:12, 8:16, 8:16] = 0.85
    certain[1, 7:9, 11:13, 11:13] = 0.99
    certain[1, 16:24, 4:20, 4:20] = 0.95
    monkeypatch.setattr(lesions, "probabilities", lambda *_: certain)


def _find(probability: float) -> lesions.FoundLesions:
    grid = make_grid(np.zeros(SHAPE, np.float32), np.eye(4))
    volume = Volume(image=grid, modality=Modality.MR, role=SeriesRole.AXIAL_T2, series_instance_uid="1.2")
    classes = np.full(SHAPE, AnatomyClass.EPIDURAL_SPACE, np.uint8)
    return find_lesions(None, volume, grid, classes, spacing=1.0, probability=probability)  # type: ignore[arg-type]


@pytest.mark.usefixtures("epidural")
def test_a_lesion_needs_a_certain_core_and_reaches_into_its_doubtful_rim() -> None:
    """The tumour with the core is found whole (8 x 8 x 8); the larger one without a core is not reported."""
    found = _find(0.98)

    assert found.numbers.max() == 1
    assert np.count_nonzero(found.numbers) == 8**3
    assert not found.numbers[16:].any()
    assert set(np.unique(found.kinds)) == {0, LesionClass.EPIDURAL_TUMOUR}


@pytest.mark.usefixtures("epidural")
def test_a_lower_threshold_reports_both() -> None:
    """The probability asked for decides, down to the extent's own."""
    assert _find(0.9).numbers.max() == 2


def test_an_epidural_tumour_occupies_epidural_space() -> None:
    """Cord voxels under what is called epidural tumour are epidural in the anatomy mask; bone lesions stay bone."""
    anatomy = np.array([labels.SPINAL_CORD, labels.CSF, 14], np.uint8)
    kinds = np.array([LesionClass.EPIDURAL_TUMOUR, 0, LesionClass.BONE_LESION], np.uint8)

    assert occupy(anatomy, kinds).tolist() == [labels.EPIDURAL_SPACE, labels.CSF, 14]
