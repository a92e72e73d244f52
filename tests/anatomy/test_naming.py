from __future__ import annotations

import numpy as np
import pytest

from spineseg.anatomy.levels import Part, PlacedPart
from spineseg.anatomy.naming import has_dens, name_levels
from spineseg.domain.basis import NamingBasis
from spineseg.domain.labels import PRESACRAL_LEVELS, SACRUM, UNNAMED_OFFSET

PITCH_MM, HEIGHT_MM = 25.0, 20.0


def body(number, *, volume_mm3=20_000.0, label=None, dens=False, has_body=True, height_mm=HEIGHT_MM):
    """A box 30 mm wide at the given place of the stack; an axis has a peg of 10 mm on a base of 18 mm."""
    top = number * PITCH_MM
    along, left = (grid.ravel() for grid in np.meshgrid(np.linspace(0, height_mm, 40), np.linspace(-15, 15, 31)))
    along = along + top
    if dens:
        along, left = (grid.ravel() for grid in np.meshgrid(np.linspace(-18, height_mm, 60), np.linspace(-9, 9, 37)))
        along = along + top
        peg = (along > top) | (np.abs(left) < 5)
        along, left = along[peg], left[peg]
    points = np.stack([left, np.zeros_like(left), -along], axis=1)
    part = Part(
        label=label or UNNAMED_OFFSET + number + 1,
        points=points,
        has_body=has_body,
        at_border=False,
        volume_mm3=volume_mm3,
    )
    return PlacedPart(
        part=part,
        position_mm=float(along.mean()),
        extent_mm=(float(along.min()), float(along.max())),
        along_mm=along,
        left_mm=left,
    )


def stack(count, *, dens_at=None, missing=()):
    """Bodies one below the other."""
    return [body(number, dens=number == dens_at) for number in range(count) if number not in missing]


def test_counted_up_from_the_sacrum():
    """The vertebra on the sacrum is L5 and those above follow."""
    levels = name_levels(stack(4), body(4, label=SACRUM), ())
    assert [level.name for level in levels] == ["L2", "L3", "L4", "L5"]
    assert all(level.basis is NamingBasis.SACRUM and not level.assumed for level in levels)


def test_counted_down_from_the_dens():
    """The vertebra with the dens is C2."""
    levels = name_levels(stack(4, dens_at=0), None, ())
    assert [level.name for level in levels] == ["C2", "C3", "C4", "C5"]
    assert all(level.basis is NamingBasis.AXIS and not level.assumed for level in levels)


def test_both_anchors_agree_on_24():
    """From C2 to L5 there are 23 vertebrae; both anchors give the same names."""
    levels = name_levels(stack(23, dens_at=0), body(23, label=SACRUM), ())
    assert [level.name for level in levels] == list(PRESACRAL_LEVELS[1:])
    assert all(level.basis is NamingBasis.SACRUM_AND_AXIS and not level.assumed for level in levels)


@pytest.mark.parametrize(("count", "last"), [(22, "L4"), (24, "L6")])
def test_an_unusual_count_is_assumed(count, last):
    """One vertebra too few or too many between the anchors: every name is assumed and the basis says so."""
    levels = name_levels(stack(count, dens_at=0), body(count, label=SACRUM), ())
    assert levels[-1].name == last
    assert all(level.assumed and level.basis is NamingBasis.UNUSUAL_COUNT for level in levels)


def test_a_count_beyond_c1_is_assumed():
    """Twenty-five vertebrae above a sacrum cannot all have names."""
    levels = name_levels(stack(25), body(25, label=SACRUM), ())
    assert all(level.assumed and level.basis is NamingBasis.UNUSUAL_COUNT for level in levels)


def test_a_lost_vertebra_shifts_no_name_silently():
    """Names beyond a gap skip the lost vertebra and are assumed; those before it are certain."""
    levels = name_levels(stack(6, missing=(2,)), body(6, label=SACRUM), ())
    assert [level.name for level in levels] == ["T12", "L1", "L3", "L4", "L5"]
    assert [level.assumed for level in levels] == [True, True, False, False, False]


def test_a_split_vertebra_makes_the_names_beyond_it_assumed():
    """Two bodies that overlap may be one: the names above them are assumed."""
    ordered = stack(3)
    twin = body(1, label=50)
    levels = name_levels([ordered[0], ordered[1], twin, ordered[2]], body(3, label=SACRUM), ())
    assert [level.assumed for level in levels] == [True, True, False, False]


def test_a_sliver_of_sacrum_gives_assumed_names():
    """Names counted from one millilitre of sacrum may rest on another bone."""
    names = name_levels(stack(4), body(4, label=SACRUM, volume_mm3=1000.0), ())
    assert [one.name for one in names] == ["L2", "L3", "L4", "L5"]
    assert all(one.assumed for one in names)


def test_a_sacrum_far_below_is_no_certain_anchor():
    """With a vertebra lost just above the sacrum every name is assumed."""
    levels = name_levels(stack(3), body(4, label=SACRUM), ())
    assert levels[-1].name == "L4"
    assert all(level.assumed for level in levels)


def test_without_an_anchor_there_are_no_names():
    """A thoracic stack stays V1, V2, V3: assumed, no anchor."""
    levels = name_levels(stack(3), None, ())
    assert [level.name for level in levels] == ["V1", "V2", "V3"]
    assert all(level.assumed and level.basis is NamingBasis.NO_ANCHOR for level in levels)


def test_given_names_are_kept():
    """Masks that come with names keep them."""
    ordered = [body(number, label=14 + number) for number in range(3)]
    levels = name_levels(ordered, None, ())
    assert [(level.name, level.basis) for level in levels] == [(f"T{k}", NamingBasis.GIVEN) for k in (7, 8, 9)]


def test_the_ring_around_the_dens_is_c1():
    """A vertebra that lies around the dens is C1, and the overlap with C2 is no doubt."""
    ring = body(0, height_mm=10.0)
    axis = body(1, label=32, dens=True, height_mm=20.0)
    ring = body(1, label=31, height_mm=10.0, has_body=False)
    levels = name_levels([ring, axis, body(2)], None, ())
    assert [level.name for level in levels] == ["C1", "C2", "C3"]
    assert not any(level.assumed for level in levels)


def test_two_fused_bodies_are_no_axis():
    """Height alone makes no dens: a block as wide above as below is not C2."""
    assert not has_dens(body(0, height_mm=45.0), body(2))
    assert has_dens(body(0, dens=True), body(1))


def test_counted_up_from_the_last_ribs():
    """The lowest vertebra with ribs above two without is T12."""
    ribs = (True, True, True, False, False)
    levels = name_levels(stack(5), None, (), ribs=ribs)
    assert [level.name for level in levels] == ["T10", "T11", "T12", "L1", "L2"]
    assert all(level.basis is NamingBasis.RIBS and not level.assumed for level in levels)


def test_counted_down_from_the_first_ribs():
    """The first vertebra with ribs below two without is T1."""
    levels = name_levels(stack(5), None, (), ribs=(False, False, True, True, True))
    assert [level.name for level in levels] == ["C6", "C7", "T1", "T2", "T3"]


@pytest.mark.parametrize(
    "ribs", [(True,) * 5, (None,) * 5, (False,) * 5, (True, True, None, False, False), (None, True, True, True, None)]
)
def test_ribs_whose_end_is_not_seen_name_nothing(ribs):
    """Ribs everywhere, nowhere, or with an unknown neighbour are no anchor."""
    levels = name_levels(stack(5), None, (), ribs=ribs)
    assert all(level.basis is NamingBasis.NO_ANCHOR and level.assumed for level in levels)


def test_ribs_that_agree_with_the_sacrum_are_certain():
    """T12 by its ribs and L5 by the sacrum give the same names."""
    ribs = (True, True, False, False, False, False, False)
    levels = name_levels(stack(7), body(7, label=SACRUM), (), ribs=ribs)
    assert [level.name for level in levels] == ["T11", "T12", "L1", "L2", "L3", "L4", "L5"]
    assert all(level.basis is NamingBasis.SEVERAL_ANCHORS and not level.assumed for level in levels)


def test_lumbar_ribs_or_a_sixth_lumbar_vertebra_are_assumed():
    """Six vertebrae between the last ribs and the sacrum: names are given, all assumed."""
    ribs = (True, True, False, False, False, False, False, False)
    levels = name_levels(stack(8), body(8, label=SACRUM), (), ribs=ribs)
    assert all(level.assumed and level.basis is NamingBasis.UNUSUAL_COUNT for level in levels)


def test_eleven_pairs_of_ribs_are_assumed():
    """Both ends of the ribs in view but eleven pairs between them."""
    ribs = (False, False, *(True,) * 11, False, False)
    levels = name_levels(stack(15), None, (), ribs=ribs)
    assert all(level.assumed for level in levels)


def test_a_known_axis_needs_no_dens():
    """Where the segmenter knows C2, its form is not asked for."""
    ordered = stack(4)
    levels = name_levels(ordered, None, (), axis_label=ordered[1].part.label)
    assert [level.name for level in levels] == ["C1", "C2", "C3", "C4"]
    assert all(level.basis is NamingBasis.AXIS for level in levels)
