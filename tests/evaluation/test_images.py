"""Tests of spineseg.evaluation.images."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spineseg.domain.volume import like
from spineseg.errors import AnatomyError, SettingsError
from spineseg.evaluation.datalist import Datalist, ImageCase
from spineseg.evaluation.images import evaluate_images, score_case
from tests.evaluation.toys import CASE, LIST, SHAPE, ToySegmenter, segmentation, write_data


def _case(**changes: Any) -> ImageCase:
    return ImageCase.model_validate(copy.deepcopy(CASE) | changes)


def test_a_case_is_scored_counted_and_drawn(tmp_path: Path) -> None:
    """True masks have Dice 1 on each body; vertebrae and discs are counted, and a PNG lies beside."""
    data = write_data(tmp_path / "data")

    result = score_case(ToySegmenter(segmentation()), _case(), data, pictures=tmp_path)

    assert [score.dice for score in result.scores] == [1.0, 1.0, 1.0]
    assert result.found is not None
    assert (result.found.vertebrae, result.found.named, result.found.discs) == (3, 0, 2)
    assert result.found.lesion_ml == 0.0
    assert result.found.tolerance_mm == 1.5
    assert (tmp_path / result.picture).read_bytes().startswith(b"\x89PNG")


def test_no_search_is_not_no_lesion(tmp_path: Path) -> None:
    """Where lesions were not looked for, their volume is unknown and not 0."""
    result = score_case(ToySegmenter(segmentation(assessed=False)), _case(), write_data(tmp_path))

    assert result.found is not None
    assert result.found.lesion_ml is None
    assert result.picture == ""


def test_lesions_are_measured_in_millilitres(tmp_path: Path) -> None:
    """400 voxels of 2 x 1.5 x 1.5 mm are 1.8 mL."""
    masks = segmentation()
    lesions = np.zeros(SHAPE, np.uint8)
    lesions[2:6, 22:32, 8:18] = 1
    segmenter = ToySegmenter(replace(masks, lesions=like(masks.anatomy, lesions)))

    result = score_case(segmenter, _case(), write_data(tmp_path))

    assert result.found is not None
    assert result.found.lesion_ml == pytest.approx(1.8)


def test_a_missing_image_is_said_and_not_segmented(tmp_path: Path) -> None:
    """Nothing is scored, nothing is skipped silently."""
    data = write_data(tmp_path)
    (data / "image.nii.gz").unlink()
    segmenter = ToySegmenter(segmentation())

    result = score_case(segmenter, _case(), data)

    assert result.not_there == ("image.nii.gz",)
    assert (result.found, result.scores, segmenter.seen) == (None, (), [])


def test_a_missing_reference_leaves_the_others(tmp_path: Path) -> None:
    """The missing file is named and the other reference still scored."""
    other = copy.deepcopy(CASE["references"][0]) | {"mask": "none.nii.gz"}
    case = _case(references=[other, *CASE["references"]])

    result = score_case(ToySegmenter(segmentation()), case, write_data(tmp_path))

    assert result.not_there == ("none.nii.gz",)
    assert len(result.scores) == 3


def test_an_image_that_cannot_be_used_is_a_problem_of_its_case(tmp_path: Path) -> None:
    """A broken file gives its reason and does not stop the others."""
    data = write_data(tmp_path)
    (data / "image.nii.gz").write_bytes(b"no image")

    result = score_case(ToySegmenter(segmentation()), _case(), data)

    assert "cannot be read" in result.problem
    assert result.found is None


def test_masks_that_cannot_be_a_spine_are_scored_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outlines are scored without names, with the reason beside them."""

    def refuse(_: object) -> None:
        raise AnatomyError("the segmentation cannot be a spine")

    monkeypatch.setattr("spineseg.evaluation.images.describe_study", refuse)

    result = score_case(ToySegmenter(segmentation()), _case(), write_data(tmp_path))

    assert "cannot be a spine" in result.problem
    assert [score.dice for score in result.scores] == [1.0, 1.0, 1.0]


def test_every_case_is_in_the_result_and_announced(tmp_path: Path) -> None:
    """Two cases give two scores, in order, under the segmenter's own name."""
    content = copy.deepcopy(LIST)
    content["cases"].append(copy.deepcopy(CASE) | {"name": "second", "role": "background"})
    stages: list[str] = []

    scores = evaluate_images(
        ToySegmenter(segmentation()), Datalist.model_validate(content), write_data(tmp_path), on_stage=stages.append
    )

    assert [case.name for case in scores.cases] == ["toy", "second"]
    assert stages == ["1 of 2, toy", "2 of 2, second"]
    assert (scores.segmenter, scores.version) == ("toy", "7")


def test_a_missing_data_folder_is_one_error(tmp_path: Path) -> None:
    """It is said before a network is asked for."""
    with pytest.raises(SettingsError, match="data folder is not there"):
        evaluate_images(ToySegmenter(segmentation()), Datalist.model_validate(LIST), tmp_path / "none")
