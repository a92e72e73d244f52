"""Tests of spineseg.reporting.pdf."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from reportlab.pdfgen import canvas as pdf_canvas

from spineseg.reporting.page_view import PageView
from spineseg.reporting.pdf import render_pdf
from spineseg.reporting.wording import RESEARCH_BANNER
from tests.reporting.recommendations import RECOMMENDATION
from tests.reporting.samples import Sample
from tests.reporting.test_page_view import make_view


@pytest.fixture(scope="module")
def view(sample: Sample) -> PageView:
    """View of the sample's report with evidence and options."""
    return make_view(sample)


def words_of(view: PageView, monkeypatch: pytest.MonkeyPatch) -> str:
    """Everything that is written on the pages, in order."""
    told: list[str] = []
    draw = pdf_canvas.Canvas.drawString

    def noting(self: object, x: float, y: float, text: str, *args: object, **more: object) -> object:
        told.append(text)
        return draw(self, x, y, text, *args, **more)

    monkeypatch.setattr(pdf_canvas.Canvas, "drawString", noting)
    shown = pdf_text_lines(monkeypatch)
    render_pdf(view)
    return re.sub(r"\s+", " ", " ".join([*told, *shown]))


def pdf_text_lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collects what paragraphs put on the page."""
    from reportlab.pdfgen.textobject import PDFTextObject

    lines: list[str] = []
    for name in ("_textOut", "textOut"):
        draw = getattr(PDFTextObject, name)

        def noting(self: object, text: str, *args: object, draw: object = draw, **more: object) -> object:
            lines.append(text)
            return draw(self, text, *args, **more)  # type: ignore[operator]

        monkeypatch.setattr(PDFTextObject, name, noting)
    return lines


def test_the_pdf_says_what_the_page_says(view: PageView, monkeypatch: pytest.MonkeyPatch) -> None:
    """Banner, headline, numbers, options and questions stand in it, and UNVERIFIED under every page."""
    words = words_of(view, monkeypatch)

    for told in (
        RESEARCH_BANNER, view.headline, "Numbers that led to the grade", "at most 1.0 mm", "Is CSF visible",
        RECOMMENDATION.options[0].text, RECOMMENDATION.questions[0].text, "Not assessed, or in doubt",
        view.missing[0],
    ):  # fmt: skip
        assert told in words
    assert view.analysed not in words


def test_the_same_content_gives_the_same_bytes(view: PageView) -> None:
    """Neither the clock nor the time of the analysis gets into the file."""
    later = replace(view, analysed="2099-01-01 00:00:00")

    first = render_pdf(view)

    assert first.startswith(b"%PDF-1.")
    assert first == render_pdf(later)
    assert first != render_pdf(replace(view, headline="Other"))


def test_the_patient_stands_on_every_page(view: PageView, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that gets lost still says whose it is, and that it is not verified."""
    told: list[str] = []
    draw = pdf_canvas.Canvas.drawString

    def noting(self: object, x: float, y: float, text: str, *args: object, **more: object) -> object:
        told.append(text)
        return draw(self, x, y, text, *args, **more)

    monkeypatch.setattr(pdf_canvas.Canvas, "drawString", noting)
    pages = render_pdf(view).count(b"/Type /Page\n") or render_pdf(view).count(b"/Type /Page ")

    named = [line for line in told if line.startswith("Patient ")]
    assert len(named) >= max(pages, 3)
    assert sum("not verified" in line.lower() for line in told) >= len(named)
