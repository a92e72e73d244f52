from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from spineseg.cli import main
from spineseg.cli.rules_page import rules_of_sentence, rules_page
from spineseg.treatment import load_ruleset

PUBLISHED = Path(__file__).resolve().parents[2] / "docs" / "treatment_rules.md"


def test_the_published_page_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    """docs/treatment_rules.md is what the rules give; make it again with `spineseg rules docs`."""
    main(["rules", "docs"])

    assert capsys.readouterr().out == PUBLISHED.read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [f"S{number:02d}" for number in range(1, 31)])
def test_every_sentence_of_the_source_has_a_rule(number: str) -> None:
    """S01 to S30: each sentence of the source text is behind at least one rule."""
    ruleset = load_ruleset()

    assert number in ruleset.sentences
    assert rules_of_sentence(number, ruleset)


def test_a_sentence_without_a_rule_is_not_hidden() -> None:
    """The table says "none" where no rule names a sentence."""
    ruleset = load_ruleset()

    page = rules_page(replace(ruleset, sentences={"S99": "Nobody has a rule for this."}))

    assert "| S99 | Nobody has a rule for this. | **none** |" in page


def test_every_rule_and_publication_is_on_the_page() -> None:
    """Each rule has its heading once, each publication its line, each code block its end."""
    ruleset = load_ruleset()
    page = rules_page(ruleset)

    assert re.findall(r"^#### (\S+)$", page, re.MULTILINE).count("R053") == 1
    assert set(re.findall(r"^#### (\S+)$", page, re.MULTILINE)) == set(ruleset.rules)
    assert all(f"- {key}: " in page for key in ruleset.sources)
    assert page.count("```") == 2 * len(ruleset.rules)


def test_corrections_stand_beside_what_they_correct() -> None:
    """Where a stronger source corrects the text, both are shown."""
    ruleset = load_ruleset()
    page = rules_page(ruleset)
    corrected = [rule for rule in ruleset.rules.values() if rule.correction]

    assert corrected
    table = page[page.index("## 2.") : page.index("## 3.")]
    assert all(rule.correction in table for rule in corrected)
    assert all(f"[{rule.id}]" in table for rule in corrected)
