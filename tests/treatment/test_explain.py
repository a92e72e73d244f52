from __future__ import annotations

import pytest

from spineseg.errors import RulesetError
from spineseg.treatment import load_ruleset, trace
from spineseg.treatment.kleene import Kleene
from tests.treatment.cases import clinical_of, findings_of

FOUND = findings_of({"lesions": [{"escc": ["2", "2", "3"]}, {"escc": "0"}]})


def test_each_condition() -> None:
    """A trace has each condition with its fact, expectation, value, origin and result, for each lesion."""
    facts = {"clin.tumour_class": "metastatic", "clin.histology": "renal"}

    first, second = trace("R053", FOUND, clinical_of(facts), load_ruleset())

    (line,) = [line for line in first.lines if line.fact == "img.escc" and line.part == "condition"]
    assert (line.operator, line.expected, line.value, line.provenance, line.result) == (
        "at_least", "2", "2 (range 2 to 3)", "report", Kleene.TRUE,
    )  # fmt: skip
    assert (first.lesion, first.result) == (1, Kleene.TRUE)
    assert "waits for clin.operable_fitness" in first.outcome
    assert any(line.part == "contra-indication" for line in first.lines)
    assert (second.lesion, second.result, second.outcome) == (2, Kleene.FALSE, "silent")


def test_who_has_verified_a_value_is_said() -> None:
    """In a verified report each value names the person beside its origin; in another nobody is named."""
    told = [
        [line.provenance for line in one.lines if line.fact == "img.escc"]
        for verified in (True, False)
        for one in trace("R053", FOUND, clinical_of({}), load_ruleset(), verified=verified, verified_by="DOE^JANE")[:1]
    ]

    assert all(origin == "report, verified by DOE^JANE" for origin in told[0])
    assert told[0]
    assert all(origin == "report" for origin in told[1])


def test_about_the_patient() -> None:
    """A rule about the patient is traced once, and an unknown fact is said to be not known."""
    (only,) = trace("R018", FOUND, clinical_of({}), load_ruleset())

    assert only.lesion is None
    assert {line.value for line in only.lines if line.fact} == {"not known"}
    assert only.outcome == "silent, waits for clin.sphincter, clin.saddle_change"


def test_no_such_rule() -> None:
    """A rule that does not exist is refused with the nearest that does."""
    with pytest.raises(RulesetError, match="did you mean R053"):
        trace("R053a", FOUND, clinical_of({}), load_ruleset())
