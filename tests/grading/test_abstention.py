from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.domain.escc import ESCC_RANK, AbstentionReason, EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.grading.abstention import Answer, Doubts, answer, find_doubts
from spineseg.grading.cord_presence import CordPresence
from spineseg.grading.escc_metrics import measure
from spineseg.grading.escc_rules import ONE_C_OR_THREE, EsccThresholds
from spineseg.grading.regrading import GradeRange
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


def test_an_interval_across_the_border_of_high_grades_withholds_the_point():
    """1b to 2 is told as an interval without a point; 1c to 2 keeps its point, as does any grade with a mere doubt."""
    crossing = answer(GradeRange(low=2.0, point=3.0, high=4.0, any_plane=4.0), Doubts())
    assert (crossing.point, crossing.reason) == (EsccGrade.UNDETERMINED, AbstentionReason.INTERVAL_CROSSES)
    assert (crossing.low, crossing.high) == (EsccGrade.G1B, EsccGrade.G2)
    kept = answer(GradeRange(low=3.0, point=3.0, high=4.0, any_plane=4.0), Doubts(reason=AbstentionReason.SEQUENCE))
    assert kept == Answer(low=EsccGrade.G1C, point=EsccGrade.G1C, high=EsccGrade.G2, reason=AbstentionReason.SEQUENCE)


def test_gone_csf_around_an_undeformed_cord_has_no_point():
    """Between 1c and 3 a person must look, however narrow the interval is."""
    found = answer(GradeRange(low=3.0, point=ONE_C_OR_THREE, high=5.0, any_plane=5.0), Doubts())
    assert (found.low, found.point, found.high) == (EsccGrade.G1C, EsccGrade.UNDETERMINED, EsccGrade.G3)


def test_doubts_only_widen():
    """A doubt that names ends moves them outwards and never inwards."""
    graded = GradeRange(low=1.0, point=1.0, high=5.0, any_plane=5.0)
    found = answer(graded, Doubts(reason=AbstentionReason.NO_SAC_MASK, abstain=True, low=3.0, high=4.0))
    assert (found.low, found.high) == (EsccGrade.G1A, EsccGrade.G3)
