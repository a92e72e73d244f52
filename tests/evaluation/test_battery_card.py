from __future__ import annotations

import json
from dataclasses import replace

import pytest

from spineseg.domain.escc import EsccGrade
from spineseg.evaluation.battery import BatteryScores, run_escc
from spineseg.evaluation.battery_card import markdown, share, write_battery
from spineseg.evaluation.battery_errors import MaskError
from spineseg.evaluation.battery_grids import Placement
from spineseg.evaluation.battery_levels import Anchor, LevelRow


@pytest.fixture(scope="module")
def scores() -> BatteryScores:
    """One right and one wrong grade, one error, one stretch with a wrong name."""
    right = run_escc(4)[0]
    wrong = replace(right, number=5, point=EsccGrade.G0, low=EsccGrade.G0, high=EsccGrade.G1B)
    stretch = LevelRow(
        number=1, anchor=Anchor.AXIS, top="C1", bottom="T4", placement=Placement.AXIAL, cobb_deg=3.0, bodies=9,
        right=8, assumed=0, sure_and_wrong=1,
    )  # fmt: skip
    return BatteryScores(
        escc=(right, wrong), errors=(replace(right, error=MaskError.HOLES),), compartments=(), sins=(),
        levels=(stretch,), negatives=(), cpu_s=2.0,
    )  # fmt: skip


def test_the_page_counts_what_is_right_and_names_what_is_not(scores):
    """Exact and dangerous cases are counted; every miss has its line."""
    page = markdown(scores)
    assert "of these exact 1 of 2 (50.0 %), off by more than one grade 1" in page
    assert "upper end of at most 1b: 1" in page
    assert "grade case 5" in page
    assert "grade case 4" not in page
    assert "level case 1 (C2, C1-T4): 8 of 9 right" in page
    assert "| 5 % holes | 1 of 1 (100.0 %)" in page


def test_the_files_hold_every_row(scores, tmp_path):
    """battery.json has the rows and the time, battery.md the page."""
    page = write_battery(scores, tmp_path)
    content = json.loads((tmp_path / "battery.json").read_text())
    assert page.read_text() == markdown(scores)
    assert [row["point"] for row in content["escc"]] == ["2", "0"]
    assert content["cpu_s"] == 2.0


def test_a_share_of_nothing_is_a_dot():
    """No cases are not a hundred per cent."""
    assert share([]) == "·"
    assert share([True, False]) == "1 of 2 (50.0 %)"
