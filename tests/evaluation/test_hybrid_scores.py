from __future__ import annotations

from dataclasses import replace

from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.evaluation.agreement import grade_agreement
from spineseg.evaluation.hybrid_scores import HybridScore, HybridScores

MISSED = HybridScore(
    number=0, case="VB2_02", contrast="T2", compartment=Compartment.EXTRADURAL, truth=EsccGrade.G1B, bone_only=False,
    volume_ml=0.5, recall=0.1, twin_recall=0.0, reported=None, grade="", twin_ml=0.0, beside_ml=0.0,
)  # fmt: skip
FOUND = replace(MISSED, number=1, volume_ml=2.0, recall=0.5, reported=Compartment.EXTRADURAL, grade="1b", twin_ml=1.5)
CHANCE = replace(FOUND, number=2, twin_recall=0.4)


def _scores(*hybrids: HybridScore) -> HybridScores:
    return HybridScores(segmenter="toy", hybrids=hybrids, skipped=("VB3_01 (1 of 2)",), agreement=grade_agreement([]))


def test_large_tumours_are_counted_apart() -> None:
    """Found are those covered by a fifth; above 0.8 mL they are counted again."""
    summary = dict(_scores(MISSED, FOUND, CHANCE).summary())

    assert summary["found"] == "2 of 3"
    assert summary["found above 0.8 mL"] == "2 of 2"
    assert summary["of those found, painted without the tumour, too"] == "1"


def test_healthy_twins_are_counted() -> None:
    """Twins without any lesion, and what is painted on the others in mL."""
    summary = dict(_scores(MISSED, FOUND).summary())

    assert summary["healthy twins without any lesion"] == "1 of 2"
    assert summary["painted on a healthy twin, mean and most"] == "0.75 and 1.50 mL"


def test_the_page_has_a_line_for_each_tumour() -> None:
    """Every tumour and every image left out is on the page, and a missing grade is a dot."""
    page = _scores(MISSED, FOUND).to_markdown()

    assert page.count("| VB2_02 |") == 2
    assert "VB3_01 (1 of 2)" in page
    assert "| · | · |" in page


def test_no_tumours_is_a_score_too() -> None:
    """An empty score has a summary and JSON content."""
    empty = _scores()

    assert dict(empty.summary())["found"] == "0 of 0"
    assert empty.to_json()["hybrids"] == ()
