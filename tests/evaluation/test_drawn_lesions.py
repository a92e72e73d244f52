"""Tests of spineseg.evaluation.drawn_lesions."""

from __future__ import annotations

import pytest

from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.domain.volume import SeriesRole
from spineseg.errors import SettingsError
from spineseg.evaluation.drawn_lesions import evaluate_drawn, grade_study
from spineseg.evaluation.drawn_study import DrawnOn, SegmentedStudy
from spineseg.phantom.segmenter import TruthSegmenter
from tests.evaluation.drawn_toys import row


def test_on_true_anatomy_the_given_lesion_has_its_grade_on_every_grid(small_study: SegmentedStudy):
    """Exact, extradural, graded on the axial T2; the mask on cubes and on the sagittal grid says the same."""
    graded = grade_study(small_study)

    assert (graded.truth, graded.point) == ("2", EsccGrade.G2)
    assert graded.compartment is Compartment.EXTRADURAL
    assert graded.graded_on is SeriesRole.AXIAL_T2
    assert graded.same(DrawnOn.ISOTROPIC)
    assert graded.same(DrawnOn.SAGITTAL)
    assert graded.dice == {"cord": 1.0, "sac": 1.0, "canal": 1.0}
    assert graded.causes == ()


def test_a_second_call_goes_on_where_the_first_ended(tmp_path, monkeypatch):
    """Saved cases are read and not made again."""
    made: list[int] = []

    def run(number: int, _segmenter: object) -> object:
        made.append(number)
        return row(number=number)

    monkeypatch.setattr("spineseg.evaluation.drawn_lesions.run_drawn", run)
    first = evaluate_drawn(range(2), None, tmp_path)
    second = evaluate_drawn(range(3), None, tmp_path)

    assert made == [0, 1, 2]
    assert second[:2] == first


def test_cases_of_other_networks_are_refused(tmp_path, monkeypatch, small_study: SegmentedStudy):
    """Two networks' cases are never mixed in one card."""
    whose = row().algorithm
    other = row(algorithm=type(whose)(name="spineseg", version="1", segmenter="bundle", weights_sha256=("a", "b")))
    monkeypatch.setattr("spineseg.evaluation.drawn_lesions.run_drawn", lambda *_: other)
    evaluate_drawn(range(1), None, tmp_path)

    with pytest.raises(SettingsError, match="other networks"):
        evaluate_drawn(range(1), TruthSegmenter(small_study.case.study.phantom), tmp_path)


def test_a_damaged_case_is_named(tmp_path):
    """The file and what to do about it."""
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "0000.json").write_text("{")

    with pytest.raises(SettingsError, match=r"0000\.json"):
        evaluate_drawn(range(1), None, tmp_path)
