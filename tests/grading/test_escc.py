from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from spineseg.domain.escc import ESCC_RANK, AbstentionReason, EsccGrade
from spineseg.domain.labels import CSF, EPIDURAL_SPACE, SPINAL_CORD
from spineseg.domain.vocabulary import ESCC_METRICS
from spineseg.domain.volume import Modality, SeriesRole, make_grid
from tests.grading.analytic import FRAME, GRADES, Spec, axial_affine, segment
from tests.grading.views import lesion_in, masks_of, named, relabelled

NAMES = {33: "T5", 34: "T6", 35: "T7", 36: "T8", 37: "T9"}
LOW_NAMES = {33: "L1", 34: "L2", 35: "L3", 36: "L4", 37: "L5"}
SAGITTAL = np.array([[3.6, 0, 0, -27], [0, 0, 0.8, -36], [0, -0.8, 0, 52], [0, 0, 0, 1]])


def escc(segmentation):
    """ESCC of the only lesion."""
    return lesion_in(segmentation).escc


def within(result, grade):
    """Whether the interval holds a grade."""
    return ESCC_RANK[result.low] <= ESCC_RANK[EsccGrade(grade)] <= ESCC_RANK[result.high]


@pytest.mark.parametrize("grade", GRADES)
def test_each_grade_is_found_with_its_interval(grade):
    """Each grade of the scale, drawn by hand, is the point grade and lies in an interval of one step at most."""
    result = escc(masks_of(Spec(grade=grade)))
    assert result.point is EsccGrade(grade)
    assert within(result, grade)
    assert ESCC_RANK[result.high] - ESCC_RANK[result.low] <= 1
    assert result.reason is None
    assert result.level_of_max == "V3"
    assert set(result.metrics) <= set(ESCC_METRICS)


@pytest.mark.parametrize("grade", ["1b", "2"])
@pytest.mark.parametrize("tilt_deg", [0.0, 20.0])
@pytest.mark.parametrize("spacing", [(3.0, 0.6, 0.6), (4.0, 0.8, 0.8), (1.0, 1.0, 1.0)])
def test_grades_hold_over_tilt_and_spacing(grade, tilt_deg, spacing):
    """Tilted by 20 degrees, on coarser slices and on isotropic voxels the grade is the same."""
    shape = (round(105 / spacing[0]), round(74 / spacing[1]), round(60 / spacing[2]))
    affine = axial_affine(spacing=spacing, shape=shape, tilt_deg=tilt_deg)
    assert escc(segment(Spec(grade=grade), affine, shape)).point is EsccGrade(grade)


def test_scoliosis_is_resliced():
    """In a canal bent sideways by 15 mm grade 2 stays 2 and normal cord away from the tumour is no compression."""
    assert escc(segment(Spec(grade="2", bend_mm=15.0))).point is EsccGrade.G2
    assert escc(segment(Spec(grade="1a", bend_mm=15.0))).point is EsccGrade.G1A


@settings(max_examples=4, deadline=None, phases=(Phase.explicit, Phase.generate), derandomize=True)
@given(
    grade=st.sampled_from(GRADES),
    flips=st.sets(st.sampled_from([0, 1, 2])),
    order=st.permutations([0, 1, 2]),
    shift=st.tuples(*[st.floats(-400, 400)] * 3),
)
def test_storage_and_position_change_nothing(grade, flips, order, shift):
    """Turning the array's axes, reversing them and moving the patient give the same result (metamorphic)."""
    masks = masks_of(Spec(grade=grade))
    first = lesion_in(masks)

    def move(grid):
        affine, array = grid.affine.copy(), grid.array
        for axis in flips:
            affine[:3, 3] += (array.shape[axis] - 1) * affine[:3, axis]
            affine[:3, axis] *= -1
        array = np.transpose(np.flip(array, tuple(flips)), order)
        affine[:3, :3] = affine[:3, :3][:, list(order)]
        affine[:3, 3] += shift
        return make_grid(array, affine, FRAME)

    moved = lesion_in(
        replace(masks, anatomy=move(masks.anatomy), subregions=move(masks.subregions), lesions=move(masks.lesions))
    )
    assert (moved.escc.low, moved.escc.point, moved.escc.high) == (first.escc.low, first.escc.point, first.escc.high)
    assert moved.levels == first.levels
    assert moved.compartment is first.compartment
    assert moved.volume_mm3 == pytest.approx(first.volume_mm3)
    assert moved.escc.decisive_point_mm == pytest.approx(np.add(first.escc.decisive_point_mm, shift), abs=1.0)


def test_the_decisive_point_is_the_canal_at_the_worst_slice():
    """The decisive point lies in the middle of the canal, on a slice of the lesion."""
    x, y, z = escc(masks_of(Spec(grade="3"))).decisive_point_mm
    assert np.hypot(x, y) < 1.0
    assert abs(z) <= 12


def test_one_slice_of_compression_counts_on_thick_slices():
    """Grade 2 on a single slice of 3 mm is held over 3 mm."""
    assert escc(segment(Spec(grade="2", half_length_mm=1.4))).point is EsccGrade.G2


def test_sagittal_slices_give_an_interval_and_no_point():
    """Sagittal slices of 3.6 mm: no point grade, resolution as reason, the interval kept around the truth."""
    for grade in ("0", "1b", "3"):
        result = escc(segment(Spec(grade=grade), SAGITTAL, (16, 130, 92), role=SeriesRole.SAGITTAL_T2))
        assert within(result, grade)
        if grade != "0":
            assert result.point is EsccGrade.UNDETERMINED
            assert result.reason is AbstentionReason.RESOLUTION


def test_ct_never_gives_a_grade_of_the_cord():
    """Tumour at an undivided canal: nothing between 0 and 3 can be excluded."""
    result = escc(segment(Spec(grade="2", undivided=True), modality=Modality.CT, role=SeriesRole.CT))
    assert (result.low, result.point, result.high) == (EsccGrade.G0, EsccGrade.UNDETERMINED, EsccGrade.G3)
    assert result.reason is AbstentionReason.SEQUENCE


def test_bone_far_from_an_undivided_canal_is_grade_0():
    """On CT a lesion that keeps 5 mm from the canal is bone-only disease, and CT is told as a doubt."""
    masks = segment(Spec(grade="0", undivided=True), modality=Modality.CT, role=SeriesRole.CT)
    lesions = masks.lesions.array.copy()
    rows = np.arange(lesions.shape[1]) * 0.6 - 0.6 * (lesions.shape[1] - 1) / 2
    lesions[:, rows > -15] = 0
    result = escc(replace(masks, lesions=make_grid(lesions, masks.lesions.affine, FRAME)))
    assert (result.low, result.point, result.high) == (EsccGrade.G0,) * 3
    assert result.reason is AbstentionReason.SEQUENCE


def test_another_contrast_is_a_doubt_beside_the_grade():
    """On T1 the grade stands and the sequence is told."""
    result = escc(segment(Spec(grade="2"), role=SeriesRole.T1))
    assert (result.point, result.reason) == (EsccGrade.G2, AbstentionReason.SEQUENCE)


def test_below_the_conus_the_scale_does_not_apply():
    """At L3, below a cord that ended at L1, there is no grade; the effacement of the sac is given instead."""
    result = escc(named(segment(Spec(grade="1b", conus_z_mm=35.0)), LOW_NAMES))
    assert {result.low, result.point, result.high} == {EsccGrade.NOT_APPLICABLE}
    assert result.reason is AbstentionReason.BELOW_CONUS
    assert result.metrics["sac_area_loss_pct"] > 5
    assert "tumour_cord_gap_mm" not in result.metrics


@pytest.mark.parametrize("names", [NAMES, {}], ids=["thoracic", "unnamed"])
def test_a_cord_lost_in_the_mass_is_never_no_compression(names):
    """Where the cord mask is lost under tumour above the conus, 3 stays possible and the point is withheld."""
    lost = relabelled(masks_of(Spec(grade="2")), {SPINAL_CORD: CSF}, slice(13, 22))
    result = escc(named(lost, names))
    assert result.point is EsccGrade.UNDETERMINED
    assert result.high is EsccGrade.G3
    assert result.reason is AbstentionReason.NO_CORD_MASK


def test_without_a_sac_mask_the_cord_gives_the_interval():
    """Without CSF anywhere 1a and 1b cannot be told apart; contact with the cord leaves 1c to 3."""
    far = escc(relabelled(masks_of(Spec(grade="1b")), {CSF: EPIDURAL_SPACE}))
    near = escc(relabelled(masks_of(Spec(grade="2")), {CSF: EPIDURAL_SPACE}))
    assert (far.point, far.reason) == (EsccGrade.UNDETERMINED, AbstentionReason.NO_SAC_MASK)
    assert (far.low, far.high) == (EsccGrade.G1A, EsccGrade.G1B)
    assert (near.low, near.high) == (EsccGrade.G1C, EsccGrade.G3)


def test_a_lesion_at_the_end_of_the_stack_is_not_covered():
    """A lesion cut by the field of view has no point grade, and 3 cannot be excluded."""
    result = escc(segment(Spec(grade="1b", middle_z_mm=45.0)))
    assert (result.point, result.reason) == (EsccGrade.UNDETERMINED, AbstentionReason.COVERAGE)
    assert result.high is EsccGrade.G3


@pytest.mark.parametrize("kind", ["idem", "im"])
def test_intradural_lesions_have_no_escc(kind):
    """ESCC grades epidural tumour: an intradural lesion has none."""
    result = escc(masks_of(Spec(grade=kind)))
    assert result.point is EsccGrade.NOT_APPLICABLE
    assert result.reason is AbstentionReason.INTRADURAL_LESION


def test_a_cord_deformed_away_from_the_tumour_is_left_to_a_person():
    """A cord pressed from behind, 4 mm from an anterior 1a tumour, may be stenosis: no point grade."""
    masks = masks_of(Spec(grade="1a"))
    array = masks.anatomy.array.copy()
    rows = (np.arange(array.shape[1]) - (array.shape[1] - 1) / 2) * 0.6
    here = array[13:22][:, rows > 2.3]
    here[here == SPINAL_CORD] = CSF
    block = array[13:22]
    block[:, rows > 2.3] = here
    result = escc(replace(masks, anatomy=make_grid(array, masks.anatomy.affine, FRAME)))
    assert (result.point, result.reason) == (EsccGrade.UNDETERMINED, AbstentionReason.DEGENERATIVE_MIMIC)


def test_csf_gone_without_deformation_is_between_1c_and_3():
    """Tumour all around an undeformed cord, no CSF: 1c to 3, left to a person."""
    masks = masks_of(Spec(grade="1c"))
    inside = slice(13, 22)
    around = relabelled(masks, {CSF: EPIDURAL_SPACE}, inside)
    lesions = masks.lesions.array.copy()
    lesions[inside][around.anatomy.array[inside] == EPIDURAL_SPACE] = 1
    result = escc(replace(around, lesions=make_grid(lesions, masks.lesions.affine, FRAME)))
    assert (result.low, result.point, result.high) == (EsccGrade.G1C, EsccGrade.UNDETERMINED, EsccGrade.G3)
    assert result.reason is AbstentionReason.INTERVAL_CROSSES
