from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import LesionOrigin
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.uids import derive_uid
from spineseg.domain.volume import like, make_grid, voxel_volume_mm3
from spineseg.grading.findings import max_diameter_mm, severity
from tests.grading.analytic import Spec, axial_affine, segment
from tests.grading.views import STUDY, findings_in, lesion_in, masks_of, named

NAMES = {33: "T5", 34: "T6", 35: "T7", 36: "T8", 37: "T9"}


def codes(findings):
    """Codes of the quality notes."""
    return {note.code for note in findings.quality}


def test_a_lesion_carries_its_identity_size_and_level():
    """Tracking UID from series, version and number; volume of its voxels; the level that it lies in."""
    masks = named(masks_of(Spec(grade="2")), NAMES)
    lesion = lesion_in(masks)
    assert lesion.tracking_uid == derive_uid(masks.series_instance_uid, masks.algorithm.version, "lesion", "1")
    assert lesion.volume_mm3 == pytest.approx(np.sum(masks.lesions.array == 1) * voxel_volume_mm3(masks.lesions))
    assert lesion.levels == ("T7",)
    assert lesion.escc.level_of_max == "T7"
    assert lesion.origin is LesionOrigin.AUTOMATIC


def test_a_lesion_of_two_levels_names_both():
    """A lesion from T7 to T8 involves both, cranial first."""
    lesion = lesion_in(named(segment(Spec(grade="1b", middle_z_mm=-12.0)), NAMES))
    assert lesion.levels == ("T7", "T8")


def test_diameter_is_the_longest_way_through_the_voxels():
    """A row of ten voxels of 2 mm is 20 mm long, a single slice is no failure, and a diagonal is longer than a side."""
    grid = make_grid(np.zeros((20, 20, 20), np.uint8), np.diag([2.0, 1.0, 1.0, 1.0]))
    row = np.stack([np.arange(10), np.zeros(10, int), np.zeros(10, int)], axis=1)
    assert max_diameter_mm(grid, row) == pytest.approx(20.0)
    square = np.stack(np.meshgrid([0], np.arange(10), np.arange(10)), axis=-1).reshape(-1, 3)
    assert max_diameter_mm(grid, square) == pytest.approx(np.hypot(10, 9), abs=0.1)


def test_lesions_come_worst_first():
    """Of two lesions the compressing one is first, whatever their numbers."""
    upper = segment(
        Spec(grade="1a", half_length_mm=6.0, middle_z_mm=55.0), axial_affine(shape=(70, 124, 100)), (70, 124, 100)
    )
    lower = segment(
        Spec(grade="2", half_length_mm=6.0, middle_z_mm=-45.0), axial_affine(shape=(70, 124, 100)), (70, 124, 100)
    )
    anatomy = np.where(lower.lesions.array > 0, lower.anatomy.array, upper.anatomy.array)
    lowest = slice(0, 30)
    anatomy[lowest] = lower.anatomy.array[lowest]
    lesions = upper.lesions.array + 2 * lower.lesions.array
    findings = findings_in(replace(upper, anatomy=like(upper.anatomy, anatomy), lesions=like(upper.lesions, lesions)))
    assert [(lesion.number, lesion.escc.point) for lesion in findings.lesions] == [
        (2, EsccGrade.G2),
        (1, EsccGrade.G1A),
    ]


def test_an_unknown_upper_end_counts_as_worst():
    """What may be grade 3 stands before what is at most 1b."""
    lesion = lesion_in(masks_of(Spec(grade="1b")))
    open_end = replace(lesion, escc=replace(lesion.escc, point=EsccGrade.UNDETERMINED, high=EsccGrade.UNDETERMINED))
    assert severity(open_end) > severity(lesion)


def test_no_lesion_is_noted_but_never_where_none_was_looked_for():
    """A series without lesion says so; a series in which none was looked for says that instead."""
    none = masks_of(Spec())
    assert QualityCode.NO_LESION_DETECTED in codes(findings_in(none))
    unsought = replace(none, quality=(QualityNote(code=QualityCode.LESIONS_NOT_ASSESSED),))
    assert QualityCode.NO_LESION_DETECTED not in codes(findings_in(unsought))
    assert QualityCode.LESIONS_NOT_ASSESSED in codes(findings_in(unsought))


def test_no_spine_gives_empty_findings():
    """Empty masks: no level, no lesion, a note, and nothing said about lesions."""
    empty = masks_of(Spec())
    findings = findings_in(replace(empty, anatomy=like(empty.anatomy, np.zeros(empty.anatomy.array.shape, np.uint8))))
    assert (findings.levels, findings.lesions) == ((), ())
    assert codes(findings) == {QualityCode.NO_SPINE_FOUND}


def test_a_cut_lesion_is_noted_as_partial_coverage():
    """A lesion at the end of the stack is noted for the series."""
    assert QualityCode.PARTIAL_COVERAGE in codes(findings_in(segment(Spec(grade="1b", middle_z_mm=45.0))))


def test_levels_carry_measurements_and_study():
    """Every vertebra in view is a level with its measurements, in the study it was asked for."""
    findings = findings_in(masks_of(Spec()))
    assert findings.study_instance_uid == STUDY
    assert [level.name for level in findings.levels] == ["V1", "V2", "V3", "V4", "V5"]
    assert findings.levels[2].measurements["cord_area_mm2"] > 50
