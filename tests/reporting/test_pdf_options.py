"""Tests of spineseg.reporting.pdf_options."""

from __future__ import annotations

from collections.abc import Iterator

from reportlab.platypus import Flowable, KeepTogether, Paragraph
from reportlab.platypus import Table as PdfTable

from spineseg.reporting.option_words import NO_OPTION
from spineseg.reporting.options import view_options
from spineseg.reporting.pdf_options import alert_boxes, options_story
from tests.reporting.recommendations import ALERT, EMPTY, RECOMMENDATION


def paragraphs(flowables: Iterator[object]) -> Iterator[str]:
    """Words of all paragraphs, also of those in boxes and tables."""
    for one in flowables:
        if isinstance(one, Paragraph):
            yield one.getPlainText()
        elif isinstance(one, KeepTogether):
            yield from paragraphs(iter(one._content))
        elif isinstance(one, PdfTable):
            for row in one._cellvalues:
                for cell in row:
                    yield from paragraphs(iter(cell if isinstance(cell, list | tuple) else [cell]))


def told(story: Iterator[Flowable]) -> str:
    """All words."""
    return " ".join(" ".join(paragraphs(story)).split())


def test_every_entry_stands_with_its_reasons() -> None:
    """Text, rule, reasons for and against, corrections and questions: nothing that the page has is missing."""
    words = told(options_story(view_options(RECOMMENDATION)))

    for option in RECOMMENDATION.options:
        for part in (option.text, option.rule_id, *option.because, *option.contra, *option.conflicts_with):
            assert part in words
        assert option.correction in words
    for question in RECOMMENDATION.questions:
        assert question.text in words


def test_alerts_stand_alone_for_the_first_page() -> None:
    """Only alerts, with their reasons."""
    words = told(alert_boxes(view_options(RECOMMENDATION)))

    assert f"Alert, now: {ALERT.text}" in words
    assert not [one for one in RECOMMENDATION.options if one is not ALERT and one.text in words]


def test_nothing_to_say_is_said_and_no_recommendation_is_nothing() -> None:
    """An empty recommendation is no advice to do nothing; a report without rules has no section."""
    assert NO_OPTION in told(options_story(view_options(EMPTY)))
    assert list(options_story(None)) == list(alert_boxes(None)) == []
