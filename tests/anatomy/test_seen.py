from __future__ import annotations

from dataclasses import replace

import numpy as np

from spineseg.anatomy.naming import Anchor
from spineseg.anatomy.seen import see_spine
from spineseg.domain.labels import CANAL_CONTENT, DISC_OFFSET, SACRUM, UNNAMED_OFFSET
from spineseg.domain.volume import like
from tests.grading.analytic import Spec, segment
from tests.grading.views import named, relabelled


def test_masks_with_names_have_one_count():
    """Names that came with the masks are one count, with what has no name left open."""
    seen = see_spine(named(segment(Spec()), {33: "T5", 34: "T6", 35: "T7"}))
    assert seen.given
    assert seen.counts.codes.shape == (1, 5)
    assert seen.counts.clear[0].tolist() == [True, True, True, False, False]
    assert seen.anchors.agreed == {Anchor.NAMED: True}


def test_masks_without_names_have_every_count():
    """Without an anchor there are counts and no anchors; with a sacrum it is one."""
    plain = see_spine(segment(Spec()))
    assert len(plain.counts.codes) > 100
    assert not plain.anchors.agreed
    table = {UNNAMED_OFFSET + 7: SACRUM, DISC_OFFSET + UNNAMED_OFFSET + 7: 0}
    assert see_spine(relabelled(segment(Spec(conus_z_mm=1000.0)), table)).anchors.agreed == {Anchor.SACRUM: True}


def test_nothing_is_seen_without_a_canal():
    """Masks without a canal have no centreline, no vertebrae and no counts."""
    masks = segment(Spec())
    bare = np.where(np.isin(masks.anatomy.array, CANAL_CONTENT), 0, masks.anatomy.array).astype(np.uint8)
    seen = see_spine(replace(masks, anatomy=like(masks.anatomy, bare)))
    assert seen.centerline is None
    assert seen.counts is None
    assert seen.ordered == ()
