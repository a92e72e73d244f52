"""What several series show + where they lie -> what each tells the others of its vertebrae's names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from spineseg.anatomy.centerline import project
from spineseg.anatomy.counts import Counts
from spineseg.anatomy.level_profile import NAMES, Floats
from spineseg.anatomy.levels import PlacedPart
from spineseg.anatomy.naming import Anchor, Anchors, LevelName, relative_name
from spineseg.anatomy.seen import SeenSpine
from spineseg.domain.anatomy import Centerline, SpineAnatomy
from spineseg.domain.basis import NamingBasis
from spineseg.domain.segmentation import Segmentation

_NEAR_MM = 25.0  # body centroids of one vertebra in two series; half the width of a lumbar body [P]
_LEAST = float(np.exp(-6.0))  # a vertebra may be matched to the wrong one, or drawn wrongly in the other series [P]
_KNOWN = 0.5  # of a vertebra's probability on names of its own
_SAID, _SAID_WITH_DOUBT = 0.97, 0.85  # a described series' word, without and with doubt [P]
Pairs = list[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Places:
    """Where the bodies of a series lie: middles (N, 3) [mm, LPS], ends along its centreline (N, 2) [mm]."""

    centerline: Centerline
    centroid: Floats
    extent_mm: Floats
    whole: NDArray[np.bool_]
    has_body: NDArray[np.bool_]


def same_frame(one: Segmentation, other: Segmentation) -> bool:
    """Whether two series lie in one frame of reference."""
    own = one.anatomy.frame_of_reference_uid
    return own is not None and own == other.anatomy.frame_of_reference_uid


def share_counts(seen: Sequence[SeenSpine]) -> list[tuple[Counts | None, Anchors]]:
    """Counts of each series with what the others tell of them, and the others' anchors.

    Series that show the same vertebrae are linked to a tree by the number of vertebrae that they share, along which
    each series' own evidence reaches every other one once.
    """
    links = _tree(seen)
    return [_told(seen, links, here, before=-1) for here in range(len(seen))]


def told_by_described(seen: SeenSpine, others: Sequence[SpineAnatomy]) -> tuple[Counts | None, Anchors]:
    """Counts of a series with what described series tell of them by the names that they give."""
    counts, anchors = seen.counts, Anchors(agreed={})
    places = _places_of_seen(seen)
    for other in others:
        if counts is None or places is None or other.centerline is None or not other.vertebrae:
            continue
        pairs = [
            (own, at) for own, at in _matches(places, _places_of_described(other)) if other.vertebrae[at].name in NAMES
        ]
        if pairs:
            counts = counts.told(_message(counts, _said(other), pairs))
            sure = any(not other.vertebrae[at].assumed for _, at in pairs)
            anchors = anchors.joined(Anchors(agreed={Anchor.NAMED: sure}))
    return counts, anchors


def without_contradictions(
    seen: Sequence[SeenSpine], names: Sequence[tuple[LevelName, ...]]
) -> list[tuple[LevelName, ...]]:
    """The same names, made relative where two series name the vertebra at one place differently."""
    places = [_places_of_seen(one) for one in seen]
    wrong: set[tuple[int, int]] = set()
    for one, other in combinations(range(len(seen)), 2):
        first, second = places[one], places[other]
        if first is None or second is None or not same_frame(seen[one].segmentation, seen[other].segmentation):
            continue
        for own, at in _matches(first, second):
            both = {names[one][own].name, names[other][at].name}
            if len(both) == 2 and both <= set(NAMES):
                wrong |= {(one, own), (other, at)}
    return [
        tuple(_contradicted(name, place) if (number, place) in wrong else name for place, name in enumerate(row))
        for number, row in enumerate(names)
    ]


def _contradicted(name: LevelName, place: int) -> LevelName:
    if name.basis is NamingBasis.GIVEN:
        return replace(name, assumed=True)
    return LevelName(
        name=relative_name(place), assumed=True, basis=NamingBasis.AMBIGUOUS, candidates=(name.name, *name.candidates)
    )


def _told(
    seen: Sequence[SeenSpine], links: dict[tuple[int, int], Pairs], here: int, *, before: int
) -> tuple[Counts | None, Anchors]:
    counts, anchors = seen[here].counts, Anchors(agreed={})
    if counts is None:
        return None, anchors
    message = np.zeros(len(counts.log_weight))
    for (own, other), pairs in links.items():
        if own != here or other == before:
            continue
        theirs, more = _told(seen, links, other, before=here)
        if theirs is not None:
            message += _message(counts, theirs.probabilities(), pairs)
            anchors = anchors.joined(more).joined(seen[other].anchors)
    return counts.told(message), anchors


def _tree(seen: Sequence[SeenSpine]) -> dict[tuple[int, int], Pairs]:
    """Links in both directions, the richest first, without circles."""
    places = [_places_of_seen(one) for one in seen]
    found = []
    for one in range(len(seen)):
        for other in range(one + 1, len(seen)):
            first, second = places[one], places[other]
            if first is None or second is None or not same_frame(seen[one].segmentation, seen[other].segmentation):
                continue
            if pairs := _matches(first, second):
                found.append((one, other, pairs))
    links: dict[tuple[int, int], Pairs] = {}
    group = list(range(len(seen)))
    for one, other, pairs in sorted(found, key=lambda link: -len(link[2])):
        if group[one] != group[other]:
            links[one, other], links[other, one] = pairs, [(b, a) for a, b in pairs]
            group = [group[one] if name == group[other] else name for name in group]
    return links


def _message(counts: Counts, told: Floats, pairs: Pairs) -> Floats:
    """What a table of names (N', names) tells of each count, over the vertebrae that it knows: (H,) log-likelihood."""
    known = [(own, at) for own, at in pairs if told[at].sum() > _KNOWN]
    if not known:
        return np.zeros(len(counts.log_weight))
    table = np.log(np.maximum(np.concatenate([told, np.zeros((len(told), 1))], axis=1), _LEAST))
    said = [np.where(counts.clear[:, own], table[at][counts.codes[:, own]], np.log(_LEAST)) for own, at in known]
    message: Floats = np.mean(said, axis=0)
    return message


def _said(other: SpineAnatomy) -> Floats:
    table = np.zeros((len(other.vertebrae), len(NAMES)))
    for at, vertebra in enumerate(other.vertebrae):
        if vertebra.name in NAMES:
            most = _SAID_WITH_DOUBT if vertebra.assumed else _SAID
            table[at] = (1 - most) / (len(NAMES) - 1)
            table[at, NAMES.index(vertebra.name)] = most
    return table


def _matches(one: Places, other: Places) -> Pairs:
    """Bodies of two series at one place: whole ones, cut ones only where there is no whole pair."""
    if not len(one.centroid) or not len(other.centroid):
        return []
    position = project(other.centerline, one.centroid).position_mm
    middle = other.extent_mm.mean(axis=1)
    near = np.where(other.has_body[None], np.abs(middle[None] - position[:, None]), np.inf).argmin(axis=1)
    distance = np.linalg.norm(other.centroid[near] - one.centroid, axis=1)
    low, high = other.extent_mm[near].T
    inside = one.has_body & other.has_body[near] & (distance <= _NEAR_MM) & (low <= position) & (position <= high)
    whole = inside & one.whole & other.whole[near]
    return [(int(own), int(near[own])) for own in np.flatnonzero(whole if whole.any() else inside)]


def _places_of_seen(seen: SeenSpine) -> Places | None:
    if seen.centerline is None or seen.counts is None:
        return None
    parts: Sequence[PlacedPart] = seen.ordered
    return Places(
        centerline=seen.centerline,
        centroid=np.array([one.part.centroid for one in parts]),
        extent_mm=np.array([one.extent_mm for one in parts]),
        whole=np.array([one.part.has_body and not one.part.at_border for one in parts]),
        has_body=np.array([one.part.has_body for one in parts]),
    )


def _places_of_described(other: SpineAnatomy) -> Places:
    assert other.centerline is not None
    return Places(
        centerline=other.centerline,
        centroid=np.array([one.body_centroid for one in other.vertebrae]),
        extent_mm=np.array([one.extent_mm for one in other.vertebrae]),
        whole=np.array([one.complete for one in other.vertebrae]),
        has_body=np.ones(len(other.vertebrae), dtype=bool),
    )
