from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain.sins import SinsComponent
from spineseg.phantom.anthropometry import LEVELS
from spineseg.phantom.spine import SpineOptions, draw_spine
from spineseg.phantom.truth import true_findings
from spineseg.phantom.truth_sins import height_loss
from spineseg.phantom.variation import Alignment, Slip, Variation
from tests.grading.sins_battery import truth
from tests.phantom.patient import case


@pytest.mark.parametrize(("share", "low", "high"), [(0.0, -0.02, 0.02), (0.4, 0.3, 0.42), (0.8, 0.55, 0.8)])
def test_height_loss_grows_with_the_collapse(share: float, low: float, high: float) -> None:
    """A body that was not collapsed lost nothing; the others about the share in front that they were built with."""
    options = SpineOptions(variation=0.0, scoliosis_mm=0.0, collapse={"T12": share} if share else {})
    spine = draw_spine(np.random.default_rng(0), options)

    assert low <= height_loss(spine, LEVELS.index("T12")) <= high


def test_arches_of_one_and_of_both_sides_score_one_and_three() -> None:
    """Lesions built in the left arch and in both arches."""
    scores = [
        truth(name).sins.components[SinsComponent.POSTEROLATERAL].low for name in ("left arch T9", "both arches T6")
    ]

    assert scores == [1, 3]
    assert "pedicle_left" in (truth("left arch T9").subregions or ())
    assert "pedicle_right" not in (truth("left arch T9").subregions or ())


def test_a_slip_is_four_points_at_its_level() -> None:
    """Five millimetres at T9."""
    slip = Alignment(slips=(Slip(level=LEVELS.index("T9"), forward_mm=5.0),))

    assert truth("slip T9").sins.components[SinsComponent.ALIGNMENT].low == 4
    assert Variation(alignment=slip).alignment.slips[0].forward_mm == 5.0


def test_a_lesion_outside_bone_has_no_sins() -> None:
    """An intradural tumour is not scored, and its parts are not told."""
    lesion = true_findings(case("idem-t10")).lesions[0]

    assert lesion.sins.components == {}
    assert lesion.subregions is None
