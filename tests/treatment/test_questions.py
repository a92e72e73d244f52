from __future__ import annotations

from spineseg.domain.recommendation import Urgency
from spineseg.treatment import load_ruleset, recommend
from spineseg.treatment.rules import URGENCIES
from tests.treatment.cases import clinical_of, findings_of


def test_most_deciding_first() -> None:
    """Questions are ranked by how many entries wait for them; each names its rules, its values and why."""
    questions = recommend(findings_of({"lesions": [{"escc": "0"}]}), clinical_of({}), load_ruleset()).questions

    keys = [(-len(one.decides), URGENCIES.index(one.urgency)) for one in questions]
    assert keys == sorted(keys)
    first = {one.fact: one for one in questions}
    assert questions[0].fact in ("clin.histology", "clin.tumour_class")
    assert first["clin.neuro_deficit"].urgency is Urgency.E0
    assert "R010" not in first["clin.pain"].decides
    assert first["clin.pain"].allowed == ("none", "biologic", "mechanical", "radicular")
    assert all(one.text and one.why and one.allowed for one in questions)


def test_known_facts_are_not_asked() -> None:
    """A fact that was given is no question any more."""
    clinical = clinical_of({"clin.neuro_deficit": "none", "clin.histology": "other"})

    asked = {one.fact for one in recommend(findings_of({}), clinical, load_ruleset()).questions}

    assert not asked & {"clin.neuro_deficit", "clin.histology"}
    assert "clin.tumour_class" in asked
