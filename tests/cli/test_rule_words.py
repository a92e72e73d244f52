from __future__ import annotations

from dataclasses import replace

from spineseg.cli.rule_words import LAYER_WORDS, condition_lines, rule_lines, source_words
from spineseg.domain.recommendation import Layer
from spineseg.treatment import load_ruleset

RULESET = load_ruleset()


def test_every_layer_has_its_words() -> None:
    """No layer is shown as its code alone."""
    assert set(LAYER_WORDS) == {layer.value for layer in Layer}


def test_every_fact_of_every_rule_is_in_its_tree() -> None:
    """The tree of a condition names each fact that the rule rests on."""
    for rule in RULESET.rules.values():
        tree = "\n".join(condition_lines(rule.when))
        assert all(f"({name})" in tree for name in rule.when.facts()), rule.id


def test_a_rule_is_whole() -> None:
    """Text, urgency, contra-indications, relations and every source of every rule are among its lines."""
    for rule in RULESET.rules.values():
        told = "\n".join(rule_lines(rule, RULESET))
        assert all(block.text in told for block in rule.blocked_by), rule.id
        assert all(conflict.reason in told for conflict in rule.conflicts), rule.id
        assert all(source_words(key, RULESET) in told for key in rule.sources), rule.id
        assert rule.text in told
        assert rule.correction in told


def test_a_publication_that_was_not_read_is_called_so() -> None:
    """Whoever looks at a source sees what of it was read; a key that nobody described stays a key."""
    unread = {key: replace(source, seen="memory") for key, source in RULESET.sources.items()}
    key = next(iter(unread))

    assert "not read, to be checked" in source_words(key, replace(RULESET, sources=unread))
    assert source_words("our_ward", RULESET) == "our_ward"
