from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from spineseg.domain.escc import ESCC_RANK, EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.domain.labels import SPINAL_CORD, THECAL_SAC
from spineseg.domain.volume import like, spacing_mm
from spineseg.grading.escc import grade_escc
from spineseg.grading.expected import CORD, TUMOUR
from spineseg.grading.probable_outlines import probable_outlines
from tests.grading.analytic import Spec
from tests.grading.views import masks_of, view_in, view_of


def softened(mask, sigma_mm, grid):
    """A mask as a network that is unsure over so much of its edge would tell it, 255 for 1."""
    sigma = np.array([0.0, sigma_mm, sigma_mm]) / spacing_mm(grid)
    return like(grid, np.round(255 * ndimage.gaussian_filter(mask.astype(np.float32), sigma)).astype(np.uint8))


def told(grade, *, tumour_mm=0.0, cord_mm=0.0):
    """Masks of a grade with probabilities whose edges are soft over so much."""
    masks = masks_of(Spec(grade=grade))
    labels, grid = masks.anatomy.array, masks.anatomy
    return replace(
        masks,
        cord_probability=softened(labels == SPINAL_CORD, cord_mm, grid),
        sac_probability=softened(np.isin(labels, THECAL_SAC), cord_mm, grid),
        lesion_probability=softened(masks.lesions.array > 0, tumour_mm, grid),
    )


def escc_of(masks):
    """Grade of the only lesion."""
    return grade_escc(view_in(masks), Compartment.EXTRADURAL)


def ends(masks):
    """Interval of the only lesion, as ranks."""
    escc = escc_of(masks)
    return ESCC_RANK[escc.low], ESCC_RANK[escc.high]


def test_without_probabilities_there_is_nothing_to_draw_again():
    """Masks of a person, of a phantom or of a network for CT have no probabilities: no other outlines."""
    assert list(probable_outlines(view_of(Spec(grade="1b")))) == []


def test_drawn_outlines_lie_between_the_least_and_the_most():
    """On every pixel the drawn outline lies between the two, for every structure."""
    view = view_in(told("1b", tumour_mm=1.5, cord_mm=1.0))
    drawn = view.sections.planes(view.considered).fields
    pairs = list(probable_outlines(view))
    assert len(pairs) == 8
    for least, most in zip(pairs[::2], pairs[1::2], strict=True):
        for name in (TUMOUR, CORD):
            assert np.all(least.sections.fields[name] >= drawn[name])
            assert np.all(most.sections.fields[name] <= drawn[name])


@pytest.mark.parametrize("grade", ["1b", "3"])
def test_sharp_probabilities_leave_the_interval(grade):
    """A network that is sure of every voxel says nothing that its masks do not say."""
    assert ends(told(grade)) == ends(masks_of(Spec(grade=grade)))


@pytest.mark.parametrize("grade", ["1a", "2"])
def test_soft_edges_only_widen(grade):
    """However unsure the network is of an edge, the interval holds that of the masks, and the point stays its own."""
    masks = masks_of(Spec(grade=grade))
    low, high = ends(masks)
    soft = told(grade, tumour_mm=2.0, cord_mm=1.5)
    found = ends(soft)
    assert found[0] <= low
    assert found[1] >= high
    assert escc_of(soft).metrics == escc_of(masks).metrics


def test_a_tumour_that_may_reach_the_cord_is_not_excluded_from_it():
    """1b, 1.4 mm from the cord, with an edge that is unsure over 3 mm: contact (1c) and more lie in the interval."""
    sure, soft = ends(masks_of(Spec(grade="1b"))), ends(told("1b", tumour_mm=3.0))
    assert sure[1] < ESCC_RANK[EsccGrade.G1C] or sure[1] < soft[1]
    assert soft[1] >= ESCC_RANK[EsccGrade.G1C]
