"""Words, tables, JPEG -> ReportLab flowables in one look: escaped text, columns that fit, figures with legends."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Drawing, Line
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import CondPageBreak, Flowable, Image, KeepTogether, Paragraph, Spacer
from reportlab.platypus import Table as PdfTable
from reportlab.platypus.tables import TableStyle

from spineseg.reporting.outlines import Structure
from spineseg.reporting.page_tables import Table
from spineseg.reporting.page_view import Figure

FONT, BOLD = "DejaVuSansCondensed", "DejaVuSansCondensed-Bold"
PAGE_WIDTH_MM = 182.0  # A4 without margins of 14 mm
NO_GLYPH = "\ufffd"
_FONTS = Path(__file__).parent / "fonts"
_INK, _SOFT, _LINE, _WASH = (HexColor(value) for value in ("#1c2530", "#55616f", "#c3ccd5", "#eef1f4"))
WARN, WARN_WASH = HexColor("#8a4b00"), HexColor("#fff6e5")
ALERT, ALERT_WASH = HexColor("#a31515"), HexColor("#fdecec")
_WITH_HEADING_MM = 28.0  # room for a heading and the first rows under it
_CELL_PADDING_PT = 2.5
_LEGEND_BACK = HexColor("#20262c")  # lines have the colours of the picture, which is dark


@cache
def use_fonts() -> frozenset[int]:
    """Load the fonts once; characters that they can show."""
    faces = [TTFont(name, str(_FONTS / f"{name}.ttf")) for name in (FONT, BOLD)]
    for face in faces:
        registerFont(face)
    registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=FONT, boldItalic=BOLD)
    return frozenset(faces[0].face.charToGlyph) & frozenset(faces[1].face.charToGlyph)


def shown(text: str) -> str:
    """Text with a mark for each character that the fonts cannot show, so that none is lost unseen."""
    known = use_fonts()
    return "".join(one if ord(one) in known or one.isspace() else NO_GLYPH for one in text)


def style(size: float = 8.5, *, bold: bool = False, soft: bool = False, colour: Color | None = None) -> ParagraphStyle:
    """Style of a paragraph [points]."""
    return ParagraphStyle(
        "text", fontName=BOLD if bold else FONT, fontSize=size, leading=1.28 * size, spaceAfter=0.25 * size,
        textColor=colour or (_SOFT if soft else _INK), splitLongWords=1,
    )  # fmt: skip


def text(
    words: str, size: float = 8.5, *, bold: bool = False, soft: bool = False, colour: Color | None = None
) -> Flowable:
    """A paragraph of plain words."""
    return Paragraph(escape(shown(words)), style(size, bold=bold, soft=soft, colour=colour))


def labelled(label: str, words: str, size: float = 8.0) -> Flowable:
    """A paragraph that opens with its label in bold."""
    return Paragraph(f"<b>{escape(shown(label))}:</b> {escape(shown(words))}", style(size, soft=True))


def heading(words: str, size: float = 11.5) -> list[Flowable]:
    """A heading that is not the last thing on a page."""
    own = ParagraphStyle(
        "heading", fontName=BOLD, fontSize=size, leading=1.25 * size, spaceBefore=0.7 * size, spaceAfter=0.3 * size,
        textColor=_INK,
    )  # fmt: skip
    return [CondPageBreak(_WITH_HEADING_MM * mm), Paragraph(escape(shown(words)), own)]


def box(parts: Sequence[Flowable], *, line: Color, wash: Color) -> Flowable:
    """Paragraphs in a frame of their own."""
    framed = PdfTable([[list(parts)]], colWidths=[PAGE_WIDTH_MM * mm])
    framed.setStyle(TableStyle([("BOX", (0, 0), (-1, -1), 1.0, line), ("BACKGROUND", (0, 0), (-1, -1), wash)]))
    return KeepTogether([framed, Spacer(1, 2 * mm)])


def listing(texts: Sequence[str]) -> list[Flowable]:
    """One paragraph an entry, with a bullet."""
    own = ParagraphStyle(
        "entry", fontName=FONT, fontSize=8.5, leading=11, leftIndent=10, bulletIndent=2, spaceAfter=1.5, textColor=_INK
    )
    return [Paragraph(escape(shown(one)), own, bulletText="•") for one in texts]


def table(content: Table, empty: str = "", *, width_mm: float = PAGE_WIDTH_MM, size: float = 7.6) -> Flowable:
    """A table whose columns have the width that their words ask for; `empty` where it has no row."""
    if not content.rows:
        return text(empty)
    cells = [[text(one, size, bold=True) for one in content.header]]
    cells += [[text(one, size, bold=place == 0) for place, one in enumerate(row)] for row in content.rows]
    made = PdfTable(cells, colWidths=_widths(content, width_mm * mm, size), repeatRows=1, hAlign="LEFT")
    made.setStyle(
        TableStyle([
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("BACKGROUND", (0, 0), (-1, 0), _WASH),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
            ("LEFTPADDING", (0, 0), (-1, -1), _CELL_PADDING_PT),
            ("RIGHTPADDING", (0, 0), (-1, -1), _CELL_PADDING_PT),
            ("TOPPADDING", (0, 0), (-1, -1), 1.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.0),
        ])
    )  # fmt: skip
    return made


def figure(content: Figure, note: str, *, width_mm: float, height_mm: float) -> list[Flowable]:
    """Title, picture, legend and caption within a width; the picture within a height, too."""
    scale = min(width_mm / content.width, height_mm / content.height)
    picture = Image(io.BytesIO(content.outlined), content.width * scale * mm, content.height * scale * mm)
    picture.hAlign = "LEFT"
    caption = f"{content.caption[:1].upper()}{content.caption[1:]}. {note}".strip()
    return [
        text(content.title, bold=True), picture, Spacer(1, 1 * mm), *(_legend(content.legend, width_mm)),
        text(caption, 7.2, soft=True),
    ]  # fmt: skip


def side_by_side(columns: Sequence[Sequence[Flowable]], widths_mm: Sequence[float]) -> Flowable:
    """Flowables in columns, tops aligned."""
    widths = [width * mm for width in widths_mm]
    made = PdfTable([[list(column) for column in columns]], colWidths=widths, hAlign="LEFT")
    made.setStyle(
        TableStyle([
            ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4 * mm), ("TOPPADDING", (0, 0), (-1, -1), 0),
        ])
    )  # fmt: skip
    return made


def _legend(entries: Sequence[Structure], width_mm: float) -> list[Flowable]:
    """Sample of each line with its name, two a row."""
    if not entries:
        return []
    cells: list[Flowable] = []
    for entry in entries:
        cells += [_sample(entry), text(entry.name, 7.2)]
    cells += [Spacer(1, 1)] * (-len(cells) % 4)
    rows = [cells[start : start + 4] for start in range(0, len(cells), 4)]
    half = width_mm / 2 - 14
    made = PdfTable(rows, colWidths=[14 * mm, half * mm] * 2, hAlign="LEFT")
    made.setStyle(
        TableStyle([
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 0.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 0.5),
        ])
    )  # fmt: skip
    return [made]


def _sample(entry: Structure) -> Drawing:
    drawing = Drawing(12 * mm, 3 * mm)
    line = {"strokeColor": Color(*(one / 255 for one in entry.rgb)), "strokeWidth": 0.6 * entry.width}
    dash = None if entry.dash is None else [0.6 * part for part in entry.dash]
    drawing.add(Line(0, 1.5 * mm, 12 * mm, 1.5 * mm, strokeColor=_LEGEND_BACK, strokeWidth=3 * mm))
    drawing.add(Line(0.6 * mm, 1.5 * mm, 11.4 * mm, 1.5 * mm, strokeDashArray=dash, **line))
    return drawing


def _widths(content: Table, width_pt: float, size: float) -> list[float]:
    """Each column at least its longest word (as far as that fits), the rest shared by the length of its texts."""
    columns = list(zip(content.header, *content.rows, strict=True))
    padding = 2 * _CELL_PADDING_PT + 1
    most = width_pt / 3  # no column asks for more than a third on account of one word
    least = [min(max(_wide(word, size) for one in column for word in one.split() or [""]), most) for column in columns]
    wanted = [max(_wide(one, size) for one in column) for column in columns]
    free = width_pt - sum(least) - padding * len(columns)
    if free < 0:
        return [width_pt * one / sum(least) for one in least]
    spare = [max(full - own, 0.0) for full, own in zip(wanted, least, strict=True)]
    share = min(1.0, free / sum(spare)) if sum(spare) > 0 else 0.0
    return [own + padding + share * more for own, more in zip(least, spare, strict=True)]


def _wide(words: str, size: float) -> float:
    use_fonts()
    return float(stringWidth(words, BOLD, size))
