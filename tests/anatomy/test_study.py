"""Tests of spineseg.anatomy.study."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.anatomy.study import describe_study
from spineseg.domain.basis import NamingBasis
from spineseg.domain.quality import QualityCode
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import like
from spineseg.errors import AnatomyError
from tests.grading.analytic import Spec, segment
from tests.grading.views import named

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
