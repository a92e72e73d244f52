"""Vertebrae of imperfect masks: names right or relative, never wrong where they are given as sure."""

from __future__ import annotations

import numpy as np
import pytest

from tests.anatomy.imperfect import FAULTS, TrueSpine, draw_true_spine, in_view, name_masks, run_levels

# Faults and views tried by default; the others are in the slow test and in `scripts/bench levels`.
_TRIED = (
    ("none", "whole spine"),
    ("sacrum drawn as three bodies", "whole spine, sagittal slab"),
    ("two bodies merged", "whole spine"),
    ("one body split", "whole spine"),
    ("rib of T12 missed on one side", "thorax"),
    ("top of the sacrum drawn as a body", "lumbar"),
)


@pytest.fixture(scope="module")
def patient() -> TrueSpine:
    """Masks of one random patient."""
    return draw_true_spine(0, worn=False)


@pytest.mark.parametrize(("fault", "view"), _TRIED)
def test_no_sure_name_is_wrong(patient: TrueSpine, fault: str, view: str) -> None:
    """Whatever the fault, no vertebra is called what it is not, and with a whole anchor most are named."""
    seen = in_view(patient, view)
    masks = FAULTS[fault](seen, np.random.default_rng(3))
    assert masks is not None
    outcomes = [one.outcome for one in name_masks(masks, truth=seen)]
    assert not any(outcome.startswith("wrong") for outcome in outcomes)
    if view.startswith("whole"):
        assert sum(outcome.startswith("right") for outcome in outcomes) > len(outcomes) / 2


def test_a_false_axis_in_the_middle_names_nothing_wrongly(patient: TrueSpine) -> None:
    """A network that takes T8 for C2 in a thoracic stack: ribs or relative names, none wrong."""
    outcomes = {one.outcome for one in name_masks(in_view(patient, "thorax"), axis="T8", network=True)}
    assert outcomes <= {"relative", "right, assumed"}


def test_without_an_anchor_every_name_is_relative(patient: TrueSpine) -> None:
    """T4 to T10: nothing tells the names, and none is given."""
    assert {one.outcome for one in name_masks(in_view(patient, "middle of the thorax"))} == {"relative"}


@pytest.mark.slow
def test_no_sure_name_is_wrong_on_four_patients() -> None:
    """Every fault in every view on four patients, two of them worn: no sure name is wrong.

    Left out are spines with another number of vertebrae of which only the sacrum is in view: no mask tells them.
    """
    wrong = {
        key: row["wrong, sure"]
        for key, row in run_levels(range(4)).items()
        if row["wrong, sure"] and not (key[0].startswith("spine with") and key[1].startswith("lumbar"))
    }
    assert wrong == {}
