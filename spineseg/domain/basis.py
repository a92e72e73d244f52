"""Anchors -> NamingBasis: what a vertebra's name rests on; imports no image library."""

from __future__ import annotations

from enum import StrEnum


class NamingBasis(StrEnum):
    """What a vertebra's name rests on."""

    SACRUM = "sacrum"
    AXIS = "axis"  # C2 with the dens
    SACRUM_AND_AXIS = "sacrum_and_axis"
    RIBS = "ribs"  # first or last pair of ribs
    SEVERAL_ANCHORS = "several_anchors"  # ribs agree with the sacrum or with C2
    OTHER_SERIES = "other_series"  # same frame of reference
    GIVEN = "given"  # the masks came with names
    UNUSUAL_COUNT = "unusual_count"  # anchors disagree: T13, L6 or four lumbar possible
    NO_ANCHOR = "no_anchor"
    AMBIGUOUS = "ambiguous"  # several counts fit nearly equally well, or anchors contradict each other
