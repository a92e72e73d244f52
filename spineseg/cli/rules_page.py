"""Ruleset -> docs/treatment_rules.md: every sentence of the source text with its rules, every rule with its sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from spineseg.cli.rule_words import LAYER_WORDS, condition_lines, relation_lines, source_words, verified_words
from spineseg.reporting.option_words import STATUS_WORDS, URGENCY_WORDS

if TYPE_CHECKING:
    from spineseg.treatment import Rule, Ruleset

_HEAD = """\
# Treatment rules

Made by `spineseg rules docs` from `spineseg/treatment/`; edit the YAML there and never this page.

Research use only. Not a medical device. Rules name options with reasons for a tumour board and never give an order.
"Not checked by a clinician" stands at every rule that no clinician has compared with its sources yet. Percentages of
the source text carry no source of their own; where a stronger source corrects the text, both are shown.
"""


def rules_page(ruleset: Ruleset) -> str:
    """The page in Markdown; the same rules give the same page."""
    parts = (
        [_HEAD, f"Version {ruleset.version}, {len(ruleset.rules)} rules.\n"],
        _sentences(ruleset),
        _corrections(ruleset),
        _absent(ruleset),
        _rules(ruleset),
        _publications(ruleset),
    )
    return "\n".join(line for part in parts for line in part)


def rules_of_sentence(number: str, ruleset: Ruleset) -> list[Rule]:
    """Rules that name a sentence of the source text."""
    return [rule for rule in ruleset.rules.values() if number in rule.sources]


def _sentences(ruleset: Ruleset) -> Iterator[str]:
    yield "## 1. The source text, sentence by sentence\n"
    yield "| sentence | text | rules |\n|---|---|---|"
    for number, text in ruleset.sentences.items():
        rules = rules_of_sentence(number, ruleset)
        yield _row(number, text, ", ".join(_link(rule.id) for rule in rules) or "**none**")
    yield ""


def _corrections(ruleset: Ruleset) -> Iterator[str]:
    yield "## 2. Where a stronger source corrects the text\n"
    yield "| rule | the text says | a stronger source says |\n|---|---|---|"
    for rule in ruleset.rules.values():
        if rule.correction:
            said = " ".join(ruleset.sentences[key] for key in rule.sources if key in ruleset.sentences)
            yield _row(_link(rule.id), said or "nothing", rule.correction)
    yield ""


def _absent(ruleset: Ruleset) -> Iterator[str]:
    yield "## 3. Rules of the plan that are not here\n"
    if not ruleset.absent:
        yield "None: every rule of the plan is here.\n"
        return
    yield "| rule | why |\n|---|---|"
    yield from (_row(rule_id, why) for rule_id, why in ruleset.absent.items())
    yield ""


def _rules(ruleset: Ruleset) -> Iterator[str]:
    yield "## 4. Every rule\n"
    for layer, words in LAYER_WORDS.items():
        rules = [rule for rule in ruleset.rules.values() if rule.layer.value == layer]
        if rules:
            yield f"### {layer}: {words}\n"
            for rule in rules:
                yield from _rule(rule)


def _rule(rule: Rule) -> Iterator[str]:
    yield f"#### {rule.id}\n"
    yield f"**{STATUS_WORDS[rule.status]}, {URGENCY_WORDS[rule.urgency]}:** {_plain(rule.text)}\n"
    yield from _tree("if", condition_lines(rule.when))
    for raised in rule.escalations:
        yield from _tree(f"{URGENCY_WORDS[raised.urgency]}, if", condition_lines(raised.when))
    for block in rule.blocked_by:
        yield from _tree(f"spoken against ({block.text}), if", condition_lines(block.when))
    yield "```\n"
    yield from (f"- {_plain(line)}" for line in relation_lines(rule))
    strength = rule.strength.value.replace("_", " ")
    yield f"- strength: {strength}, {verified_words(rule)}; sources: {', '.join(rule.sources)}; `{rule.file}`\n"


def _tree(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Lines of one code block; the first one opens it."""
    yield f"```text\n{title}" if title == "if" else title
    yield from (f"  {line}" for line in lines)


def _publications(ruleset: Ruleset) -> Iterator[str]:
    yield "## 5. Publications\n"
    yield '"Not read" and "secondary" are said where the publication itself was not seen.\n'
    yield from (f"- {_plain(source_words(key, ruleset))}" for key in ruleset.sources)
    yield ""


def _link(rule_id: str) -> str:
    return f"[{rule_id}](#{rule_id.lower()})"


def _row(*cells: str) -> str:
    return f"| {' | '.join(_plain(cell) for cell in cells)} |"


def _plain(text: str) -> str:
    """Text that a table row and a paragraph can hold."""
    return " ".join(text.replace("|", "\\|").split())
