from __future__ import annotations

from typing import Any

import pytest

from spineseg.treatment import facts_from_findings
from spineseg.treatment.conditions import Ends, Judgement, judge
from spineseg.treatment.facts import merge
from spineseg.treatment.kleene import Kleene
from spineseg.treatment.parsing import parse_condition
from tests.treatment.cases import clinical_of, findings_of

TRUE, FALSE, UNKNOWN = Kleene.TRUE, Kleene.FALSE, Kleene.UNKNOWN


def _judge(raw: Any, escc: Any = "undetermined", ends: Ends = Ends.BOTH, **clinical: Any) -> Judgement:
    facts = facts_from_findings(findings_of({"lesions": [{"escc": escc}]}))
    stated = clinical_of({f"clin.{name}": value for name, value in clinical.items()})
    return judge(parse_condition(raw), merge(facts, stated)[0], ends)


@pytest.mark.parametrize(
    ("raw", "escc", "both", "worst"),
    [
        ({"at_least": {"img.escc": "1c"}}, ["1b", "1b", "2"], UNKNOWN, TRUE),
        ({"at_least": {"img.escc": "1c"}}, ["1c", "2", "2"], TRUE, TRUE),
        ({"at_least": {"img.escc": "1c"}}, ["0", "1a", "1b"], FALSE, FALSE),
        ({"at_most": {"img.escc": "1b"}}, ["1b", "1b", "2"], UNKNOWN, FALSE),
        ({"is": {"img.escc": "1c"}}, ["1b", "1c", "2"], UNKNOWN, FALSE),
        ({"is": {"img.escc": "1c"}}, ["1b", "1c", "1c"], UNKNOWN, TRUE),
        ({"is": {"img.escc": "1c"}}, ["0", "1a", "1b"], FALSE, FALSE),
        ({"crosses": {"img.escc": "1c"}}, ["1b", "1b", "2"], TRUE, TRUE),
        ({"crosses": {"img.escc": "1c"}}, ["1c", "1c", "2"], FALSE, FALSE),
        ({"at_least": {"img.escc": "0"}}, "not_applicable", FALSE, FALSE),
        ({"at_most": {"img.escc": "3"}}, "not_applicable", FALSE, FALSE),
        ({"is": {"img.escc": "not_applicable"}}, "not_applicable", TRUE, TRUE),
        ({"at_least": {"img.escc": "0"}}, "undetermined", UNKNOWN, UNKNOWN),
        ({"known": "img.escc"}, "undetermined", FALSE, FALSE),
        ({"known": "img.escc"}, "0", TRUE, TRUE),
    ],
)
def test_intervals(raw: Any, escc: Any, both: Kleene, worst: Kleene) -> None:
    """Options need both ends of a range, safety takes the worst; what is off the scale reaches no threshold."""
    assert _judge(raw, escc).result is both
    assert _judge(raw, escc, Ends.WORST).result is worst


@pytest.mark.parametrize(
    ("raw", "clinical", "result"),
    [
        ({"is": {"clin.sphincter": False}}, {}, UNKNOWN),
        ({"is": {"clin.sphincter": False}}, {"sphincter": False}, TRUE),
        ({"not": {"is": {"clin.sphincter": True}}}, {}, UNKNOWN),
        ({"in": {"clin.pain": ["mechanical", "none"]}}, {"pain": ["biologic", "mechanical"]}, TRUE),
        ({"is": {"clin.pain": "mechanical"}}, {"pain": "biologic"}, FALSE),
        ({"is": {"case.cord_syndrome": True}}, {"neuro_deficit": "cauda_equina"}, TRUE),
        ({"is": {"case.cord_syndrome": False}}, {"neuro_deficit": "none"}, TRUE),
        ({"is": {"case.acute": True}}, {"deficit_progressing": False}, UNKNOWN),
        ({"known": "case.acute"}, {"deficit_progressing": False}, FALSE),
        ({"known": "case.acute"}, {"deficit_progressing": True}, TRUE),
        ({"all": []}, {}, TRUE),
        ({"at_least": {"clin.life_expectancy_months": 3}}, {"life_expectancy_months": "3-6"}, TRUE),
        ({"at_least": {"clin.life_expectancy_months": 3}}, {"life_expectancy_months": "<3"}, FALSE),
        ({"at_most": {"clin.ecog": 1}}, {"ecog": 2}, FALSE),
    ],
)
def test_answers(raw: Any, clinical: dict[str, Any], result: Kleene) -> None:
    """Unknown is never false; named conditions follow their parts."""
    assert _judge(raw, **clinical).result is result


def test_missing() -> None:
    """What is missing are the facts that could decide, not those that are known or cannot matter."""
    raw = {"all": [{"is": {"clin.sphincter": True}}, {"is": {"clin.ambulatory": True}}, {"is": {"case.acute": True}}]}

    judged = _judge(raw, sphincter=True)

    assert judged.missing == ("clin.ambulatory", "clin.deficit_progressing", "clin.deficit_onset_hours")
    assert _judge(raw, sphincter=False).missing == ()
    assert _judge({"is": {"clin.radiosensitivity": "sensitive"}}).missing == ("clin.histology",)
    assert _judge({"is": {"clin.radiosensitivity": "sensitive"}}, histology="other").missing == (
        "clin.radiosensitivity",
    )


def test_reasons() -> None:
    """Reasons name the conditions that hold, with value and origin, and leave out those that do not."""
    raw = {
        "any": [{"is": {"clin.sphincter": True}}, {"is": {"clin.ambulatory": True}}, {"not": {"known": "clin.ecog"}}]
    }

    assert list(_judge(raw, sphincter=True, ambulatory=False).reasons()) == [
        "New sphincter disturbance: yes (clinician)",
        "ECOG: not known",
    ]
