from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.errors import SettingsError
from spineseg.evaluation.datalist import CaseRole, ImageCase
from spineseg.evaluation.hybrid_images import HybridImage
from spineseg.evaluation.hybrid_scores import HybridScore
from spineseg.evaluation.hybrids import draw_hybrids, evaluate_hybrids, score_hybrid
from spineseg.evaluation.implicit_tumours import ImplicitTumour
from spineseg.segmentation.imagefile import write_grid
from tests.evaluation.toy_canal import ToySegmenter, toy_volume

CASE = ImageCase(
    name="toy", image="toy.nii.gz", modality="MR", contrast="T2", series="sagittal_t2",
    role=CaseRole.VALIDATION, licence="CC0", healthy=True,
)  # fmt: skip


@pytest.fixture(scope="module")
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the toy's image."""
    folder = tmp_path_factory.mktemp("data")
    write_grid(toy_volume().image, folder / "toy.nii.gz")
    return folder


@pytest.fixture(scope="module")
def drawn(data_root: Path) -> list[tuple[int, ImplicitTumour, HybridImage]]:
    """Three test tumours in it."""
    return list(draw_hybrids(CASE, (0, 1, 2), ToySegmenter(), data_root))


def _score(one: tuple[int, ImplicitTumour, HybridImage], *, found: bool, twin: bool = False) -> HybridScore:
    number, tumour, image = one
    truth = image.truth.array.astype(np.uint8)
    answers = {image.volume.image.array.tobytes(): truth} if found else {}
    if twin:
        answers[image.twin.image.array.tobytes()] = truth
    return score_hybrid(number, CASE, tumour, image, ToySegmenter(answers))[0]


def test_a_number_is_a_tumour(drawn: list[tuple[int, ImplicitTumour, HybridImage]], data_root: Path) -> None:
    """Drawn again, alone, a number gives the same image."""
    (again,) = draw_hybrids(CASE, (1,), ToySegmenter(), data_root)

    assert [number for number, _, _ in drawn] == [0, 1, 2]
    np.testing.assert_array_equal(again[2].volume.image.array, drawn[1][2].volume.image.array)


def test_a_perfect_segmenter_finds_all(drawn: list[tuple[int, ImplicitTumour, HybridImage]]) -> None:
    """All of the tumour is covered, nothing beside it, nothing on the twin."""
    for one in drawn:
        score = _score(one, found=True)

        assert score.found
        assert score.recall == 1
        assert score.beside_ml == score.twin_ml == 0
        assert score.reported is not None


def test_a_blind_segmenter_finds_none(drawn: list[tuple[int, ImplicitTumour, HybridImage]]) -> None:
    """No lesion reported, none found, no grade."""
    score = _score(drawn[0], found=False)

    assert (score.found, score.reported, score.grade) == (False, None, "")


def test_what_is_painted_on_the_twin_too_is_chance(drawn: list[tuple[int, ImplicitTumour, HybridImage]]) -> None:
    """A segmenter that paints the place without the tumour has not found the tumour."""
    score = _score(drawn[0], found=True, twin=True)

    assert score.found_by_chance
    assert score.twin_ml == pytest.approx(score.volume_ml)
    assert not _score(drawn[0], found=True).found_by_chance


def test_a_missing_image_gives_nothing(tmp_path: Path) -> None:
    """No file, no tumours, no error."""
    assert list(draw_hybrids(CASE, (0,), ToySegmenter(), tmp_path)) == []


def test_images_that_are_not_there_are_named(tmp_path: Path) -> None:
    """An empty data folder gives an empty score that says so, on the page and as JSON; a wrong folder is an error."""
    scores = evaluate_hybrids(ToySegmenter(), tmp_path, 3)

    assert scores.hybrids == ()
    assert "Not used: VB2_02" in scores.to_markdown()
    json.dumps(scores.to_json())
    with pytest.raises(SettingsError):
        evaluate_hybrids(ToySegmenter(), tmp_path / "none", 3)


def test_truth_is_extradural_where_a_grade_is_given(drawn: list[tuple[int, ImplicitTumour, HybridImage]]) -> None:
    """Grades of the scale belong to epidural masses only."""
    for _, tumour, _ in drawn:
        assert (tumour.grade is not EsccGrade.NOT_APPLICABLE) <= (tumour.compartment is Compartment.EXTRADURAL)
