from __future__ import annotations

import numpy as np
import pytest

from spineseg.anatomy.describe import describe_spine
from spineseg.anatomy.naming import Anchor, LevelName
from spineseg.anatomy.seen import see_spine
from spineseg.anatomy.series_names import same_frame, share_counts, told_by_described, without_contradictions
from spineseg.domain.basis import NamingBasis
from spineseg.domain.labels import DISC_OFFSET, SACRUM, UNNAMED_OFFSET
from tests.grading.analytic import Spec, segment
from tests.grading.views import named, relabelled

NAMES = {33: "T5", 34: "T6", 35: "T7", 36: "T8", 37: "T9"}


def stack(*, shape=(35, 124, 100), series="1.2.3", sacrum=False):
    """A series of the analytic spine, its lowest vertebra a sacrum if asked for."""
    masks = segment(Spec(conus_z_mm=1000.0), shape=shape, series=series)  # no cord: it would speak against a sacrum
    return relabelled(masks, {UNNAMED_OFFSET + 7: SACRUM, DISC_OFFSET + UNNAMED_OFFSET + 7: 0}) if sacrum else masks


def likeliest(counts):
    """Code of the likeliest name of each vertebra."""
    return counts.probabilities().argmax(axis=1)


def test_what_one_series_knows_reaches_those_that_it_overlaps():
    """A series with the sacrum tells a short one without, and its anchor goes with it."""
    seen = [see_spine(stack(sacrum=True)), see_spine(stack(shape=(18, 124, 100), series="1.2.4"))]
    (first, own), (second, lent) = share_counts(seen)
    assert np.array_equal(likeliest(second), likeliest(first)[-len(seen[1].ordered) :])
    assert lent.agreed == {Anchor.SACRUM: True}
    assert not own.agreed


def test_each_series_is_heard_once():
    """Three equal series without an anchor tell each other no more than that nothing is known."""
    seen = [see_spine(stack(series=f"1.2.{k}")) for k in range(3, 6)]
    assert all(counts.probabilities().max() < 0.5 for counts, _ in share_counts(seen))


def test_a_described_series_tells_its_names():
    """A described series' names are taken where bodies lie at one place."""
    other = describe_spine(named(stack(), NAMES))
    counts, anchors = told_by_described(see_spine(stack(series="1.2.4")), [other])
    assert counts.probabilities().max(axis=1) == pytest.approx(1.0, abs=0.1)
    assert anchors.agreed == {Anchor.NAMED: True}


def test_a_place_never_has_two_names():
    """Where two series would name one vertebra differently, both names become relative."""
    seen = [see_spine(stack()), see_spine(stack(series="1.2.4"))]
    rows = [
        tuple(LevelName(name=f"T{k + up}", assumed=False, basis=NamingBasis.AXIS) for k in range(5, 10))
        for up in (0, 1)
    ]
    for row in without_contradictions(seen, rows):
        assert all(name.assumed for name in row[1:4])
        assert [name.name for name in row[1:4]] == ["V2", "V3", "V4"]
    assert without_contradictions(seen, [rows[0], rows[0]]) == [rows[0], rows[0]]


def test_the_frame_must_be_known_and_the_same():
    """Series without a frame of reference lie nowhere in common."""
    assert same_frame(stack(), stack(series="1.2.4"))
