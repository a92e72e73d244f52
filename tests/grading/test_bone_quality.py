from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.domain.findings import BoneQuality
from spineseg.domain.labels import VERTEBRAL_BODY
from spineseg.domain.sins import SinsDoubt
from spineseg.domain.volume import Modality, like
from spineseg.grading.bone_quality import classify, find_bone_quality
from tests.grading.boxes import in_body, viewed, with_lesion

MASKS = replace(with_lesion(in_body), modality=Modality.CT)


def quality_of(lytic, blastic, masks=MASKS):
    """Graded bone of a lesion with these shares of voids (30 HU) and of dense bone (650 HU) in bone of 160 ± 25 HU."""
    rng = np.random.default_rng(0)
    image = rng.normal(160, 25, masks.anatomy.array.shape).astype(np.float32)
    lesion = np.flatnonzero(masks.lesions.array.ravel())
    drawn = rng.permutation(lesion)
    first, second = round(lytic * len(drawn)), round((lytic + blastic) * len(drawn))
    flat = image.ravel()
    flat[drawn[:first]] = rng.normal(30, 20, first)
    flat[drawn[first:second]] = rng.normal(650, 40, second - first)
    view, bones = viewed(masks)
    return find_bone_quality(view, bones, like(masks.anatomy, image))


@pytest.mark.parametrize(
    ("lytic", "blastic", "quality", "points"),
    [
        (0.9, 0.0, BoneQuality.LYTIC, 2),
        (0.0, 0.9, BoneQuality.BLASTIC, 0),
        (0.4, 0.4, BoneQuality.MIXED, 1),
        (0.5, 0.05, BoneQuality.LYTIC, 2),
    ],
)
def test_quality_follows_the_shares(lytic, blastic, quality, points):
    """Lytic 2, mixed 1, blastic 0, against the patient's own bone."""
    found = quality_of(lytic, blastic)
    assert found.quality is quality
    assert found.measured
    assert (found.points.low, found.points.high) == (points, points)
    assert found.points.evidence["reference_mean_hu"] == pytest.approx(160, abs=5)
    assert found.points.evidence["reference_sd_hu"] == pytest.approx(25, abs=3)


def test_bone_that_looks_normal_is_undetermined():
    """Neither lysis nor sclerosis: no name and the whole range."""
    found = quality_of(0.05, 0.05)
    assert found.quality is BoneQuality.UNDETERMINED
    assert (found.points.low, found.points.high, found.points.estimate) == (0, 2, None)


def test_a_share_at_a_limit_leaves_both_answers():
    """Lytic with 14 % of dense bone may be mixed: 1 to 2."""
    found = quality_of(0.6, 0.14)
    assert (found.points.low, found.points.high, found.points.doubt) == (1, 2, SinsDoubt.BORDERLINE)


def test_mr_and_masks_without_image_need_a_ct():
    """Only HU tell: without them 0 to 2, and no series is named."""
    view, bones = viewed(MASKS)
    for found in (
        find_bone_quality(view, bones, None),
        quality_of(0.9, 0.0, replace(MASKS, modality=Modality.MR)),
    ):
        assert (found.points.low, found.points.high, found.points.doubt) == (0, 2, SinsDoubt.NEEDS_CT)
        assert not found.measured


def test_fewer_than_two_unaffected_vertebrae_are_no_reference():
    """Every other body has tumour, too: the range stays whole, the HU of the lesion are told."""
    everywhere = with_lesion(
        lambda left, _b, _u, anatomy, kinds: (kinds == VERTEBRAL_BODY) & (anatomy != 14) & (abs(left) < 4), MASKS, 2
    )
    found = quality_of(0.9, 0.0, everywhere)
    assert found.points.doubt is SinsDoubt.NO_REFERENCE
    assert "lesion_mean_hu" in found.points.evidence


def test_limits_are_those_of_the_rule():
    """Both from 15 % mixed, one alone from 30 %."""
    assert classify(0.15, 0.15) is BoneQuality.MIXED
    assert classify(0.30, 0.14) is BoneQuality.LYTIC
    assert classify(0.14, 0.30) is BoneQuality.BLASTIC
    assert classify(0.29, 0.10) is BoneQuality.UNDETERMINED
