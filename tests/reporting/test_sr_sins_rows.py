from __future__ import annotations

import pytest
from pydicom.sr.coding import Code

from spineseg.domain import vocabulary as words
from spineseg.domain.codes import ABSENT, BILATERAL, PRESENT, UNILATERAL
from spineseg.domain.sins import PointRange, SinsComponent, SinsScore
from spineseg.reporting.sr_sins_rows import sins_evaluations, sins_measurements, sins_series
from tests.reporting.full_findings import CT_UID, SINS


def scored(component: SinsComponent, low: int, high: int, estimate: int | None = None) -> SinsScore:
    """Points of one component, the others unknown."""
    return SinsScore(components={component: PointRange(low=low, high=high, estimate=estimate)})


def answers_to(sins: SinsScore, question: Code) -> list[Code]:
    """Answers to a question."""
    return [one.value for one in sins_evaluations(sins) if one.name == question]


def component_of(row: list[object]) -> object:
    """Component that stands under a row."""
    return next(item.value for item in row[0].ContentSequence if item.name == words.SINS_COMPONENT)  # type: ignore[attr-defined]


def test_a_component_has_both_ends_and_its_estimate() -> None:
    """Least, greatest and estimated points are told apart by their derivation; no estimate has no row."""
    rows = list(sins_measurements(SINS))
    concept = words.SINS_COMPONENTS[SinsComponent.COLLAPSE]
    told = {one.derivation.meaning: one.value for one in rows if one.name == concept and one.derivation}

    assert told == {"Minimum": 2, "Maximum": 3, "Estimated": 2}
    assert [one.value for one in rows if one.name == words.SINS_COMPONENTS[SinsComponent.LOCATION]] == [1, 1]


def test_evidence_names_its_component() -> None:
    """Two components may rest on the same kind of number: each row says whose it is."""
    shared = {"pedicle_left_pct": 40.0}
    sins = SinsScore(
        components={
            SinsComponent.COLLAPSE: PointRange(low=2, high=2, evidence=shared),
            SinsComponent.POSTEROLATERAL: PointRange(low=1, high=1, evidence=shared),
        }
    )
    rows = [one for one in sins_measurements(sins) if one.name == words.SINS_EVIDENCE["pedicle_left_pct"].concept]

    assert [component_of(row) for row in rows] == [words.SINS_COMPONENTS[one] for one in sins.components]
    assert [row.unit.value for row in rows] == ["%", "%"]


def test_doubt_and_series_name_their_component() -> None:
    """Why a component is doubted, and on which series it was measured."""
    doubts = [one for one in sins_evaluations(SINS) if one.name == words.SINS_DOUBT]
    (series,) = sins_series(SINS)

    assert [component_of(one) for one in doubts] == [
        words.SINS_COMPONENTS[one] for one in (SinsComponent.ALIGNMENT, SinsComponent.COLLAPSE)
    ]
    assert series.value == CT_UID
    assert component_of([series]) == words.SINS_COMPONENTS[SinsComponent.BONE_LESION]


def test_components_that_would_decide_are_named() -> None:
    """They stand there while the category is open, and not once it is known."""
    known = SinsScore(components={one: PointRange(low=1, high=1) for one in SinsComponent})

    assert answers_to(SINS, words.SINS_DECIDING) == [
        words.SINS_COMPONENTS[one] for one in (SinsComponent.PAIN, SinsComponent.ALIGNMENT, SinsComponent.COLLAPSE)
    ]
    assert answers_to(known, words.SINS_DECIDING) == []


@pytest.mark.parametrize(
    ("component", "question", "points", "expected"),
    [
        (SinsComponent.ALIGNMENT, words.ALIGNMENT, (0, 0, None), words.ALIGNMENTS[0]),
        (SinsComponent.ALIGNMENT, words.ALIGNMENT, (0, 4, 4), words.ALIGNMENTS[4]),
        (SinsComponent.ALIGNMENT, words.ALIGNMENT, (0, 4, None), words.UNDETERMINED),
        (SinsComponent.POSTEROLATERAL, words.POSTEROLATERAL, (0, 0, None), ABSENT),
        (SinsComponent.POSTEROLATERAL, words.POSTEROLATERAL, (1, 1, None), UNILATERAL),
        (SinsComponent.POSTEROLATERAL, words.POSTEROLATERAL, (3, 3, None), BILATERAL),
        (SinsComponent.POSTEROLATERAL, words.POSTEROLATERAL, (0, 1, 1), words.UNDETERMINED),
        (SinsComponent.COLLAPSE, words.FRACTURE, (2, 3, None), PRESENT),
        (SinsComponent.COLLAPSE, words.FRACTURE, (0, 1, None), ABSENT),
        (SinsComponent.COLLAPSE, words.FRACTURE, (1, 2, 2), words.UNDETERMINED),
        (SinsComponent.LOCATION, words.FRACTURE, (1, 1, None), words.UNDETERMINED),
    ],
)
def test_points_become_answers_and_unknown_points_never_absence(
    component: SinsComponent, question: Code, points: tuple[int, int, int | None], expected: Code
) -> None:
    """A range that leaves the answer open is undetermined; only alignment tells its estimate, as a candidate."""
    assert answers_to(scored(component, *points), question) == [expected]
