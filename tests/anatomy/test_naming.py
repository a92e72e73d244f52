from __future__ import annotations

import pytest

from spineseg.anatomy.anchors import gather_evidence
from spineseg.anatomy.counts import count_levels
from spineseg.anatomy.naming import Anchor, Anchors, find_anchors, given_names, name_levels, rib_ends, unnamed
from spineseg.domain.basis import NamingBasis
from spineseg.domain.labels import PRESACRAL_LEVELS, UNNAMED_OFFSET, VERTEBRA_VALUES
from tests.anatomy.stacks import body, sacrum_below, stack


def named(ordered, sacrum=None, *, axis_label=0, ribs=(), network=False):
    """Names of a stack; ribs are those of both sides."""
    evidence = gather_evidence(
        ordered, sacrum, axis_label=axis_label, ribs=[(both, both) for both in ribs], drawn_by_network=network
    )
    counts = count_levels(evidence)
    return name_levels(counts, find_anchors(evidence, counts))


def test_counted_up_from_the_sacrum():
    """The vertebra on the sacrum is L5 and those above follow."""
    ordered = stack(4, "L2")
    levels = named(ordered, sacrum_below(ordered))
    assert [level.name for level in levels] == ["L2", "L3", "L4", "L5"]
    assert all(level.basis is NamingBasis.SACRUM and not level.assumed for level in levels)


def test_counted_down_from_the_dens():
    """The vertebra with the dens is C2."""
    levels = named(stack(4, "C2", dens=True))
    assert [level.name for level in levels] == ["C2", "C3", "C4", "C5"]
    assert all(level.basis is NamingBasis.AXIS and not level.assumed for level in levels)


def test_both_anchors_agree_on_24():
    """From C2 to L5 there are 23 vertebrae; both anchors give the same names."""
    ordered = stack(23, "C2", dens=True)
    levels = named(ordered, sacrum_below(ordered))
    assert [level.name for level in levels] == list(PRESACRAL_LEVELS[1:])
    assert all(level.basis is NamingBasis.SACRUM_AND_AXIS and not level.assumed for level in levels)


@pytest.mark.parametrize(("count", "other"), [(22, {"T12", "L1"}), (24, {"T13", "L1"})])
def test_an_unusual_count_without_ribs_is_told_and_not_named(count, other):
    """One vertebra too few or too many between the anchors: C2 to T11 assumed, below the two names that may be."""
    ordered = stack(count, "C2", dens=True)
    levels = named(ordered, sacrum_below(ordered))
    assert [level.name for level in levels[:6]] == ["C2", "C3", "C4", "C5", "C6", "C7"]
    assert all(level.assumed for level in levels)
    below = levels[17 if count == 22 else 18]
    assert below.name.startswith("V")
    assert other <= set(below.candidates)


def test_four_lumbar_vertebrae_need_c2_the_ribs_and_the_sacrum():
    """From C2 twelve pairs of ribs and four vertebrae below them above the sacrum: L1 to L4, assumed."""
    ordered = stack(22, "C2", dens=True)
    levels = named(ordered, sacrum_below(ordered), ribs=(False,) * 6 + (True,) * 12 + (False,) * 4)
    assert [level.name for level in levels][-5:] == ["T12", "L1", "L2", "L3", "L4"]
    assert all(level.assumed and level.basis is NamingBasis.UNUSUAL_COUNT for level in levels)


def test_a_count_beyond_c1_is_assumed():
    """Twenty-five vertebrae above a sacrum cannot all have usual names: none is sure, and L6 needs a second anchor."""
    ordered = stack(25, "C1")
    levels = named(ordered, sacrum_below(ordered))
    assert all(level.assumed for level in levels)
    assert "L6" not in {level.name for level in levels}


def test_a_lost_vertebra_shifts_no_name_silently():
    """Names beyond a gap skip the lost vertebra and are assumed, or are not given; those before it are certain."""
    ordered = stack(6, "T12", missing=(2,))
    levels = named(ordered, sacrum_below(ordered))
    assert [level.name for level in levels][2:] == ["L3", "L4", "L5"]
    assert all(
        level.name in (true, f"V{k}")
        for k, (level, true) in enumerate(zip(levels[:2], ("T12", "L1"), strict=True), start=1)
    )
    assert [level.assumed for level in levels] == [True, True, False, False, False]


def test_a_split_vertebra_has_no_name_and_those_beyond_it_no_sure_one():
    """Two bodies that overlap may be one: they stay relative, and no name above them is sure."""
    ordered = stack(3, "L3")
    twin = body(ordered[1].extent_mm[0], height_mm=28.0, label=50)
    levels = named([ordered[0], ordered[1], twin, ordered[2]], sacrum_below(ordered))
    assert [level.name for level in levels][1:] == ["V2", "V3", "L5"]
    assert levels[2].basis is NamingBasis.AMBIGUOUS
    assert levels[0].assumed
    assert not levels[3].assumed


def test_a_sliver_of_sacrum_names_nothing():
    """One millilitre of sacrum may be another bone: nothing is named from it alone."""
    ordered = stack(4, "L2")
    names = named(ordered, sacrum_below(ordered, volume_mm3=1000.0))
    assert all(one.assumed and one.basis is NamingBasis.AMBIGUOUS for one in names)


def test_a_sacrum_far_below_is_no_certain_anchor():
    """With a vertebra lost just above the sacrum no name is sure, and the last is L4 or none."""
    ordered = stack(3, "L2")
    levels = named(ordered, sacrum_below(ordered, lost=1))
    assert levels[-1].name in ("L4", "V3")
    assert all(level.assumed for level in levels)


def test_without_an_anchor_there_are_no_names():
    """A thoracic stack stays V1, V2, V3: assumed, no anchor."""
    levels = named(stack(3, "T6"))
    assert [level.name for level in levels] == ["V1", "V2", "V3"]
    assert all(level.assumed and level.basis is NamingBasis.NO_ANCHOR for level in levels)


def test_given_names_are_kept():
    """Masks that come with names keep them, without doubt where they are in order."""
    levels = given_names([VERTEBRA_VALUES[name] for name in ("T7", "T8", "T9")])
    assert [(level.name, level.assumed, level.basis) for level in levels] == [
        (f"T{k}", False, NamingBasis.GIVEN) for k in (7, 8, 9)
    ]


def test_given_names_out_of_order_are_assumed():
    """T9 above T8 cannot be true: the names stay and are assumed; a vertebra without a name stays relative."""
    levels = given_names([VERTEBRA_VALUES["T7"], VERTEBRA_VALUES["T9"], VERTEBRA_VALUES["T8"], UNNAMED_OFFSET + 4])
    assert [level.name for level in levels] == ["T7", "T9", "T8", "V4"]
    assert all(level.assumed for level in levels)


def test_the_ring_around_the_dens_is_c1():
    """A vertebra that lies around the dens is C1, and the overlap with C2 is no doubt."""
    axis, below = stack(2, "C2", dens=True)
    ring = body(axis.extent_mm[0] + 5, height_mm=10.0, label=50, has_body=False)
    levels = named([ring, axis, below])
    assert [level.name for level in levels] == ["C1", "C2", "C3"]
    assert not any(level.assumed for level in levels)


def test_counted_up_from_the_last_ribs():
    """The lowest vertebra with ribs above two without is T12; with that alone the names are assumed."""
    levels = named(stack(5, "T10"), ribs=(True, True, True, False, False))
    assert [level.name for level in levels] == ["T10", "T11", "T12", "L1", "L2"]
    assert all(level.basis is NamingBasis.RIBS and level.assumed for level in levels)


def test_twelve_pairs_of_ribs_are_certain():
    """Both ends of the ribs in view and twelve pairs between them: the names are sure."""
    levels = named(stack(16, "C6"), ribs=(False, False, *(True,) * 12, False, False))
    assert [level.name for level in levels] == list(PRESACRAL_LEVELS[5:21])
    assert not any(level.assumed for level in levels)


def test_counted_down_from_the_first_ribs():
    """The first vertebra with ribs below two without is T1."""
    levels = named(stack(5, "C6"), ribs=(False, False, True, True, True))
    assert [level.name for level in levels] == ["C6", "C7", "T1", "T2", "T3"]


@pytest.mark.parametrize(
    "ribs", [(True,) * 5, (None,) * 5, (False,) * 5, (True, True, None, False, False), (None, True, True, True, None)]
)
def test_ribs_whose_end_is_not_seen_name_nothing(ribs):
    """Ribs everywhere, nowhere, or with an unknown neighbour are no anchor."""
    levels = named(stack(5, "T5"), ribs=ribs)
    assert all(level.basis is NamingBasis.NO_ANCHOR and level.assumed for level in levels)


def test_ribs_that_agree_with_the_sacrum_are_certain():
    """T12 by its ribs and L5 by the sacrum give the same names."""
    ribs = (True, True, False, False, False, False, False)
    ordered = stack(7, "T11")
    levels = named(ordered, sacrum_below(ordered), ribs=ribs)
    assert [level.name for level in levels] == ["T11", "T12", "L1", "L2", "L3", "L4", "L5"]
    assert all(level.basis is NamingBasis.SEVERAL_ANCHORS and not level.assumed for level in levels)


def test_lumbar_ribs_or_a_sixth_lumbar_vertebra_are_not_told_apart():
    """Six vertebrae between the last ribs and the sacrum: no name is sure, and L6 is not said."""
    ribs = (True, True, False, False, False, False, False, False)
    ordered = stack(8, "T11")
    levels = named(ordered, sacrum_below(ordered), ribs=ribs)
    assert all(level.assumed for level in levels)
    assert "L6" not in {level.name for level in levels}


def test_a_sixth_lumbar_vertebra_needs_c2_the_ribs_and_the_sacrum():
    """From C2 twelve pairs of ribs and six vertebrae below them above the sacrum: L6, assumed."""
    ribs = (False,) * 6 + (True,) * 12 + (False,) * 6
    ordered = stack(24, "C2", dens=True)
    levels = named(ordered, sacrum_below(ordered), ribs=ribs)
    assert [level.name for level in levels][-6:] == ["L1", "L2", "L3", "L4", "L5", "L6"]
    assert all(level.assumed and level.basis is NamingBasis.UNUSUAL_COUNT for level in levels)


def test_a_thirteenth_pair_of_ribs_needs_c2_and_the_sacrum():
    """From C2 thirteen pairs of ribs and five vertebrae below them above the sacrum: T13, assumed."""
    ribs = (False,) * 6 + (True,) * 13 + (False,) * 5
    ordered = stack(24, "C2", dens=True)
    levels = named(ordered, sacrum_below(ordered), ribs=ribs)
    assert [level.name for level in levels][-6:] == ["T13", "L1", "L2", "L3", "L4", "L5"]
    assert all(level.assumed and level.basis is NamingBasis.UNUSUAL_COUNT for level in levels)


def test_eleven_pairs_of_ribs_are_assumed():
    """Both ends of the ribs in view but eleven pairs between them."""
    ribs = (False, False, *(True,) * 11, False, False)
    levels = named(stack(15, "C6"), ribs=ribs)
    assert all(level.assumed for level in levels)


def test_a_false_axis_in_the_middle_of_the_stack_is_refused():
    """A body taken for C2 with three above it is refused, and without another anchor no vertebra has a name."""
    ordered = stack(8, "T1")
    levels = named(ordered, axis_label=ordered[3].part.label, network=True)
    assert [level.name for level in levels] == [f"V{k}" for k in range(1, 9)]
    assert {level.basis for level in levels} == {NamingBasis.AMBIGUOUS}


def test_a_false_axis_with_ribs_beside_it_is_refused():
    """The highest body taken for C2 where every body carries ribs: relative names, C2 among no candidates."""
    ordered = stack(8, "T1")
    levels = named(ordered, axis_label=ordered[0].part.label, ribs=(True,) * 8, network=True)
    assert all(level.name.startswith("V") and "C2" not in level.candidates for level in levels)


def test_bodies_below_l5_are_not_named():
    """A sacrum drawn as three bodies below C2 to L5: the 23 keep their names, the three stay relative, no L6."""
    ribs = (False,) * 6 + (True,) * 12 + (False,) * 8
    levels = named(stack(26, "C2", dens=True), ribs=ribs, network=True)
    assert [level.name for level in levels] == [*PRESACRAL_LEVELS[1:], "V24", "V25", "V26"]


def test_ribs_of_one_side_are_no_end():
    """Where only one side of the lowest vertebra with ribs shows one, the end of the ribs is not known."""
    sides = ((True, True), (True, True), (True, False), (False, False), (False, False))
    assert rib_ends(sides) == (None, None)
    assert rib_ends(((True, True), (True, True), *sides[3:])) == (None, 1)
    assert rib_ends((*sides[3:], (True, True), (True, None))) == (2, None)


def test_anchors_of_two_series_are_joined():
    """What one of two series knows for sure is sure; what one refuses is refused."""
    first = Anchors(agreed={Anchor.SACRUM: False}, refused=frozenset({Anchor.AXIS}))
    both = first.joined(Anchors(agreed={Anchor.SACRUM: True, Anchor.LAST_RIBS: False}))
    assert both.agreed == {Anchor.SACRUM: True, Anchor.LAST_RIBS: False}
    assert both.refused == {Anchor.AXIS}


def test_unnamed_vertebrae_are_numbered():
    """Relative names count from cranial and are assumed."""
    assert [level.name for level in unnamed(3, NamingBasis.AMBIGUOUS)] == ["V1", "V2", "V3"]
    assert all(level.assumed for level in unnamed(3, NamingBasis.AMBIGUOUS))


def test_a_known_axis_needs_no_dens():
    """Where the segmenter knows C2, its form is not asked for."""
    low, high = 0.0, 24.0
    ring = body(8.0, height_mm=10.0, label=50)
    ordered = [ring, body(low, number=1, height_mm=high), *stack(4, "C2")[1:]]
    levels = named(ordered, axis_label=ordered[1].part.label)
    assert [level.name for level in levels] == ["C1", "C2", "C3", "C4", "C5"]
    assert all(level.basis is NamingBasis.AXIS for level in levels)
