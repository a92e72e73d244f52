from __future__ import annotations

import numpy as np

from spineseg.evaluation.sins_cases import SinsSpec, arch, inside_body, make_sins_case, scan_mr
from spineseg.phantom.variation import Alignment, Slip


def test_the_same_name_and_seed_are_the_same_patient():
    """Cases can be made again."""
    spec = SinsSpec(level="T7", grow=inside_body(0.7))
    one, other = (make_sins_case("a", spec, 1).phantom.spine.sizes["body_width"] for _ in range(2))
    assert np.array_equal(one, other)


def test_an_alignment_bends_the_spine():
    """A slip displaces the canal; without one there is no shear."""
    slipped = SinsSpec(level="T7", grow=inside_body(0.7), alignment=Alignment(slips=(Slip(level=13, forward_mm=5.0),)))
    assert make_sins_case("a", slipped).phantom.spine.curve.shear is not None
    assert make_sins_case("a", SinsSpec(level="T7", grow=inside_body(0.7))).phantom.spine.curve.shear is None


def test_a_lesion_of_one_arch_lies_on_its_side():
    """The tumour of the left arch is left of the canal, and in bone alone."""
    case = make_sins_case("a", SinsSpec(level="T9", grow=arch(1.0)))
    masks = scan_mr(case, (4.0, 1.5, 1.5), levels=1)
    inside = masks.lesions.array > 0
    columns = np.nonzero(inside)[2]
    canal = np.nonzero(np.isin(masks.anatomy.array, (60, 61, 62)))[2]
    assert columns.min() > np.median(canal)
    assert np.all(masks.subregions.array[inside] > 0)
