"""Tests of spineseg.anatomy.study."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.anatomy.study import describe_study
from spineseg.domain.basis import NamingBasis
from spineseg.domain.labels import SACRUM
from spineseg.domain.quality import QualityCode
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import like
from spineseg.errors import AnatomyError
from tests.grading.analytic import Spec, segment
from tests.grading.views import named, relabelled

LUMBAR = Spec(conus_z_mm=1000.0)  # no cord in view: beside L5 it would speak against the sacrum
NAMES = {33: "T5", 34: "T6", 35: "T7", 36: "T8", 37: "T9"}


def wrong(segmentation: Segmentation) -> Segmentation:
    """Masks with a value that no label has."""
    return replace(segmentation, anatomy=like(segmentation.anatomy, np.full_like(segmentation.anatomy.array, 99)))


def test_names_go_to_the_series_without_an_anchor() -> None:
    """A series that knows no name takes those of another one in its frame of reference."""
    first, second = describe_study([named(segment(Spec()), NAMES), segment(Spec(), series="1.2.4")])

    assert [one.name for one in second.vertebrae] == [one.name for one in first.vertebrae]
    assert {one.basis for one in second.vertebrae} == {NamingBasis.OTHER_SERIES}


def test_one_series_may_fail_but_not_all() -> None:
    """Masks that cannot be a spine are a note beside good ones, and an error alone."""
    good, bad = describe_study([segment(Spec()), wrong(segment(Spec(), series="1.2.4"))])

    assert good.centerline is not None
    assert [note.code for note in bad.quality] == [QualityCode.SERIES_FAILED]
    with pytest.raises(AnatomyError):
        describe_study([wrong(segment(Spec()))])


def test_a_series_that_names_wrongly_alone_is_named_alike() -> None:
    """A short stack whose last ribs are cut off takes its names from the series that shows the sacrum."""
    whole = relabelled(segment(LUMBAR), {37: SACRUM, 137: 0})
    first, second = describe_study([whole, segment(LUMBAR, shape=(18, 124, 100), series="1.2.4")])

    assert [one.name for one in first.vertebrae] == ["L2", "L3", "L4", "L5", "S1"]
    assert [one.name for one in second.vertebrae] == ["L3", "L4", "L5"]
    assert not any(one.assumed for one in second.vertebrae)


def test_order_of_the_series_does_not_matter() -> None:
    """Whichever series comes first, each vertebra gets the same name."""
    series = [relabelled(segment(LUMBAR), {37: SACRUM, 137: 0}), segment(LUMBAR, shape=(18, 124, 100), series="1.2.4")]
    names = [[one.name for one in anatomy.vertebrae] for anatomy in describe_study(series)]
    backwards = [[one.name for one in anatomy.vertebrae] for anatomy in describe_study(series[::-1])]
    assert backwards[::-1] == names
