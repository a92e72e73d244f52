from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.anatomy import describe_spine
from spineseg.domain.basis import NamingBasis
from spineseg.domain.labels import DISC_OFFSET, SACRUM, SPINAL_CORD, UNNAMED_OFFSET, VERTEBRA_VALUES, VERTEBRAL_BODY
from spineseg.domain.quality import QualityCode
from spineseg.domain.volume import like
from spineseg.errors import AnatomyError
from tests.grading.analytic import Spec, segment

LUMBAR = Spec(conus_z_mm=1000.0)  # no cord in view: beside L5 it would speak against the sacrum


def relabelled(segmentation, table):
    """The same masks with other values."""
    lookup = np.arange(256, dtype=np.uint8)
    for old, new in table.items():
        lookup[old] = new
    return replace(segmentation, anatomy=like(segmentation.anatomy, lookup[segmentation.anatomy.array]))


def codes(anatomy):
    """Codes of the quality notes."""
    return {note.code for note in anatomy.quality}


def with_sacrum(segmentation):
    """The lowest vertebra in view (V7) becomes the sacrum."""
    return relabelled(segmentation, {UNNAMED_OFFSET + 7: SACRUM, DISC_OFFSET + UNNAMED_OFFSET + 7: 0})


def test_names_from_the_sacrum_are_written_into_the_masks():
    """Vertebrae above a sacrum get their names, and masks and discs carry the values of those names."""
    anatomy = describe_spine(with_sacrum(segment(LUMBAR)))
    assert [one.name for one in anatomy.vertebrae] == ["L2", "L3", "L4", "L5", "S1"]
    values = set(np.unique(anatomy.segmentation.anatomy.array))
    assert {VERTEBRA_VALUES[name] for name in ("L2", "L3", "L4", "L5")} <= values
    assert DISC_OFFSET + VERTEBRA_VALUES["L4"] in values
    assert not any(UNNAMED_OFFSET < value < UNNAMED_OFFSET + 29 for value in values)


def test_without_an_anchor_levels_are_unknown():
    """No anchor in view: relative names, assumed, and a note that levels are not known."""
    anatomy = describe_spine(segment(Spec()))
    assert all(one.assumed and one.basis is NamingBasis.NO_ANCHOR for one in anatomy.vertebrae)
    assert QualityCode.LEVELS_UNKNOWN in codes(anatomy)


def test_another_series_of_the_same_frame_lends_its_names():
    """A short stack without anchor takes the names of a series of the same frame of reference, by place."""
    named = describe_spine(with_sacrum(segment(LUMBAR)))
    short = segment(LUMBAR, shape=(18, 124, 100), series="1.2.4")
    anatomy = describe_spine(short, others=(named,))
    assert [one.name for one in anatomy.vertebrae] == ["L3", "L4", "L5"]
    assert all(one.basis is NamingBasis.OTHER_SERIES and not one.assumed for one in anatomy.vertebrae)


def test_a_series_of_another_frame_lends_nothing():
    """Places of another frame of reference mean nothing here."""
    named = describe_spine(with_sacrum(segment(LUMBAR)))
    elsewhere = type(named.segmentation.anatomy)(
        array=named.segmentation.anatomy.array,
        affine=named.segmentation.anatomy.affine,
        coordinate_system="PATIENT",
        frame_of_reference_uid="1.2.99",
    )
    stranger = replace(named, segmentation=replace(named.segmentation, anatomy=elsewhere))
    anatomy = describe_spine(segment(Spec(), series="1.2.4"), others=(stranger,))
    assert all(one.basis is NamingBasis.NO_ANCHOR for one in anatomy.vertebrae)


def test_vertebrae_at_the_ends_are_incomplete():
    """The first and the last vertebra, cut by the field of view, are not complete."""
    assert [one.complete for one in describe_spine(segment(Spec())).vertebrae] == [False, True, True, True, False]


def test_nothing_is_no_spine():
    """Empty masks give no centreline, no vertebrae and a note, and raise nothing."""
    empty = segment(Spec())
    nothing = np.zeros(empty.anatomy.array.shape, dtype=np.uint8)
    anatomy = describe_spine(replace(empty, anatomy=like(empty.anatomy, nothing)))
    assert anatomy.centerline is None
    assert anatomy.vertebrae == ()
    assert codes(anatomy) == {QualityCode.NO_SPINE_FOUND}


def test_values_outside_the_label_table_are_refused():
    """A mask with a value that is no label cannot be a spine."""
    with pytest.raises(AnatomyError, match="label table"):
        describe_spine(relabelled(segment(Spec()), {SPINAL_CORD: 77}))


def test_names_in_reverse_order_are_refused():
    """Named vertebrae that run upwards contradict a spine: the masks are upside down."""
    upside_down = {UNNAMED_OFFSET + number: 20 - number for number in range(3, 8)}
    with pytest.raises(AnatomyError, match="reverse order"):
        describe_spine(relabelled(segment(Spec()), upside_down))


def test_an_interrupted_cord_is_told():
    """A cord mask with a hole of 18 mm is noted as interrupted."""
    whole = segment(Spec())
    array = whole.anatomy.array.copy()
    hole = array[14:20]
    hole[hole == SPINAL_CORD] = 62
    broken = replace(whole, anatomy=like(whole.anatomy, array))
    assert QualityCode.CORD_INTERRUPTED in codes(describe_spine(broken))
    assert QualityCode.CORD_INTERRUPTED not in codes(describe_spine(whole))


def test_an_undivided_canal_is_told():
    """A canal without cord and sac is described, with a note that they cannot be told apart."""
    anatomy = describe_spine(segment(Spec(undivided=True)))
    assert anatomy.centerline is not None
    assert QualityCode.CORD_NOT_SEPARABLE in codes(anatomy)


def test_masks_without_subregions_still_have_vertebrae():
    """Without body masks the vertebrae are found by their whole extent."""
    bare = segment(Spec())
    nothing = like(bare.subregions, np.zeros(bare.subregions.array.shape, dtype=np.uint8))
    assert VERTEBRAL_BODY not in nothing.array
    assert len(describe_spine(replace(bare, subregions=nothing)).vertebrae) == 5


def test_names_counted_on_a_networks_masks_are_assumed():
    """The same masks, drawn by a network, give the same names, all of them assumed, S1 too."""
    masks = with_sacrum(segment(LUMBAR))
    trusted, drawn = describe_spine(masks), describe_spine(replace(masks, outline_mm=1.5))
    pairs = zip(drawn.vertebrae, trusted.vertebrae, strict=True)
    assert all(one.name == other.name or one.name.startswith("V") for one, other in pairs)
    assert drawn.vertebrae[-1].name == "S1"
    assert all(one.assumed for one in drawn.vertebrae)
    assert not any(one.assumed for one in trusted.vertebrae)
