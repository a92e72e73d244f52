"""Tests of spineseg.evaluation.scorecard."""

from __future__ import annotations

import json
from pathlib import Path

from spineseg.domain.escc import EsccGrade, EsccResult
from spineseg.domain.findings import Compartment
from spineseg.domain.volume import SeriesRole
from spineseg.evaluation.agreement import GradePair
from spineseg.evaluation.overlap import STRUCTURES, LesionDetection
from spineseg.evaluation.phantoms import LesionScore, PhantomScores, SeriesScore
from spineseg.evaluation.scorecard import write_scorecard


def _scores() -> PhantomScores:
    dice = dict.fromkeys(STRUCTURES, float("nan")) | {"disc": 0.5}
    series = SeriesScore(
        case="escc-2-t7",
        seed=1,
        role=SeriesRole.AXIAL_T2,
        dice=dice,
        lesions=LesionDetection(true=1, found=1, false=0, false_volume_mm3=0.0),
        levels_right=2,
        levels_named=3,
        levels=4,
    )
    found = EsccResult(low=EsccGrade.G1C, point=EsccGrade.G1C, high=EsccGrade.G2)
    lesion = LesionScore(
        case="escc-2-t7",
        seed=1,
        compartment=Compartment.EXTRADURAL,
        reported=Compartment.EXTRADURAL,
        grades=GradePair(truth=EsccGrade.G2, found=found),
    )
    return PhantomScores(
        segmenter="bundle", cases=1, series=(series,), lesions=(lesion,), false_lesions=3, false_by_study=(3,)
    )


def test_the_page_shows_dice_confusion_and_counts(tmp_path: Path) -> None:
    """A grade 2 called 1c, three false lesions and an unknown Dice stand on the page as such."""
    page = write_scorecard(_scores(), tmp_path).read_text()

    assert "| disc | 0.50 |" in page
    assert "| sacrum | · |" in page
    assert "| 2 | · | · | · | 1 | · | · | · | · | · |" in page
    assert "false lesions: 3 in 1 studies" in page
    assert "2 of 4 rightly named, 3 named" in page
    assert "truth inside the interval 1.00" in page
    assert "sensitivity for ESCC 2 and 3: 0.00" in page, "a true 2 called 1c is missed"
    assert "lesion sensitivity: 1.00" in page
    assert "false lesions a study: 3.00" in page


def test_the_json_is_strict_and_unknown_is_null(tmp_path: Path) -> None:
    """NaN is no JSON; an unknown Dice is null."""
    write_scorecard(_scores(), tmp_path)

    content = json.loads((tmp_path / "scorecard.json").read_text(), parse_constant=lambda _: 1 / 0)
    assert content["series"][0]["dice"]["sacrum"] is None
    assert content["series"][0]["dice"]["disc"] == 0.5
