from __future__ import annotations

import re

import pytest

from spineseg.domain.recommendation import OptionStatus
from spineseg.treatment import facts_from_findings, load_ruleset
from spineseg.treatment.facts import merge
from spineseg.treatment.wording import filled, text_mistake
from tests.treatment.cases import clinical_of, findings_of

RULES = load_ruleset().rules.values()
DOSE = re.compile(r"\d+ ?(mg|Gy)\b")


@pytest.mark.parametrize("word", ["treat", "must", "safe", "administer"])
def test_forbidden(word: str) -> None:
    """Words that order or promise are refused; words that contain them are not."""
    assert word in text_mistake(f"One could {word} this.")
    assert text_mistake("Discuss the treatment and its unsafety.") == ""


def test_options_invite() -> None:
    """Every option says consider, discuss, option or candidate, or calls something the mainstay to discuss."""
    options = [rule for rule in RULES if rule.status is OptionStatus.OPTION]

    assert [rule.id for rule in options if not re.search(r"consider|discuss", rule.text, re.IGNORECASE)] == []


def test_no_bare_dose() -> None:
    """A rule that names a dose rests on a publication, not on the source text alone."""
    dosed = [rule for rule in RULES if DOSE.search(rule.text + rule.correction)]

    assert dosed
    assert [rule.id for rule in dosed if all(re.fullmatch(r"S\d\d", key) for key in rule.sources)] == []


def test_filled() -> None:
    """Facts stand in the text in words; one that is not known says so."""
    view = merge(facts_from_findings(findings_of({"lesions": [{"escc": ["1b", "1c", "2"]}]})), clinical_of({}))[0]

    assert filled("ESCC {img.escc}, WBB {img.wbb_layers}", view) == "ESCC 1c (range 1b to 2), WBB not known"
    assert "not a fact" in text_mistake("{img.esc}")


def test_no_lesion_found_is_not_unknown() -> None:
    """Without a lesion the text says so of what is measured on lesions; the clinic's facts stay not known."""
    view = merge(facts_from_findings(findings_of({"levels": ["T8"]})), clinical_of({}))[0]

    said = filled("ESCC: {img.escc}; neurology: {clin.neuro_deficit}", view)

    assert said == "ESCC: no lesion found; neurology: not known"
