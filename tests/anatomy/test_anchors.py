from __future__ import annotations

from dataclasses import replace

import numpy as np

from spineseg.anatomy.anchors import gather_evidence, has_dens
from tests.anatomy.stacks import body, sacrum_below, stack


def test_two_fused_bodies_are_no_axis():
    """Height alone makes no dens: a block as wide above as below is not C2."""
    assert not has_dens(body(height_mm=45.0), body(50.0))
    assert has_dens(body(dens=True), body(25.0))


def test_plain_spaces_have_one_reading():
    """Bodies of usual sizes one below the other leave nothing to doubt."""
    evidence = gather_evidence(stack(12, "T3"))
    assert not evidence.odd
    assert all(steps == ((1, 0.0),) for steps in evidence.steps)


def test_a_wide_space_may_hide_a_vertebra():
    """Where a vertebra is missing, two levels are the first reading and one the second."""
    readings = gather_evidence(stack(6, "T6", missing=(3,))).steps[2]
    assert readings[0][0] in (1, 2)
    assert min(readings, key=lambda reading: reading[1]) == (2, 0.0)


def test_two_low_pieces_may_be_one_vertebra():
    """A body cut in two halves is read as one vertebra first."""
    whole = stack(9, "T6")
    low, high = whole[4].extent_mm
    half = (high - low) / 2 - 1
    pieces = [body(low, height_mm=half, label=50), body(high - half, height_mm=half, label=51)]
    evidence = gather_evidence([*whole[:4], *pieces, *whole[5:]])
    assert evidence.steps[4][0] == (0, 0.0)
    assert [number for number, steps in enumerate(evidence.steps) if len(steps) > 1] == [4]


def test_a_tall_body_may_be_two_vertebrae():
    """A body over two levels and their disc is tall, and its two levels are the first reading of the space below."""
    whole = stack(9, "T6")
    low, high = whole[4].extent_mm[0], whole[5].extent_mm[1]
    evidence = gather_evidence([*whole[:4], body(low, height_mm=high - low), *whole[6:]])
    assert evidence.tall.tolist() == [number == 4 for number in range(8)]
    assert evidence.steps[4][0] == (2, 0.0)


def test_an_axis_below_two_bodies_is_refused():
    """Only C1 lies above C2; what the segmenter takes for C2 further down is none."""
    ordered = stack(6, "C5")
    assert gather_evidence(ordered, axis_label=ordered[3].part.label).axis_refused
    assert gather_evidence(ordered, axis_label=ordered[3].part.label).axis is None
    assert gather_evidence(ordered, axis_label=ordered[0].part.label).axis == 0


def test_a_piece_above_the_dens_is_no_ring():
    """C1 lies around the dens; a piece that ends above it is something else."""
    axis, *below = stack(4, "C2", dens=True)
    low = axis.extent_mm[0]
    label = axis.part.label
    assert gather_evidence([body(low + 4, height_mm=8, label=50), axis, *below], axis_label=label).ring
    assert not gather_evidence([body(low - 12, height_mm=8, label=50), axis, *below], axis_label=label).ring


def test_a_wide_dens_is_known_by_the_ring_around_it():
    """In thick slices the dens is nearly as wide as its body: with C1 around it it is one, without it is not."""
    axis, *below = stack(4, "C2", dens=True)
    top = axis.extent_mm[0]
    peg = axis.along_mm < top + 18  # mm, as `body` draws it
    wide = replace(axis, left_mm=np.where(peg, 1.35 * axis.left_mm, axis.left_mm))
    ring = body(top + 4, height_mm=8, label=50)
    assert gather_evidence([ring, wide, *below]).axis == 1
    assert gather_evidence([wide, *below]).axis is None
    assert gather_evidence([body(top - 12, height_mm=8, label=50), wide, *below]).axis is None


def test_a_low_or_small_last_body_is_a_sliver():
    """A last body far lower or smaller than the one above may be the top of the sacrum."""
    ordered = stack(4, "L2")
    low = body(ordered[-1].extent_mm[0], height_mm=10.0)
    small = replace(ordered[-1], part=replace(ordered[-1].part, volume_mm3=9_000.0))
    assert not gather_evidence(ordered, sacrum_below(ordered)).sliver
    assert gather_evidence([*ordered[:-1], low], sacrum_below(ordered)).sliver
    assert gather_evidence([*ordered[:-1], small], sacrum_below(ordered)).sliver
