from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spineseg.domain.escc import ESCC_RANK, AbstentionReason, EsccBand, EsccGrade, EsccResult, band_of
from spineseg.domain.sins import SINS_MAXIMUM, PointRange, SinsCategory, SinsComponent, SinsScore

GRADES = list(ESCC_RANK)
NOT_GRADES = [EsccGrade.NOT_APPLICABLE, EsccGrade.UNDETERMINED]

grades = st.sampled_from(GRADES)


@st.composite
def known_components(draw: st.DrawFn) -> dict[SinsComponent, PointRange]:
    """Some components of SINS, each known exactly or as a range."""
    chosen = draw(st.sets(st.sampled_from(list(SinsComponent))))
    ends = {component: sorted(draw(st.tuples(*[st.integers(0, SINS_MAXIMUM[component])] * 2))) for component in chosen}
    return {component: PointRange(low=low, high=high) for component, (low, high) in ends.items()}


def _exactly(total: int) -> SinsScore:
    """A score that is known to the point."""
    components = {}
    for component, maximum in SINS_MAXIMUM.items():
        points = min(total, maximum)
        components[component] = PointRange(low=points, high=points)
        total -= points
    return SinsScore(components=components)


def test_severity_order() -> None:
    """Grades rise from 0 over 1a, 1b, 1c and 2 to 3; abstentions have no place in the order."""
    assert [grade.value for grade in sorted(ESCC_RANK, key=ESCC_RANK.__getitem__)] == ["0", "1a", "1b", "1c", "2", "3"]
    assert set(EsccGrade) - set(ESCC_RANK) == set(NOT_GRADES)


@pytest.mark.parametrize(
    ("grade", "band"),
    [("0", "low"), ("1a", "low"), ("1b", "low"), ("1c", "intermediate"), ("2", "high"), ("3", "high")],
)
def test_bands(grade: str, band: str) -> None:
    """0 to 1b is low, 1c intermediate, 2 and 3 high."""
    assert band_of(EsccGrade(grade)) is EsccBand(band)


@pytest.mark.parametrize("point", NOT_GRADES)
def test_no_band_without_a_grade(point: EsccGrade) -> None:
    """An abstention has no band, also where the ends of the interval lie in one."""
    result = EsccResult(low=EsccGrade.G2, point=point, high=EsccGrade.G3, reason=AbstentionReason.RESOLUTION)

    assert result.band is None


@given(grades, grades)
def test_high_grade_definitions(first: EsccGrade, second: EsccGrade) -> None:
    """High grade is stated only where the whole interval agrees: from 2 (Bilsky, NOMS), from 1c (Hallinan)."""
    low, high = sorted((first, second), key=ESCC_RANK.__getitem__)
    between = GRADES[ESCC_RANK[low] : ESCC_RANK[high] + 1]
    result = EsccResult(low=low, point=low, high=high)

    bilsky = {grade in (EsccGrade.G2, EsccGrade.G3) for grade in between}
    hallinan = {grade in (EsccGrade.G1C, EsccGrade.G2, EsccGrade.G3) for grade in between}
    assert result.high_grade_bilsky_noms is (bilsky.pop() if len(bilsky) == 1 else None)
    assert result.high_grade_hallinan is (hallinan.pop() if len(hallinan) == 1 else None)


@pytest.mark.parametrize("end", NOT_GRADES)
def test_unknown_is_not_low_grade(end: EsccGrade) -> None:
    """Where an end of the interval is unknown, high grade is unknown: never false."""
    for result in (
        EsccResult(low=end, point=end, high=end),
        EsccResult(low=EsccGrade.G0, point=EsccGrade.UNDETERMINED, high=end),
        EsccResult(low=end, point=EsccGrade.UNDETERMINED, high=EsccGrade.G3),
    ):
        assert result.high_grade_bilsky_noms is None
        assert result.high_grade_hallinan is None


def test_sins_maximum() -> None:
    """The six components add up to 18 at most (Fisher 2010)."""
    assert set(SINS_MAXIMUM) == set(SinsComponent)
    assert sum(SINS_MAXIMUM.values()) == 18


def test_nothing_known() -> None:
    """A score of which nothing is known spans everything and has no category."""
    score = SinsScore(components={})

    assert (score.low, score.high) == (0, 18)
    assert score.category is SinsCategory.UNDETERMINED


@pytest.mark.parametrize(
    ("total", "category"),
    [
        (0, "stable"), (6, "stable"), (7, "potentially_unstable"),
        (12, "potentially_unstable"), (13, "unstable"), (18, "unstable"),
    ],
)  # fmt: skip
def test_categories(total: int, category: str) -> None:
    """0-6 is stable, 7-12 potentially unstable, 13-18 unstable (Fisher 2010)."""
    score = _exactly(total)

    assert (score.low, score.high) == (total, total)
    assert score.category is SinsCategory(category)


@given(known_components(), st.sampled_from(list(SinsComponent)), st.data())
def test_knowing_more_narrows(
    components: dict[SinsComponent, PointRange], component: SinsComponent, data: st.DataObject
) -> None:
    """One more component known never widens the range of the total."""
    before = SinsScore(components=components)
    known = before.range_of(component)
    points = data.draw(st.integers(known.low, known.high))

    after = SinsScore(components={**components, component: PointRange(low=points, high=points)})

    assert before.low <= after.low <= after.high <= before.high


@given(known_components())
def test_category_holds_for_every_total(components: dict[SinsComponent, PointRange]) -> None:
    """A category is given only where each total that is still possible falls into it."""
    score = SinsScore(components=components)
    possible = {_exactly(total).category for total in range(score.low, score.high + 1)}

    assert score.category is (possible.pop() if len(possible) == 1 else SinsCategory.UNDETERMINED)
