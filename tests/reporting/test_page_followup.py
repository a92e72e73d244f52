from __future__ import annotations

from dataclasses import replace

import pytest

from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import Change, LesionFinding, PriorComparison
from spineseg.reporting.page_followup import comparison_table, comparison_texts
from tests.reporting.full_findings import PRIOR_STUDY_UID, full_findings
from tests.reporting.samples import make_findings

FINDINGS = full_findings("1.2.3")
LESION = FINDINGS.lesions[0]


def facts(lesion: LesionFinding) -> dict[str, str]:
    """The comparison by its facts."""
    return {row[0]: row[1] for row in comparison_table(lesion, FINDINGS).rows}


def test_a_change_stands_with_its_doubt() -> None:
    """Volumes before and now, the change in percent with the doubt of the measurement, the steps of the grade."""
    assert facts(LESION) == {
        "Change": "grown", "Volume now": "2.1 mL", "Volume in the prior study": "1.5 mL",
        "Change of volume (doubt of the measurement)": "+43 % (doubt ±8 %)",
        "Approximate ESCC in the prior study": "1b", "Change of approximate ESCC": "2 steps up",
    }  # fmt: skip


def test_without_a_prior_study_the_change_was_not_assessed() -> None:
    """No prior study, and a lesion that was not compared, each say why."""
    plain = make_findings("1.2.3")

    assert comparison_table(plain.lesions[0], plain).rows == (("Change", "not assessed: no prior study was given"),)
    assert facts(replace(LESION, prior=None)) == {"Change": "not assessed: the lesion was not compared"}
    assert comparison_texts(plain) == ["Change since a prior study: not assessed, no prior study was given."]


def test_a_new_lesion_has_no_former_size() -> None:
    """What was not there is not called unknown or zero."""
    new = facts(replace(LESION, prior=PriorComparison(change=Change.NEW)))

    assert new["Change"] == "new: not in the prior study"
    assert new["Volume in the prior study"] == new["Approximate ESCC in the prior study"] == "not there"


@pytest.mark.parametrize(
    ("steps", "text"), [(None, "not known"), (0, "same grade"), (1, "1 step up"), (-3, "3 steps down")]
)
def test_a_change_of_grade_that_is_not_known_is_not_the_same_grade(steps: int | None, text: str) -> None:
    """Unknown, same, up and down each have their words."""
    prior = PriorComparison(change=Change.STABLE, grade_change=steps, prior_escc_point=EsccGrade.NOT_APPLICABLE)
    told = facts(replace(LESION, prior=prior))

    assert told["Change of approximate ESCC"] == text
    assert told["Approximate ESCC in the prior study"] == "not applicable"
    assert told["Change of volume (doubt of the measurement)"] == "not known"


def test_new_and_vanished_lesions_are_listed_with_the_study() -> None:
    """Whoever reads only this list knows with what was compared and what came and went."""
    new = replace(LESION, prior=PriorComparison(change=Change.NEW))

    assert comparison_texts(replace(FINDINGS, lesions=(LESION, new))) == [
        f"Compared with study {PRIOR_STUDY_UID}.",
        "New: lesion 2 at T7, T8 (assumed), 2.1 mL.",
        "Vanished: Lesion of the prior study at L2, 0.8 mL then: not found any more.",
    ]
