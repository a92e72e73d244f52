from __future__ import annotations

import dataclasses

import pytest

from spineseg.treatment import load_ruleset

RULES = load_ruleset().rules


def test_what_a_rule_looks_at() -> None:
    """Rules over lesions, over the patient and over outputs are told apart by their facts."""
    assert RULES["R010"].per_lesion
    assert not RULES["R018"].per_lesion
    assert RULES["R057"].about_outputs
    assert not RULES["R051"].about_outputs


def test_emergency() -> None:
    """Alerts of the first layer are emergency rules; the options beside them are not."""
    emergency = {name for name, rule in RULES.items() if rule.emergency}

    assert emergency == {"R010", "R011", "R012", "R017", "R018", "R019", "R110", "R111", "R112"}


def test_frozen() -> None:
    """A rule cannot change after it was read."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        RULES["R010"].text = ""  # type: ignore[misc] # the assignment is what must fail


def test_nobody_has_verified_them_yet() -> None:
    """No rule claims that a clinician checked it: that is set by hand when it happens."""
    assert [name for name, rule in RULES.items() if rule.verified] == []
