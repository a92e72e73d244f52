"""SinsScore -> rows of a lesion's SR group: points with their evidence, doubt and series, and what would decide."""

from __future__ import annotations

from collections.abc import Iterator

from highdicom.sr import CodeContentItem, Measurement, QualitativeEvaluation, UIDRefContentItem
from pydicom.sr.coding import Code

from spineseg.domain import vocabulary as words
from spineseg.domain.codes import ABSENT, BILATERAL, PRESENT, UNILATERAL
from spineseg.domain.sins import SinsComponent, SinsScore
from spineseg.domain.vocabulary import NO_UNITS, UNDETERMINED
from spineseg.reporting.sr_items import answer, modifier, number, numbers, uid
from spineseg.reporting.sr_tree import ESTIMATED, MAXIMUM, MINIMUM

_COLLAPSED_POINTS = 2  # collapse of the body begins here (Fisher 2010, doi:10.1097/BRS.0b013e3181e16ae2)
_SIDES = {0: ABSENT, 1: UNILATERAL, 3: BILATERAL}


def sins_measurements(sins: SinsScore) -> Iterator[Measurement]:
    """Least, greatest and estimated points of each known component, its evidence, and the range of the total."""
    for component, points in sins.components.items():
        concept = words.SINS_COMPONENTS[component]
        yield number(concept, points.low, NO_UNITS, derivation=MINIMUM)
        yield number(concept, points.high, NO_UNITS, derivation=MAXIMUM)
        if points.estimate is not None:
            yield number(concept, points.estimate, NO_UNITS, derivation=ESTIMATED)
        yield from numbers(points.evidence, words.SINS_EVIDENCE, under=(_of(component),))
    yield number(words.SINS_LOW, sins.low, NO_UNITS)
    yield number(words.SINS_HIGH, sins.high, NO_UNITS)


def sins_evaluations(sins: SinsScore) -> Iterator[QualitativeEvaluation]:
    """Category, what the images say in words, each doubt, and the components that would decide."""
    yield answer(words.SINS_CATEGORY, words.SINS_CATEGORIES[sins.category])
    yield answer(words.ALIGNMENT, _alignment(sins))
    yield answer(words.POSTEROLATERAL, _posterolateral(sins))
    yield answer(words.FRACTURE, _fracture(sins))
    for component, points in sins.components.items():
        if points.doubt is not None:
            yield answer(words.SINS_DOUBT, words.SINS_DOUBTS[points.doubt], under=(_of(component),))
    for component in sins.deciding:
        yield answer(words.SINS_DECIDING, words.SINS_COMPONENTS[component])


def sins_series(sins: SinsScore) -> Iterator[UIDRefContentItem]:
    """Series of each component that was not measured on the lesion's own."""
    for component, points in sins.components.items():
        if points.series_instance_uid is not None:
            yield uid(words.SINS_SERIES, points.series_instance_uid, under=(_of(component),))


def _of(component: SinsComponent) -> CodeContentItem:
    return modifier(words.SINS_COMPONENT, words.SINS_COMPONENTS[component])


def _alignment(sins: SinsScore) -> Code:
    """What the images suggest; it stays a candidate, so the estimate of a range may be told."""
    points = sins.range_of(SinsComponent.ALIGNMENT)
    told = points.low if points.low == points.high else points.estimate
    return UNDETERMINED if told is None else words.ALIGNMENTS.get(told, UNDETERMINED)


def _posterolateral(sins: SinsScore) -> Code:
    points = sins.range_of(SinsComponent.POSTEROLATERAL)
    return _SIDES.get(points.low, UNDETERMINED) if points.low == points.high else UNDETERMINED


def _fracture(sins: SinsScore) -> Code:
    points = sins.range_of(SinsComponent.COLLAPSE)
    if points.low >= _COLLAPSED_POINTS:
        return PRESENT
    return ABSENT if points.high < _COLLAPSED_POINTS else UNDETERMINED
