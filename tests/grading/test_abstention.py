from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.domain.escc import ESCC_RANK, AbstentionReason, EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.grading.abstention import Doubts, find_doubts
from spineseg.grading.cord_presence import CordPresence
from spineseg.grading.escc_metrics import measure
from spineseg.grading.escc_rules import EsccThresholds
from tests.grading.analytic import Spec, axial_affine, segment
from tests.grading.views import masks_of, view_in, view_of


def doubts(view, *, compartment=Compartment.EXTRADURAL, presence=CordPresence.PRESENT, rank=2.0):
    """Doubts of one view with its own metrics."""
    rule = EsccThresholds(pixel_mm=view.sampling.in_plane_mm)
    metrics = measure(view.sections, view.expected, csf_mm=rule.csf_mm).planes(view.considered)
    return find_doubts(view, metrics, rule, compartment=compartment, presence=presence, rank=rank)


def test_a_good_axial_t2_leaves_no_doubt():
    """Complete masks on axial T2 of 0.6 x 0.6 x 3 mm: no doubt at all."""
    assert doubts(view_of(Spec(grade="1b"))) == Doubts()


def test_masks_outweigh_the_acquisition():
    """A missing cord is told before anything else, and 3 stays possible."""
    found = doubts(view_of(Spec(grade="1b")), presence=CordPresence.MISSING)
    assert (found.reason, found.abstain, found.high) == (AbstentionReason.NO_CORD_MASK, True, 5.0)


def test_a_mixed_compartment_withholds_the_grade():
    """A dumbbell has an epidural part, but ESCC is for extradural tumour."""
    found = doubts(view_of(Spec(grade="1b")), compartment=Compartment.MIXED)
    assert (found.reason, found.abstain) == (AbstentionReason.INTRADURAL_LESION, True)
    # What lies inside the dura is not graded, so no grade can be excluded.
    assert found.high == ESCC_RANK[EsccGrade.G3]


@pytest.mark.parametrize("spacing", [(3.0, 1.2, 1.2), (6.0, 0.6, 0.6)])
def test_coarse_voxels_withhold_the_grade(spacing):
    """Pixels above 1 mm or slices above 5 mm cannot carry a grade."""
    shape = tuple(round(length / step) for length, step in zip((105, 74, 60), spacing, strict=True))
    view = view_in(segment(Spec(grade="1b"), axial_affine(spacing=spacing, shape=shape), shape))
    assert doubts(view).reason is AbstentionReason.RESOLUTION


def test_a_flagged_artefact_withholds_the_grade():
    """A series flagged for metal or motion carries no point grade."""
    masks = replace(masks_of(Spec(grade="1b")), quality=(QualityNote(code=QualityCode.ARTEFACT),))
    assert doubts(view_in(masks)).reason is AbstentionReason.ARTEFACT


def test_without_a_reference_the_grade_is_withheld():
    """A lesion that fills the stack leaves no uninvolved plane to compare with."""
    view = view_in(segment(Spec(grade="1b", half_length_mm=49.0)))
    assert view.expected.cord is None
    assert doubts(view).reason is AbstentionReason.COVERAGE


def test_bone_only_disease_needs_no_cord():
    """A lesion outside the canal is grade 0 whatever the cord mask says."""
    view = view_of(Spec(grade="0"))
    assert not np.any(view.involved)
    assert not doubts(view, presence=CordPresence.MISSING, rank=0.0).abstain
