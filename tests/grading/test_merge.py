from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.anatomy import describe_spine
from spineseg.domain.escc import AbstentionReason, EsccGrade, EsccResult
from spineseg.domain.findings import BoneQuality, Compartment
from spineseg.domain.quality import QualityCode
from spineseg.domain.sins import PointRange, SinsComponent, SinsScore
from spineseg.domain.volume import SeriesRole, like, make_grid
from spineseg.grading import grade_spine, merge_findings
from spineseg.grading.merge import is_same_lesion
from tests.grading.analytic import Spec, axial_affine, segment
from tests.grading.views import STUDY, findings_in, lesion_in, masks_of, named

SAGITTAL = np.array([[3.6, 0, 0, -27], [0, 0, 0.8, -36], [0, -0.8, 0, 52], [0, 0, 0, 1]])
NAMES = {33: "T5", 34: "T6", 35: "T7", 36: "T8", 37: "T9"}


def sagittal(spec, series="1.2.9"):
    """The same spine on sagittal slices."""
    return segment(spec, SAGITTAL, (16, 130, 92), role=SeriesRole.SAGITTAL_T2, series=series)


@pytest.fixture(scope="module")
def both():
    """Findings of sagittal and axial T2 of one spine with a 1c lesion."""
    spec = Spec(grade="1c")
    first = describe_spine(named(sagittal(spec), NAMES))
    second = describe_spine(segment(spec), others=(first,))
    return tuple(grade_spine(one, study_instance_uid=STUDY) for one in (first, second))


def test_a_lesion_seen_twice_appears_once_from_the_axial(both):
    """One lesion on two series is one finding, with the grade of the series that can carry one."""
    (lesion,) = merge_findings(both).lesions
    assert lesion.series_instance_uid == both[1].lesions[0].series_instance_uid
    assert lesion.escc.point is EsccGrade.G1C


def test_levels_appear_once_from_the_series_that_measures_the_cord(both):
    """Each named level once, cranial to caudal, with the axial's cord area."""
    merged = merge_findings(both)
    assert [level.name for level in merged.levels] == ["T5", "T6", "T7", "T8", "T9"]
    assert all("cord_area_mm2" in level.measurements for level in merged.levels[1:4])


def test_order_of_the_series_changes_nothing(both):
    """Axial first or sagittal first: the same lesion, the same levels."""
    forward, backward = merge_findings(both), merge_findings(both[::-1])
    assert forward.lesions == backward.lesions
    assert forward.levels == backward.levels


def test_a_lesion_of_one_series_only_is_kept(both):
    """A lesion that lies outside the axial stack stays in the findings."""
    without = replace(both[1], lesions=())
    (lesion,) = merge_findings((both[0], without)).lesions
    assert lesion.escc.reason is AbstentionReason.RESOLUTION


def test_two_lesions_of_one_series_are_never_one():
    """Two lesions at one level of one series stay two."""
    findings = findings_in(masks_of(Spec(grade="1c")))
    twin = replace(findings.lesions[0], number=2, tracking_uid="1.2.3.4")
    assert len(merge_findings((replace(findings, lesions=(findings.lesions[0], twin)),)).lesions) == 2


def test_two_lesions_of_one_series_never_share_a_partner(both):
    """Where one series shows one lesion and the other two at that level, two remain."""
    lesion = both[1].lesions[0]
    twin = replace(lesion, number=2, tracking_uid="1.2.3.4")
    merged = merge_findings((both[0], replace(both[1], lesions=(lesion, twin))))
    assert {one.number for one in merged.lesions} == {1, 2}


def test_relative_names_match_by_place_only():
    """V3 of one series is not V3 of another: the place decides."""
    lesion = lesion_in(masks_of(Spec(grade="1c")))
    x, y, z = lesion.escc.decisive_point_mm
    near = replace(lesion, series_instance_uid="1.9", escc=replace(lesion.escc, decisive_point_mm=(x, y, z + 8)))
    far = replace(lesion, series_instance_uid="1.9", escc=replace(lesion.escc, decisive_point_mm=(x, y, z + 40)))
    assert is_same_lesion(lesion, near)
    assert not is_same_lesion(lesion, far)


def test_lesions_of_different_compartments_are_two():
    """A mass in the cord and a metastasis in the body of the same level are two lesions."""
    lesion = lesion_in(named(masks_of(Spec(grade="1c")), NAMES))
    other = replace(lesion, series_instance_uid="1.9", compartment=Compartment.INTRAMEDULLARY)
    unclear = replace(lesion, series_instance_uid="1.9", compartment=Compartment.UNDETERMINED)
    assert not is_same_lesion(lesion, other)
    assert is_same_lesion(lesion, unclear)


def test_no_lesion_is_said_only_where_no_series_has_one(both):
    """A lesion on one series takes the note of the other away; other notes stay, once."""
    empty = findings_in(masks_of(Spec()))
    assert QualityCode.NO_LESION_DETECTED in {note.code for note in merge_findings((empty, empty)).quality}
    merged = merge_findings((empty, both[0], both[0]))
    assert QualityCode.NO_LESION_DETECTED not in {note.code for note in merged.quality}
    assert len(set(merged.quality)) == len(merged.quality)


def test_ct_gives_way_to_a_graded_series():
    """The series with a reason that says least about the cord gives way."""
    lesion = lesion_in(named(masks_of(Spec(grade="1c")), NAMES))
    g0, g3, open_point = EsccGrade.G0, EsccGrade.G3, EsccGrade.UNDETERMINED
    ct = replace(
        lesion, series_instance_uid="1.9",
        escc=EsccResult(low=g0, point=open_point, high=g3, reason=AbstentionReason.SEQUENCE),
    )  # fmt: skip
    base = findings_in(masks_of(Spec()))
    merged = merge_findings((replace(base, lesions=(ct,)), replace(base, lesions=(lesion,))))
    assert merged.lesions == (lesion,)


def test_findings_of_two_studies_are_refused(both):
    """Only findings of one study can be merged."""
    with pytest.raises(ValueError, match="one study"):
        merge_findings((both[0], replace(both[1], study_instance_uid="1.2.3")))


def ct_of(lesion, **changes):
    """The same lesion as a CT finds it: no grade of the cord, but bone."""
    open_ended = EsccResult(
        low=EsccGrade.G0, point=EsccGrade.UNDETERMINED, high=EsccGrade.G3, reason=AbstentionReason.SEQUENCE
    )
    collapse = PointRange(low=1, high=1, evidence={"height_loss_pct": 20.0})
    return replace(
        lesion, series_instance_uid="1.9", escc=open_ended, bone_quality=BoneQuality.LYTIC,
        bone_series_instance_uid="1.9", subregions=("left_pedicle",),
        sins=SinsScore(components={SinsComponent.COLLAPSE: collapse}), **changes,
    )  # fmt: skip


def test_bone_comes_from_the_ct_and_says_so():
    """The MR grades the cord; quality, extent and collapse are the CT's, each with its series."""
    findings = findings_in(named(masks_of(Spec(grade="1c")), NAMES))
    mr = replace(
        findings.lesions[0],
        subregions=None,
        sins=SinsScore(components={SinsComponent.COLLAPSE: PointRange(low=0, high=3)}),
    )
    ct = ct_of(mr)

    (lesion,) = merge_findings((replace(findings, lesions=(ct,)), replace(findings, lesions=(mr,)))).lesions

    assert lesion.series_instance_uid == mr.series_instance_uid
    assert lesion.escc == mr.escc
    assert (lesion.bone_quality, lesion.bone_series_instance_uid) == (BoneQuality.LYTIC, "1.9")
    assert lesion.subregions == ("left_pedicle",)
    points = lesion.sins.components[SinsComponent.COLLAPSE]
    assert (points.low, points.high, points.series_instance_uid) == (1, 1, "1.9")


def test_masks_in_patient_space_go_before_names():
    """Two lesions at T7 that lie apart are two, and one that is named otherwise on another series is one."""
    masks = named(masks_of(Spec(grade="1c")), NAMES)
    anatomy = describe_spine(masks)
    findings = grade_spine(anatomy, study_instance_uid=STUDY)
    other = replace(findings.lesions[0], series_instance_uid="1.9", levels=("T9",), tracking_uid="1.2.9")
    apart = like(masks.lesions, np.roll(masks.lesions.array, 10, axis=0))

    def merged(lesions, levels):
        twin = replace(anatomy, segmentation=replace(masks, series_instance_uid="1.9", lesions=lesions))
        seen = replace(findings, lesions=(replace(other, levels=levels),))
        return merge_findings((findings, seen), (anatomy, twin)).lesions

    assert len(merged(masks.lesions, ("T9",))) == 1
    assert len(merged(apart, ("T7",))) == 2


def test_levels_come_from_the_finer_of_two_axial_series():
    """Two axial T2 measure the same level: the one with smaller voxels is chosen, whichever comes first."""
    fine = describe_spine(named(segment(Spec(), series="1.2.5"), NAMES))
    shape = (35, 75, 60)
    coarse = describe_spine(named(segment(Spec(), axial_affine(spacing=(3.0, 1.0, 1.0), shape=shape), shape), NAMES))
    both = [grade_spine(one, study_instance_uid=STUDY) for one in (coarse, fine)]
    for order in (1, -1):
        merged = merge_findings(both[::order], (coarse, fine)[::order])
        assert {level.series_instance_uid for level in merged.levels if level.name in ("T6", "T7", "T8")} == {"1.2.5"}


def unrelated(*, assumed, levels=("T7",)):
    """Lesions that two series without a common space show at levels of these names, merged."""
    masks = named(masks_of(Spec(grade="1c")), NAMES)
    anatomy = describe_spine(masks)
    first = grade_spine(anatomy, study_instance_uid=STUDY)
    marked = tuple(replace(level, assumed=assumed) for level in first.levels)
    first = replace(first, levels=marked)

    def moved(grid):
        return make_grid(grid.array, grid.affine, "1.77")

    other = replace(
        masks, anatomy=moved(masks.anatomy), subregions=moved(masks.subregions), lesions=moved(masks.lesions),
        series_instance_uid="1.9",
    )  # fmt: skip
    twin = replace(first.lesions[0], series_instance_uid="1.9", tracking_uid="1.2.9", levels=levels)
    second = replace(
        first,
        lesions=(twin,),
        levels=tuple(replace(level, series_instance_uid="1.9") for level in marked),
    )
    return merge_findings((first, second), (anatomy, replace(anatomy, segmentation=other))).lesions


def test_assumed_names_never_make_one_lesion_of_two():
    """Two series whose places are unrelated: a common level that is sure makes one lesion, an assumed one does not."""
    assert len(unrelated(assumed=False)) == 1
    assert len(unrelated(assumed=True)) == 2


def test_assumed_names_never_part_what_lies_at_one_place():
    """Where nothing but the decisive planes tells the place, names that are assumed do not make two of one lesion."""
    lesion = lesion_in(named(masks_of(Spec(grade="1c")), NAMES))
    other = replace(lesion, series_instance_uid="1.9", levels=("T9",))
    assumed = {(lesion.series_instance_uid, "T7"), ("1.9", "T9")}
    assert not is_same_lesion(lesion, other)
    assert is_same_lesion(lesion, other, None, assumed)
