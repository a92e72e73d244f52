"""Tests of spineseg.grading.manual."""

from __future__ import annotations

from spineseg.domain.findings import LesionOrigin
from spineseg.grading.manual import as_manual
from tests.grading.analytic import Spec
from tests.grading.views import findings_in, masks_of


def test_a_persons_lesion_is_marked_and_tracked_by_the_mask() -> None:
    """Origin manual and the mask's Tracking UID; a number that the mask does not know keeps its own."""
    found = findings_in(masks_of(Spec(grade="1c")))

    (known,), (unknown,) = as_manual(found, {1: "1.2.3"}).lesions, as_manual(found, {2: "1.2.3"}).lesions

    assert (known.origin, known.tracking_uid) == (LesionOrigin.MANUAL, "1.2.3")
    assert unknown.tracking_uid == found.lesions[0].tracking_uid
    assert known.escc == found.lesions[0].escc
