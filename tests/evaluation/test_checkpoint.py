"""Tests of spineseg.evaluation.checkpoint."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spineseg.errors import SettingsError
from spineseg.evaluation.checkpoint import score_anatomy, summary_cases
from spineseg.evaluation.datalist import Datalist, default_datalist, read_datalist
from tests.evaluation.toys import LIST, ToySegmenter, numbered_bodies, segmentation, write_data


def _list(**case: Any) -> Datalist:
    content = copy.deepcopy(LIST)
    content["cases"][0].update(case)
    return Datalist.model_validate(content)


def test_true_masks_score_one_and_blind_ones_none(tmp_path: Path) -> None:
    """The number is the mean of the groups' means, between 0 and 1."""
    data = write_data(tmp_path)
    none = segmentation(np.zeros_like(numbered_bodies()))
    two = segmentation(np.where(numbered_bodies() == 2, 0, numbered_bodies()).astype(np.uint8))

    assert score_anatomy(ToySegmenter(segmentation()), _list(), data) == {"summary": 1.0, "bodies T2": 1.0}
    assert score_anatomy(ToySegmenter(none), _list(), data)["summary"] == 0.0
    assert score_anatomy(ToySegmenter(two), _list(), data)["summary"] == pytest.approx(2 / 3)


def test_every_case_goes_through_whole_and_once(tmp_path: Path) -> None:
    """A crop would change what the network finds; a second pass would cost its time again."""
    segmenter = ToySegmenter(segmentation())

    score_anatomy(segmenter, _list(), write_data(tmp_path))

    (seen,) = segmenter.seen
    assert tuple(seen.image.spatial_shape) == numbered_bodies().shape


def test_a_group_that_counts_double_does_not(tmp_path: Path) -> None:
    """Cases of another group and backgrounds leave the number as it is."""
    content = copy.deepcopy(LIST)
    background = copy.deepcopy(content["cases"][0]) | {"name": "other", "role": "background"}
    discs = copy.deepcopy(content["cases"][0]) | {"name": "third"}
    discs["references"][0] |= {"group": "not in the summary", "values": {1: "disc"}}
    content["cases"] += [background, discs]
    segmenter = ToySegmenter(segmentation())

    result = score_anatomy(segmenter, Datalist.model_validate(content), write_data(tmp_path))

    assert result == {"summary": 1.0, "bodies T2": 1.0}
    assert len(segmenter.seen) == 1


def test_a_missing_file_stops_the_choice(tmp_path: Path) -> None:
    """A mean over fewer cases would be another number; the missing one is named."""
    data = write_data(tmp_path)
    (data / "bodies.nii.gz").unlink()

    with pytest.raises(SettingsError, match=r"validation file is not there.*bodies"):
        score_anatomy(ToySegmenter(segmentation()), _list(), data)


def test_only_validation_cases_of_the_summary_choose() -> None:
    """Of the shipped list neither backgrounds nor images without such a reference count."""
    names = {case.name for case in summary_cases(read_datalist(default_datalist()))}

    assert {"VB2_02", "VB3_01", "tptbox_mr", "tptbox_ct", "gm_9604", "sct_t2"} <= names
    assert not names & {"ts_ct", "sct_t1", "gm_9418", "thoracic_ct", "sct_t2_lumbar"}
