"""Tests of spineseg.evaluation.phantoms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import SeriesRole, Volume, like, to_patient
from spineseg.evaluation.phantoms import SCORED_NAMES, evaluate_case, with_short_ct
from spineseg.phantom.cases import PhantomCase, make_case
from spineseg.phantom.contrasts import Contrast
from spineseg.phantom.protocols import axial
from spineseg.phantom.segmenter import TruthSegmenter


@pytest.fixture(scope="module")
def case() -> PhantomCase:
    """ESCC 3 at C5 with a small axial stack only."""
    whole = make_case("escc-3-c5", seed=7)
    stack = axial(
        whole.phantom.spine, Contrast.T2, s=whole.phantom.lesions[0].s, length_mm=63.0, field_mm=78.0, in_plane_mm=0.8
    )
    return replace(whole, protocols=(stack,))


class _Blind:
    """The truth without its lesions, shifted by two voxels."""

    algorithm = AlgorithmIdentity(name="spineseg", version="0", segmenter="blind")

    def __init__(self, case: PhantomCase) -> None:
        self._truth = TruthSegmenter(case.phantom)

    def __call__(self, volume: Volume) -> Segmentation:
        true = self._truth(volume)
        return replace(
            true,
            lesions=like(true.lesions, np.zeros_like(true.lesions.array)),
            anatomy=like(true.anatomy, np.roll(true.anatomy.array, 2, axis=2)),
        )


def test_true_masks_score_full_marks(case: PhantomCase) -> None:
    """With the truth as its masks the grading alone is scored: right grade, right compartment, Dice 1."""
    (series,), (lesion,), false = evaluate_case(case, None)

    assert series.dice["vertebral body"] == 1.0
    assert series.dice["lesion"] == 1.0
    assert (series.lesions.true, series.lesions.found, false) == (1, 1, 0)
    assert lesion.reported is Compartment.EXTRADURAL
    assert lesion.grades.truth is EsccGrade.G3
    assert lesion.grades.found is not None
    assert lesion.grades.found.point is EsccGrade.G3
    # A short stack has no anchor: every vertebra is found, none is named.
    assert series.levels_named == 0
    assert series.levels > 2


def test_a_missed_lesion_is_not_scored_as_a_grade(case: PhantomCase) -> None:
    """Blindness to the lesion shows as a lesion without a report, and shifted masks lose Dice."""
    (series,), (lesion,), false = evaluate_case(case, _Blind(case))

    assert lesion.reported is None
    assert lesion.grades.found is None
    assert series.lesions.found == 0
    assert 0.2 < series.dice["cord and cauda equina"] < 0.95
    assert false == 0


def test_every_scored_name_can_be_made() -> None:
    """The score card's cases exist, and hold every grade and healthy spines."""
    cases = [make_case(name) for name in SCORED_NAMES]

    grades = {lesion.grade for case in cases for lesion in case.phantom.lesions}
    assert {EsccGrade.G0, EsccGrade.G1A, EsccGrade.G1B, EsccGrade.G1C, EsccGrade.G2, EsccGrade.G3} <= grades
    assert any(not case.phantom.lesions for case in cases)


def test_the_short_ct_keeps_the_other_series_and_the_lesion() -> None:
    """Only the CT changes, and the lesion stays in its field of view."""
    whole = make_case("escc-2-t7")
    short = with_short_ct(whole)

    assert short.protocols[:2] == whole.protocols[:2]
    (ct,) = (one for one in short.protocols if one.role is SeriesRole.CT)
    assert ct.grid.spatial_shape[0] < whole.protocols[2].grid.spatial_shape[0] / 2
    bottom, top = sorted(float(to_patient(ct.grid, (number, 0, 0))[2]) for number in (0, ct.grid.spatial_shape[0] - 1))
    height = float(whole.phantom.spine.curve.to_patient(whole.phantom.lesions[0].s)[2])
    assert bottom < height < top
