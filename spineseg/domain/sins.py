"""Points of the six components of SINS as intervals -> total and category; unknown stays a range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class SinsComponent(StrEnum):
    """The six components of SINS (Fisher et al. 2010, doi:10.1097/BRS.0b013e3181e16ae2)."""

    LOCATION = "location"
    PAIN = "pain"
    BONE_LESION = "bone_lesion"
    ALIGNMENT = "alignment"
    COLLAPSE = "collapse"
    POSTEROLATERAL = "posterolateral"


# Highest points of each component; an unknown component spans 0 to this (Fisher 2010, table 1).
SINS_MAXIMUM: dict[SinsComponent, int] = {
    SinsComponent.LOCATION: 3,
    SinsComponent.PAIN: 3,
    SinsComponent.BONE_LESION: 2,
    SinsComponent.ALIGNMENT: 4,
    SinsComponent.COLLAPSE: 3,
    SinsComponent.POSTEROLATERAL: 3,
}


class SinsCategory(StrEnum):
    """0-6 stable, 7-12 potentially unstable, 13-18 unstable; undetermined where the range crosses a bound."""

    STABLE = "stable"
    POTENTIALLY_UNSTABLE = "potentially_unstable"
    UNSTABLE = "unstable"
    UNDETERMINED = "undetermined"


class SinsDoubt(StrEnum):
    """Why the points of a SINS component are a range, or should be doubted (clinical.md sections 2.3 and 2.4)."""

    CLINICAL = "clinical"  # only the clinic knows: pain
    NEEDS_CT = "needs_ct"
    DE_NOVO_UNKNOWN = "de_novo_unknown"
    NO_REFERENCE = "no_reference"  # no unaffected neighbour to compare with
    LEVEL_UNKNOWN = "level_unknown"
    NOT_IN_VIEW = "not_in_view"
    BORDERLINE = "borderline"
    RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRange:
    """Points of a SINS component; known where both ends agree.

    Parameters
    ----------
    estimate
        What the images alone suggest inside a range; None where they suggest nothing.
    evidence
        Keys of `domain.vocabulary.SINS_EVIDENCE`: what the points rest on.
    doubt
        Why it is a range, or borderline.
    series_instance_uid
        Series that it was measured on, where that is not the lesion's own.
    """

    low: int
    high: int
    estimate: int | None = None
    evidence: Mapping[str, float] = field(default_factory=dict)
    doubt: SinsDoubt | None = None
    series_instance_uid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SinsScore:
    """Imaging part of SINS as intervals; a component that is missing is unknown, from 0 to its maximum."""

    components: Mapping[SinsComponent, PointRange]

    def range_of(self, component: SinsComponent) -> PointRange:
        """Points of one component, its full range where it is unknown."""
        return self.components.get(component, PointRange(low=0, high=SINS_MAXIMUM[component]))

    @property
    def low(self) -> int:
        """Least total, with pain unknown counted as 0."""
        return sum(self.range_of(component).low for component in SinsComponent)

    @property
    def high(self) -> int:
        """Greatest total, with pain unknown counted as 3."""
        return sum(self.range_of(component).high for component in SinsComponent)

    @property
    def deciding(self) -> tuple[SinsComponent, ...]:
        """Components that are ranges while the category is undetermined: to know them would settle it."""
        if self.category is not SinsCategory.UNDETERMINED:
            return ()
        return tuple(one for one in SinsComponent if self.range_of(one).low != self.range_of(one).high)

    @property
    def category(self) -> SinsCategory:
        """Category where both ends of the range fall into the same one."""
        low, high = _sins_category(self.low), _sins_category(self.high)
        return low if low is high else SinsCategory.UNDETERMINED


def _sins_category(points: int) -> SinsCategory:
    if points <= 6:  # Fisher 2010
        return SinsCategory.STABLE
    return SinsCategory.POTENTIALLY_UNSTABLE if points <= 12 else SinsCategory.UNSTABLE
