from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from spineseg.domain.recommendation import OptionStatus, Recommendation
from spineseg.domain.recommendation_schema import recommendation_from_json
from spineseg.reporting.option_words import NO_OPTION, UNVERIFIED, UNVERIFIED_SENTENCE
from spineseg.reporting.options import alerts_block, options_section, recommendation_text, view_options
from spineseg.reporting.wording import RESEARCH_BANNER
from tests.reporting.recommendations import ALERT, EMPTY, RECOMMENDATION, entry
from tests.reporting.test_page import ATTACK, Tags


def shown(recommendation: Recommendation) -> tuple[Tags, str]:
    """Tags and visible text of the section."""
    tags = Tags()
    tags.feed(options_section(view_options(recommendation)))
    return tags, " ".join(filter(None, tags.text))


def test_alerts_come_before_everything_else() -> None:
    """An alert stands above every option, wherever it lies in the recommendation."""
    shuffled = replace(RECOMMENDATION, options=(*RECOMMENDATION.options[1:], ALERT))

    _, text = shown(shuffled)

    others = [option.text for option in RECOMMENDATION.options if option is not ALERT]
    assert text.index(f"Alert, now: {ALERT.text}") < min(text.index(other) for other in others)


def test_every_entry_has_its_reasons_and_what_is_missing() -> None:
    """Reasons, contra-indications, missing facts as questions, conflicts, corrections and sources are all there."""
    _, text = shown(RECOMMENDATION)

    for option in RECOMMENDATION.options:
        assert option.text in text
        assert option.rule_id in text
        for part in (*option.because, *option.contra, *option.conflicts_with, *option.sources):
            assert part in text
        assert option.correction in text
    assert text.count("Does anything speak against steroids?") >= 2  # at the entry and among the questions
    assert "steroid_contra" not in text


def test_both_sides_of_a_conflict_give_their_reason() -> None:
    """Each of two entries that pull apart names the other one and why."""
    _, text = shown(RECOMMENDATION)

    assert "Pulls the other way: R050: radiosensitive histology favours radiotherapy alone" in text
    assert "Pulls the other way: R053: high-grade compression favours decompression first" in text


@pytest.mark.parametrize("verified", [False, True])
def test_the_watermark_is_there_until_the_report_is_verified(verified: bool) -> None:
    """An unverified report gives a watermark and a sentence; a verified one gives neither."""
    tags, text = shown(replace(RECOMMENDATION, verified=verified))

    marks = [attrs for _, attrs in tags.tags if attrs.get("class") == "watermark"]
    assert bool(marks) is not verified
    assert (UNVERIFIED in text) is not verified
    assert (UNVERIFIED_SENTENCE in text) is not verified


@pytest.mark.parametrize("field", ["text", "because", "contra", "conflicts_with", "correction", "sources", "strength"])
def test_no_word_becomes_markup(field: str) -> None:
    """A hostile text in any field of an entry stays text."""
    value = ATTACK if isinstance(getattr(ALERT, field), str) else (ATTACK,)
    hostile = [replace(entry("R1", status, "words"), **{field: value}) for status in OptionStatus]

    tags, text = shown(replace(RECOMMENDATION, options=tuple(hostile)))

    assert "script" not in {tag for tag, _ in tags.tags}
    assert not [attrs for _, attrs in tags.tags if "onload" in attrs]
    assert "<script>" in text


def test_a_question_says_answers_reason_and_weight() -> None:
    """Missing facts are asked by name with allowed values, why, and how many entries they decide."""
    _, text = shown(RECOMMENDATION)

    asked = text[text.index("To ask, what decides most first") :]
    assert asked.index("Which neurological deficit") < asked.index("Does anything speak against steroids?")
    assert "none, radicular, myelopathy, cauda equina" in asked
    assert "Decides urgency." in asked
    assert "3 entries, now" in asked
    assert "1 entry, now" in asked


def test_no_options_is_not_called_fine() -> None:
    """An empty recommendation says that this is no advice to do nothing."""
    _, text = shown(EMPTY)

    assert NO_OPTION in text
    assert not re.search(r"\b(normal|healthy|safe)\b", text)


def test_alerts_stand_alone_for_the_top_of_the_page() -> None:
    """The block of alerts holds every alert with its reasons and nothing else."""
    tags = Tags()
    tags.feed(alerts_block(view_options(RECOMMENDATION)))
    text = " ".join(filter(None, tags.text))

    assert f"Alert, now: {ALERT.text}" in text
    assert ALERT.because[0] in text
    assert not [option for option in RECOMMENDATION.options if option is not ALERT and option.text in text]
    assert alerts_block(view_options(EMPTY)).strip() == ""


def test_without_a_recommendation_there_is_no_section() -> None:
    """A report that no rule was applied to has no section and no alerts."""
    assert options_section(None) == ""
    assert alerts_block(None) == ""


def test_the_json_text_reads_back_whole() -> None:
    """recommendation.json holds the whole recommendation and the notice."""
    content = json.loads(recommendation_text(RECOMMENDATION))

    assert content["notice"] == RESEARCH_BANNER
    assert recommendation_from_json(content) == RECOMMENDATION
