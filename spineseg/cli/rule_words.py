"""Rule -> lines of plain words: its condition as a tree, what speaks against it, its sources with their citations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from spineseg.reporting.option_words import STATUS_WORDS, TOPIC_WORDS, URGENCY_WORDS

if TYPE_CHECKING:
    from spineseg.treatment import Rule, Ruleset
    from spineseg.treatment.conditions import Condition

LAYER_WORDS = {
    "L0": "quality of the data",
    "L1": "emergency",
    "L2": "diagnosis",
    "L3": "mechanical stability",
    "L4": "local treatment",
    "L5": "systemic treatment",
    "L6": "palliative and interventional",
    "L7": "rehabilitation, surveillance, tumour board",
}
_OPERATORS = {"all": "all of", "any": "any of", "not": "not", "at_least": "is at least", "at_most": "is at most"}
_ENDS = {"worst": "the worst end of a range counts", "both": "both ends of a range must agree"}
# What of a publication was read while the rule was written.
_SEEN = {"memory": "not read, to be checked", "secondary": "read in a secondary source"}


def rule_lines(rule: Rule, ruleset: Ruleset) -> Iterator[str]:
    """Everything about a rule, for a terminal."""
    site = ", rule of this site" if rule.site else ""
    yield f"{rule.id}, version {rule.version} of {rule.date}, file {rule.file}{site}"
    yield f"  {STATUS_WORDS[rule.status]}, {URGENCY_WORDS[rule.urgency]}: {rule.text}"
    yield f"  layer {rule.layer.value} ({LAYER_WORDS[rule.layer.value]}), {TOPIC_WORDS[rule.topic].lower()}"
    yield f"  strength {rule.strength.value.replace('_', ' ')}, {verified_words(rule)}"
    yield f"  if ({_ENDS[rule.ends.value]})"
    yield from (f"    {line}" for line in condition_lines(rule.when))
    for raised in rule.escalations:
        yield f"  {URGENCY_WORDS[raised.urgency]} if"
        yield from (f"    {line}" for line in condition_lines(raised.when))
    for block in rule.blocked_by:
        yield f"  spoken against ({block.text}) if"
        yield from (f"    {line}" for line in condition_lines(block.when))
    yield from (f"  {line}" for line in relation_lines(rule))
    yield "  sources"
    yield from (f"    {source_words(key, ruleset)}" for key in rule.sources)


def condition_lines(condition: Condition, depth: int = 0) -> Iterator[str]:
    """A condition as a tree, two spaces a step."""
    indent = "  " * depth
    operator = _OPERATORS.get(condition.operator.value, condition.operator.value)
    if condition.spec is None:
        yield f"{indent}{operator}"
    else:
        # A named condition is written as `is`; what it stands for follows below it.
        word = "is" if operator == "named" else operator
        expected = "" if condition.expected == word else f" {condition.expected}"
        yield f"{indent}{condition.spec.label} ({condition.spec.name}) {word}{expected}"
    for part in condition.parts:
        yield from condition_lines(part, depth + 1)


def relation_lines(rule: Rule) -> Iterator[str]:
    """What a rule has to do with other rules, and what its readers should know."""
    if rule.overrides:
        yield f"speaks against {', '.join(rule.overrides)}"
    if rule.holds:
        yield f"holds back the options of {', '.join(layer.value for layer in rule.holds)}"
    for conflict in rule.conflicts:
        yield f"pulls the other way: {conflict.rule_id}, {conflict.reason}"
    if rule.needs_histology:
        yield "waits while the histology is unknown"
    if rule.correction:
        yield f"corrects the source text: {rule.correction}"
    if rule.note:
        yield f"note: {rule.note}"


def source_words(key: str, ruleset: Ruleset) -> str:
    """A source in words: the sentence, or the citation with what of it was read."""
    if key in ruleset.sentences:
        return f"{key} (source text): {ruleset.sentences[key]}"
    source = ruleset.sources.get(key)
    if source is None:
        return key
    link = f" {source.link}" if source.link else ""
    return f"{key}: {source.citation}{link} ({_SEEN.get(source.seen, f'{source.seen} read')})"


def verified_words(rule: Rule) -> str:
    """Whether a clinician has checked the rule."""
    return "checked by a clinician" if rule.verified else "not checked by a clinician"
