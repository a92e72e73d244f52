from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spineseg.domain.escc import ESCC_RANK, EsccGrade
from spineseg.domain.sins import SINS_MAXIMUM, PointRange, SinsCategory, SinsComponent, SinsDoubt, SinsScore

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


def test_the_deciding_components_are_named() -> None:
    """Where the category is open, the ranges are what is to be asked; where it is known, nothing is."""
    known = {component: PointRange(low=0, high=0) for component in SinsComponent}
    open_pain = SinsScore(
        components={
            **known,
            SinsComponent.LOCATION: PointRange(low=3, high=3),
            SinsComponent.BONE_LESION: PointRange(low=2, high=2),
            SinsComponent.PAIN: PointRange(low=0, high=3, doubt=SinsDoubt.CLINICAL),
        }
    )
    assert open_pain.category is SinsCategory.UNDETERMINED
    assert open_pain.deciding == (SinsComponent.PAIN,)
    assert SinsScore(components=known).deciding == ()
