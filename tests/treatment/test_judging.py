from __future__ import annotations

from typing import Any

from spineseg.domain.recommendation import OptionStatus, Urgency
from spineseg.treatment import facts_from_findings, load_ruleset
from spineseg.treatment.facts import merge
from spineseg.treatment.judging import Verdict, judge_view
from tests.treatment.cases import clinical_of, findings_of


def _verdicts(findings: dict[str, Any], clinical: dict[str, Any]) -> dict[str, Verdict]:
    facts = facts_from_findings(findings_of(findings))
    return judge_view(load_ruleset().rules, merge(facts, clinical_of(clinical))[0])


RENAL = {"clin.histology": "renal", "clin.tumour_class": "metastatic", "clin.prior_rt_level": False}


def test_crossing_gives_no_option() -> None:
    """A range that crosses a threshold leaves the options on both sides open, and asks for the grade."""
    verdicts = _verdicts({"lesions": [{"escc": ["1b", "1c", "2"]}]}, RENAL)

    assert [verdicts[name].status for name in ("R051", "R052", "R053")] == [None, None, None]
    assert verdicts["R053"].missing == ("img.escc",)


def test_escalation() -> None:
    """Urgency is raised where the further condition holds, and not where it is unknown."""
    plain = _verdicts({"lesions": [{"escc": "undetermined"}]}, {})["R005"]
    raised = _verdicts({"lesions": [{"escc": "undetermined"}]}, {"clin.neuro_deficit": "radicular"})["R005"]

    assert (plain.urgency, raised.urgency) == (Urgency.ROUTINE, Urgency.E1)


def test_hold() -> None:
    """While images are nondiagnostic later options wait for them, and emergency options do not."""
    verdicts = _verdicts(
        {}, {**RENAL, "clin.neuro_deficit": "myelopathy", "img.compartment": "extradural", "img.escc": "0"}
    )

    assert verdicts["R051"].status is OptionStatus.BLOCKED_PENDING
    assert verdicts["R051"].missing == ("img.quality",)
    assert verdicts["R037"].status is OptionStatus.OPTION


def test_override() -> None:
    """A rule that holds speaks against another, one that is open makes it wait, one that fails leaves it alone."""
    benign = {"clin.tumour_class": "benign", "clin.symptomatic": False, "clin.neuro_deficit": "none",
              "img.cord_displaced": False, "clin.syndrome": "none", "clin.new_symptom": False,
              "clin.histology": "schwannoma"}  # fmt: skip
    verdicts = [_verdicts({"lesions": [{"escc": "0"}]}, {**benign, **more})["R090"]
                for more in ({"clin.enneking": "S3"}, {}, {"clin.enneking": "S2"})]  # fmt: skip

    assert [one.status for one in verdicts] == [OptionStatus.AVOID, OptionStatus.BLOCKED_PENDING, OptionStatus.OPTION]
    assert "R048" in verdicts[0].contra[0]
    assert verdicts[1].missing == ("clin.enneking",)


def test_outputs() -> None:
    """Rules about outputs see options that wait as well as those that are given."""
    verdicts = _verdicts({"lesions": [{"escc": "0"}]}, {"clin.histology": "renal", "clin.tumour_class": "metastatic"})

    assert verdicts["R051"].status is OptionStatus.BLOCKED_PENDING
    assert verdicts["R057"].status is OptionStatus.INFO
