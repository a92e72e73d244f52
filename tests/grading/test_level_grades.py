from __future__ import annotations

from dataclasses import replace

from spineseg.domain.escc import ESCC_RANK, AbstentionReason, EsccGrade
from spineseg.domain.findings_json import findings_to_json
from spineseg.domain.labels import CSF, SPINAL_CORD
from spineseg.domain.volume import Modality, SeriesRole, like
from tests.grading.analytic import Spec, segment
from tests.grading.views import findings_in, lesion_in, masks_of, named, relabelled

NAMES = {33: "T5", 34: "T6", 35: "T7", 36: "T8", 37: "T9"}
LOW_NAMES = {33: "T11", 34: "T12", 35: "L1", 36: "L2", 37: "L3"}
LONG = Spec(grade="2", half_length_mm=20.0)  # 40 mm around the middle of T7: into T6 and T8


def by_level(segmentation):
    """Grades of the only lesion by level."""
    return {one.level: one for one in lesion_in(segmentation).escc.levels}


def test_every_level_that_a_lesion_spans_has_its_grade():
    """A lesion from T6 to T8 has a grade with its interval at each of the three, cranial to caudal."""
    lesion = lesion_in(named(masks_of(LONG), NAMES))
    assert [one.level for one in lesion.escc.levels] == ["T6", "T7", "T8"]
    assert {one.point for one in lesion.escc.levels} == {EsccGrade.G2}
    for one in lesion.escc.levels:
        assert ESCC_RANK[one.low] <= ESCC_RANK[one.point] <= ESCC_RANK[one.high]
        assert one.reason is None


def test_levels_differ_where_the_compression_does():
    """Grade 2 at T7 beside a mere rim at T8 is 2 at T7 and less at T8, and the lesion has the worse one."""
    masks = named(masks_of(LONG), NAMES)
    thin = masks_of(Spec(grade="1a", half_length_mm=20.0))
    below = slice(0, 13)  # slices run to the head: caudal of T7's lower disc
    anatomy, lesions = masks.anatomy.array.copy(), masks.lesions.array.copy()
    canal = thin.anatomy.array[below] >= 60
    anatomy[below][canal] = thin.anatomy.array[below][canal]
    lesions[below] = thin.lesions.array[below]
    changed = replace(masks, anatomy=like(masks.anatomy, anatomy), lesions=like(masks.lesions, lesions))
    found = lesion_in(changed).escc
    levels = {one.level: one.point for one in found.levels}
    assert levels["T7"] is EsccGrade.G2
    assert levels["T8"] in (EsccGrade.G0, EsccGrade.G1A)
    assert found.point is EsccGrade.G2


def test_a_cord_lost_at_one_level_withholds_the_grade_of_that_level_alone():
    """Where the cord mask is missing at T7 only, T7 has no grade and its reason; T6 and T8 keep theirs."""
    masks = relabelled(named(masks_of(LONG), NAMES), {SPINAL_CORD: CSF}, slice(15, 20))
    found = by_level(masks)
    assert (found["T7"].point, found["T7"].reason) == (EsccGrade.UNDETERMINED, AbstentionReason.NO_CORD_MASK)
    assert found["T7"].high is EsccGrade.G3
    assert {found[name].point for name in ("T6", "T8")} == {EsccGrade.G2}


def test_the_end_of_the_stack_is_a_doubt_of_the_level_there():
    """A lesion that the field of view cuts at its upper end: that level is not covered, the lowest one is."""
    found = by_level(named(segment(Spec(grade="1b", middle_z_mm=30.0, half_length_mm=30.0)), NAMES))
    assert list(found) == ["T5", "T6", "T7"]
    assert (found["T5"].point, found["T5"].reason) == (EsccGrade.UNDETERMINED, AbstentionReason.COVERAGE)
    assert found["T7"].reason is None


def test_a_level_below_the_conus_has_no_scale():
    """A lesion from T12 to L2 around a cord that ends in L1: no grade at L2, and the scale does not apply there."""
    found = by_level(named(segment(Spec(grade="1b", half_length_mm=20.0, conus_z_mm=-5.0)), LOW_NAMES))
    assert (found["L2"].point, found["L2"].reason) == (EsccGrade.NOT_APPLICABLE, AbstentionReason.BELOW_CONUS)
    assert found["T12"].point is EsccGrade.G1B


def test_an_undivided_canal_leaves_every_level_open():
    """On CT tumour at the canal leaves 0 to 3 open at each level."""
    masks = segment(Spec(grade="2", undivided=True, half_length_mm=20.0), modality=Modality.CT, role=SeriesRole.CT)
    levels = lesion_in(masks).escc.levels
    assert len(levels) == 3
    assert {(one.low, one.point, one.high, one.reason) for one in levels} == {
        (EsccGrade.G0, EsccGrade.UNDETERMINED, EsccGrade.G3, AbstentionReason.SEQUENCE)
    }


def test_intradural_lesions_have_no_grade_by_level():
    """ESCC grades epidural tumour: nothing is told by level either."""
    assert lesion_in(masks_of(Spec(grade="idem"))).escc.levels == ()


def test_the_json_holds_each_level_with_its_reason():
    """findings.json tells level, ends, point and reason."""
    content = findings_to_json(findings_in(named(masks_of(LONG), NAMES)))
    first = content["lesions"][0]["escc"]["levels"][0]
    assert first["level"] == "T6"
    assert set(first) == {"level", "low", "point", "high", "reason"}
