"""PageView -> report.pdf: the content of report.html on A4 pages; the same bytes for the same content."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Spacer

from spineseg.reporting.option_words import UNVERIFIED
from spineseg.reporting.page_review import Review
from spineseg.reporting.page_tables import Table
from spineseg.reporting.page_view import Figure, PageView
from spineseg.reporting.pdf_options import alert_boxes, options_story
from spineseg.reporting.pdf_parts import (
    FONT,
    NO_GLYPH,
    PAGE_WIDTH_MM,
    WARN,
    WARN_WASH,
    box,
    figure,
    heading,
    labelled,
    listing,
    shown,
    side_by_side,
    table,
    text,
    use_fonts,
)
from spineseg.reporting.wording import RESEARCH_BANNER, SHORT_BANNER

PDF_FILE = "report.pdf"
TITLE = "spineseg report - research use only"
_MARGIN_MM = 14.0
_HEAD_MM = 5.0  # for the line that names the patient
_FOOT_MM = 5.0  # for the line under the page
_LEVELS_NOTE = "A question mark after a level says that its name is assumed; V1, V2, ... are vertebrae without a name."
_EVIDENCE_NOTE = "Broken lines are what was expected without the lesion, solid lines what was found."
_OVERVIEW_ROW_MM = (68.0, 114.0)  # the overview is high and narrow
_PICTURE_HEIGHT_MM = 118.0  # of the overview; leaves the headline its place on the first page


def render_pdf(view: PageView) -> bytes:
    """The report as a PDF file without any date of its own making.

    The time of the analysis is left out: the same input gives the same file on every run.
    """
    use_fonts()
    buffer = io.BytesIO()
    document = BaseDocTemplate(buffer, pagesize=A4, title=TITLE, author="spineseg", creator="spineseg", invariant=1)
    body = Frame(
        _MARGIN_MM * mm, (_MARGIN_MM + _FOOT_MM) * mm, PAGE_WIDTH_MM * mm,
        A4[1] - (2 * _MARGIN_MM + _HEAD_MM + _FOOT_MM) * mm, leftPadding=0, rightPadding=0, topPadding=0,
        bottomPadding=0,
    )  # fmt: skip

    def decorate(canvas: Canvas, _: BaseDocTemplate) -> None:
        _draw_frame(canvas, view)

    document.addPageTemplates([PageTemplate(frames=[body], onPage=decorate)])
    document.build(list(_story(view)))
    return buffer.getvalue()


def _draw_frame(canvas: Canvas, view: PageView) -> None:
    """Who it is about at the top of every page, what it is worth at the bottom, and a watermark under the words."""
    width, height = A4
    canvas.saveState()
    canvas.setFillColorRGB(0.97, 0.94, 0.9)
    canvas.setFont(FONT, 84)
    canvas.translate(width / 2, height / 2)
    canvas.rotate(52)
    canvas.drawCentredString(0, -28, UNVERIFIED)
    canvas.rotate(-52)
    canvas.translate(-width / 2, -height / 2)
    canvas.setFillColorRGB(0.33, 0.38, 0.44)
    canvas.setFont(FONT, 7.5)
    named = ", ".join(f"{name} {value}" for name, value in view.patient[:5])
    canvas.drawString(_MARGIN_MM * mm, height - _MARGIN_MM * mm, shown(_shortened(named)))
    canvas.setStrokeColorRGB(0.76, 0.8, 0.84)
    canvas.line(
        _MARGIN_MM * mm, height - (_MARGIN_MM + 2) * mm, width - _MARGIN_MM * mm, height - (_MARGIN_MM + 2) * mm
    )
    canvas.drawString(_MARGIN_MM * mm, _MARGIN_MM * mm, f"spineseg. {SHORT_BANNER}. Not a medical device.")
    canvas.drawRightString(width - _MARGIN_MM * mm, _MARGIN_MM * mm, f"Page {canvas.getPageNumber()}")
    canvas.restoreState()


def _shortened(words: str) -> str:
    """As much as one line holds."""
    return words if len(words) <= 130 else f"{words[:127]}..."  # of 7.5 points on 182 mm


def _story(view: PageView) -> Iterator[Flowable]:
    yield from _opening(view)
    yield from alert_boxes(view.options)
    yield from _pictures(view.figures)
    yield from heading("Suspected lesions, worst first")
    yield table(view.lesions, "No lesion is in the result. This is not evidence that there is none.", size=7.0)
    for place, review in enumerate(view.reviews):
        yield from _review(review, view.review_figures.get(place))
    yield from heading("Comparison with a prior study")
    yield from listing(view.comparison)
    yield from heading("Not assessed, or in doubt")
    yield from listing(view.missing or ("No limitation was noted. The images themselves still have to be read.",))
    yield from options_story(view.options)
    for title, details in view.lesion_details:
        yield from heading(f"{title}: every measurement")
        yield table(details)
    yield from heading("Levels, from the head downwards")
    yield table(view.levels, "No level was found.", size=7.0)
    yield from heading("Series used")
    yield table(view.used, "No series was analysed.")
    yield from heading("Series not used")
    yield table(view.refused, "None is listed.")
    yield from heading("Method and files")
    yield table(view.algorithm)
    yield Spacer(1, 2 * mm)
    yield table(view.files)
    yield text("When the analysis ran is told by report.html and run.json.", soft=True)
    yield box([text(RESEARCH_BANNER, bold=True)], line=WARN, wash=WARN_WASH)


def _opening(view: PageView) -> Iterator[Flowable]:
    yield box([text(RESEARCH_BANNER, bold=True)], line=WARN, wash=WARN_WASH)
    yield text("SPINESEG REPORT, AUTOMATIC AND UNVERIFIED", 7.5, soft=True)
    yield text(view.headline, 15, bold=True)
    yield text(view.summary, 10)
    if view.agreement:
        yield text(
            f"ESCC = epidural spinal cord compression scale, computed approximately; {view.agreement}. "
            "A result without a lesion is not evidence that there is none.",
            soft=True,
        )
    rows = tuple(value for _, value in view.patient)
    yield table(Table(header=tuple(name for name, _ in view.patient), rows=(rows,)))
    if any(NO_GLYPH in shown(value) for value in rows):
        yield text(f"{NO_GLYPH} stands for a character that this file cannot show; report.html has it.", soft=True)
    yield Spacer(1, 2 * mm)


def _pictures(figures: Sequence[Figure]) -> Iterator[Flowable]:
    """Two a row: the overview beside the worst lesion, then the others."""
    yield from heading("Pictures")
    for start in range(0, len(figures), 2):
        widths = _OVERVIEW_ROW_MM if start == 0 else (PAGE_WIDTH_MM / 2, PAGE_WIDTH_MM / 2)
        pairs = list(zip(figures[start : start + 2], widths, strict=False))
        columns = [
            figure(one, _LEVELS_NOTE if one is figures[0] else "", width_mm=width - 5, height_mm=_PICTURE_HEIGHT_MM)
            for one, width in pairs
        ]
        yield side_by_side(columns, [width for _, width in pairs])


def _review(review: Review, picture: Figure | None) -> Iterator[Flowable]:
    yield from heading(f"{review.title}, for the reviewer")
    if picture is not None:
        yield side_by_side([figure(picture, _EVIDENCE_NOTE, width_mm=125, height_mm=80)], [PAGE_WIDTH_MM])
    yield from heading(review.numbers.title, 9)
    yield table(review.numbers.table)
    yield text(review.numbers.note, 7.6, soft=True)
    for part in review.parts:
        yield from heading(part.title, 9)
        yield table(part.table)
        if part.note:
            yield labelled("Note", part.note, 7.6)
