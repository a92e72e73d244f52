from __future__ import annotations

from dataclasses import replace

import pytest

from spineseg.domain.clinical import Provenance
from spineseg.domain.recommendation import OptionStatus, Topic, Urgency
from spineseg.reporting import option_words as words
from tests.reporting.recommendations import ALERT, BLOCKED, EMPTY, INFO, RECOMMENDATION


def test_every_value_has_its_words() -> None:
    """No status, urgency, letter or origin is shown as its code."""
    assert set(words.STATUS_WORDS) == set(OptionStatus)
    assert set(words.URGENCY_WORDS) == set(Urgency)
    assert set(words.TOPIC_WORDS) == set(Topic)
    assert set(words.PROVENANCE_WORDS) == set(Provenance)


def test_a_missing_fact_is_asked_for_as_a_question() -> None:
    """The words of its question, or its bare name where none is written; never an empty text."""
    assert words.missing_words(BLOCKED, RECOMMENDATION) == ("Does anything speak against steroids?",)
    assert words.missing_words(BLOCKED, EMPTY) == ("steroid contra",)


@pytest.mark.parametrize(("lesions", "text"), [((), ""), ((2,), "lesion 2"), ((1, 2, 4), "lesions 1, 2 and 4")])
def test_lesions_are_named(lesions: tuple[int, ...], text: str) -> None:
    """An entry says which lesions it is about, and nothing where it is about the patient."""
    assert words.about_words(replace(ALERT, lesions=lesions)) == text


def test_strength_never_hides_that_nobody_checked_the_rule() -> None:
    """Every unverified rule says so beside its strength; a rule of the site is called one."""
    assert words.strength_words(ALERT) == "series, rule not checked by a clinician"
    assert words.strength_words(replace(INFO, rule_verified=True)) == "series, rule of this site"
