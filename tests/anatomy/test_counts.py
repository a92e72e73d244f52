from __future__ import annotations

import numpy as np
import pytest

from spineseg.anatomy.anchors import CordEnd, gather_evidence
from spineseg.anatomy.counts import count_levels
from spineseg.anatomy.level_profile import C2, L1, L5, NAMES, S1
from tests.anatomy.stacks import body, sacrum_below, stack


def likeliest(counts):
    """Likeliest name of each vertebra."""
    return [NAMES[code] for code in counts.probabilities().argmax(axis=1)]


def test_probabilities_add_up_to_one_where_every_body_is_one_vertebra():
    """Each vertebra of a plain stack has one name under nearly every count."""
    table = count_levels(gather_evidence(stack(6, "T6"))).probabilities()
    assert np.all(table.sum(axis=1) > 0.95)
    assert np.all(table.sum(axis=1) <= 1 + 1e-9)


def test_without_an_anchor_no_name_is_likely():
    """A thoracic stack without anchor leaves several names open for every vertebra."""
    assert count_levels(gather_evidence(stack(6, "T6"))).probabilities().max() < 0.5


def test_the_sacrum_makes_the_last_one_l5():
    """Above a sacrum the last vertebra is L5, more likely than nine in ten; L6 and four lumbar ones stay possible."""
    ordered = stack(5, "L1")
    table = count_levels(gather_evidence(ordered, sacrum_below(ordered))).probabilities()
    assert table[-1, L5] > 0.9
    assert 0.001 < table[-1, NAMES.index("L6")] < 0.06


@pytest.mark.parametrize("network", [False, True])
def test_ribs_on_one_side_leave_two_counts(network):
    """T12 with a rib on one side, no other anchor: T12 or L1, none above three in four."""
    ribs = [(True, True), (True, True), (True, False), (False, False), (False, False)]
    counts = count_levels(gather_evidence(stack(5, "T10"), ribs=ribs, drawn_by_network=network))
    assert counts.probabilities()[2].max() < 0.75


def test_the_conus_tells_between_neighbours():
    """The cord's end at the lower third of L1 makes the true names likelier than with its end a level lower."""
    ordered = stack(5, "T11")
    low, high = ordered[2].extent_mm
    ribs = [(True, True), (True, None), (None, False), (False, False), (False, False)]

    def chance(conus_mm):
        cord = CordEnd(conus_mm=conus_mm, cord_seen=True)
        return count_levels(gather_evidence(ordered, ribs=ribs, cord=cord)).probabilities()[2, L1]

    assert chance(high - (high - low) / 3) > chance(ordered[4].position_mm)


def test_a_cord_that_leaves_the_view_below_is_not_lumbar():
    """Cord down to the last vertebra in view makes a lumbar stack unlikely."""
    evidence = [gather_evidence(stack(4, "T6"), cord=CordEnd(cord_seen=seen)) for seen in (False, True)]
    without, cord = (count_levels(one).probabilities()[-1, NAMES.index("L4") :].sum() for one in evidence)
    assert cord < 0.5 * without


def test_a_tall_body_is_no_vertebra_of_its_own():
    """A body over two levels has hardly any probability on one name."""
    ordered = stack(7, "T6")
    low, high = ordered[3].extent_mm[0], ordered[4].extent_mm[1]
    merged = [*ordered[:3], body(low, height_mm=high - low), *ordered[5:]]
    assert count_levels(gather_evidence(merged)).probabilities()[3].sum() < 0.5


def test_bodies_below_l5_are_pieces_of_the_sacrum():
    """Twenty-six bodies from C2 down: the last three are sacral."""
    names = likeliest(count_levels(gather_evidence(stack(26, "C2", dens=True), drawn_by_network=True)))
    assert names[:2] == ["C2", "C3"]
    assert names[-3:] == ["S1", "S2", "S3"]


def test_too_many_odd_spaces_are_not_counted():
    """With five lost vertebrae there is no count at all."""
    assert count_levels(gather_evidence(stack(16, "C6", missing=(1, 4, 7, 10, 13)))) is None


def test_what_another_series_tells_moves_the_probabilities():
    """A message that favours the counts with C2 on top leads to C2."""
    counts = count_levels(gather_evidence(stack(4, "C2")))
    told = counts.told(np.where(counts.codes[:, 0] == C2, 0.0, -8.0))
    assert told.share.sum() == pytest.approx(1)
    assert told.probabilities()[0, C2] > 0.9
    assert not np.any(told.codes[told.usual, -1] > S1 + 3)
