from __future__ import annotations

import time

from spineseg.domain.recommendation import OptionStatus, Topic
from spineseg.treatment import load_ruleset, recommend
from tests.treatment.cases import clinical_of, findings_of

RENAL = {"clin.histology": "renal", "clin.tumour_class": "metastatic", "clin.prior_rt_level": False,
         "clin.neuro_deficit": "none", "clin.operable_fitness": True, "clin.life_expectancy_months": 12,
         "clin.single_area": True}  # fmt: skip
# The limit for all rules [s].
LIMIT_S = 0.050


def test_lesions_are_named() -> None:
    """An entry names the lesions it is about, and lesions of one rule share an entry."""
    found = findings_of({"lesions": [{"escc": "3"}, {"escc": "2"}, {"escc": "0"}]})

    options = {option.rule_id: option for option in recommend(found, clinical_of(RENAL), load_ruleset()).options}

    assert options["R053"].lesions == (1, 2)
    assert options["R051"].lesions == (3,)
    assert options["R002"].lesions == () if "R002" in options else True
    assert options["R053"].because[-1] == "Approximate ESCC: 3 (report)"


def test_conflicts_are_shown_on_both_sides() -> None:
    """Two entries that pull apart name each other, with the same reason."""
    facts = {"clin.neuro_deficit": "myelopathy", "clin.deficit_progressing": True, "clin.histology": "myeloma",
             "clin.prior_rt_level": False}  # fmt: skip

    options = {
        option.rule_id: option
        for option in recommend(findings_of({"lesions": [{"escc": "3"}]}), clinical_of(facts), load_ruleset()).options
    }

    (there,) = [one for one in options["R010"].conflicts_with if one.startswith("R050")]
    (back,) = [one for one in options["R050"].conflicts_with if one.startswith("R010")]
    assert there.split(": ", 1)[1] == back.split(": ", 1)[1]


def test_facts_are_listed_in_order() -> None:
    """Known facts come in the order of LMNOP with their origin; lesion facts carry their lesion."""
    result = recommend(findings_of({"lesions": [{"escc": "3"}]}), clinical_of(RENAL), load_ruleset(), verified=True)

    topics = [list(Topic).index(fact.topic) for fact in result.facts]
    assert topics == sorted(topics)
    assert {fact.name: fact.lesion for fact in result.facts}["img.escc"] == 1
    assert {fact.name: fact.lesion for fact in result.facts}["clin.histology"] is None
    assert result.verified


def test_spoken_against_says_so() -> None:
    """An option that is spoken against is not worded like one that is offered."""
    facts = {**RENAL, "clin.operable_fitness": False}

    options = recommend(findings_of({"lesions": [{"escc": "3"}]}), clinical_of(facts), load_ruleset()).options

    (avoided,) = [option for option in options if option.rule_id == "R053"]
    assert avoided.status is OptionStatus.AVOID
    assert avoided.text.startswith("Spoken against here:")
    assert "Unfit" in avoided.contra[0]


def test_quick() -> None:
    """All rules over three lesions take less than 50 ms of this process."""
    found, clinical = findings_of({"lesions": [{"escc": "3"}, {"escc": "1c"}, {"escc": "0"}]}), clinical_of(RENAL)
    recommend(found, clinical, load_ruleset())

    seconds = []
    for _ in range(5):
        start = time.process_time()
        recommend(found, clinical, load_ruleset())
        seconds.append(time.process_time() - start)

    assert min(seconds) < LIMIT_S
