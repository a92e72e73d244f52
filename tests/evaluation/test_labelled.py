from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.domain.dataset import Names, Split
from spineseg.errors import SettingsError
from spineseg.evaluation.datalist import Rule
from spineseg.evaluation.images import score_case
from spineseg.evaluation.labelled import image_cases
from spineseg.segmentation.masks import MaskSegmenter
from tests.evaluation.labelled_images import labelled_images, masks_file


def test_a_map_is_scored_on_what_it_is_complete_about(tmp_path: Path) -> None:
    """Named vertebrae by name, the cord between its ends; nothing about discs, which the set does not label."""
    labelled = labelled_images(tmp_path)

    case = image_cases(labelled, Split.VALIDATION)[0]
    score = score_case(MaskSegmenter(masks_file(tmp_path)), case, tmp_path)

    assert {reference.rule for reference in case.references} == {Rule.NAMED, Rule.DICE_IN_SLAB}
    assert {one.group for one in score.scores} == {"vertebra CT", "spinal cord CT"}
    assert all(one.dice == 1 for one in score.scores)
    assert [one.identified for one in score.scores if one.group == "vertebra CT"] == [True] * 3


def test_wrong_names_are_not_identified(tmp_path: Path) -> None:
    """Each vertebra owned by the right mask under the next name: found, but not identified."""
    (case, *_) = image_cases(labelled_images(tmp_path, 1), Split.VALIDATION)

    score = score_case(MaskSegmenter(masks_file(tmp_path, value_shift=1)), case, tmp_path)

    bones = [one for one in score.scores if one.group == "vertebra CT"]
    assert all(one.owned for one in bones)
    assert not any(one.identified for one in bones)


@pytest.mark.parametrize("names", [Names.ASSUMED, Names.NONE])
def test_names_that_are_not_sure_are_not_scored(tmp_path: Path, names: Names) -> None:
    """Counted from the bottom or not named at all: owned is scored, names are not."""
    (case, *_) = image_cases(labelled_images(tmp_path, 1, names=names), Split.VALIDATION)

    score = score_case(MaskSegmenter(masks_file(tmp_path)), case, tmp_path)

    bones = [one for one in score.scores if one.group == "vertebra CT"]
    assert len(bones) == 3
    assert all(one.found_name is None and one.identified is None for one in bones)


def test_an_empty_split_is_said(tmp_path: Path) -> None:
    """A set without test cases ends with the option."""
    with pytest.raises(SettingsError, match="--split"):
        image_cases(labelled_images(tmp_path, 1), Split.TEST)
