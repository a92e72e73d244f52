"""Labels and places -> words on a picture: each where it hides no other, with a line back to what it names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from spineseg.reporting.outlines import Structure

WHITE = (255, 255, 255)
BLACK = (0, 0, 0)
TEXT = 17  # pixels
TITLE_TEXT = 21  # pixels
PADDING = 10  # pixels
_LABEL_RINGS = 6  # how many lines of text away a label may be moved [P]
_LEADER_EDGE = 30.0  # beside the orientation letter [pixels]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leader:
    """A name at the edge of a picture with a line to what it names.

    Parameters
    ----------
    at
        What is named: row, column [pixels].
    """

    text: str
    at: tuple[float, float]
    on_left: bool


def draw_leaders(picture: NDArray[np.uint8], leaders: Sequence[Leader]) -> NDArray[np.uint8]:
    """Write each name at its edge with a line to its place; names of one side stand in the order of their places."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    for on_left in (True, False):
        side = sorted((one for one in leaders if one.on_left is on_left), key=lambda one: one.at[0])
        rows = _spread([one.at[0] for one in side], (3.0 * TEXT, image.height - 3.0 * TEXT))
        for one, row in zip(side, rows, strict=True):
            width = font(TEXT).getlength(one.text)
            edge = _LEADER_EDGE + width if on_left else image.width - _LEADER_EDGE - width
            gap = 5 if on_left else -5
            draw.line([(edge + gap, row), (one.at[1], one.at[0])], fill=BLACK, width=3)
            draw.line([(edge + gap, row), (one.at[1], one.at[0])], fill=WHITE, width=1)
            write(draw, (edge, row), one.text, anchor="rm" if on_left else "lm")
    return np.asarray(image)


def _spread(wanted: Sequence[float], limits: tuple[float, float]) -> list[float]:
    """Rows near those wanted, in their order, a line of text apart at least [pixels]."""
    step = 2.0 * TEXT
    rows: list[float] = []
    for row in wanted:
        rows.append(max(row, rows[-1] + step if rows else limits[0]))
    for place in range(len(rows) - 1, -1, -1):
        rows[place] = min(rows[place], limits[1] if place == len(rows) - 1 else rows[place + 1] - step)
    return rows


def draw_label(
    draw: ImageDraw.ImageDraw,
    structure: Structure,
    size: tuple[int, int],
    placed: list[tuple[float, float, float, float]],
) -> None:
    """Write a structure's label at its place, or at the nearest one where it hides no other, with a line back."""
    if not structure.label:
        return
    column = float(np.clip(structure.anchor[1], 30, size[0] - 30))
    row = float(np.clip(structure.anchor[0], 2 * TEXT, size[1] - 2 * TEXT))
    rgb = structure.rgb if structure.name else WHITE
    boxes = (
        (place, draw.textbbox(place, structure.label, font=font(TEXT), anchor="mm"))
        for place in _places_around((column, row))
    )
    free = (
        (place, box) for place, box in boxes if _inside(box, size) and not any(_overlap(box, other) for other in placed)
    )
    at = (column, row), draw.textbbox((column, row), structure.label, font=font(TEXT), anchor="mm")
    place, box = next(free, at)
    placed.append(box)
    if np.hypot(place[0] - column, place[1] - row) > 2 * TEXT:
        draw.line([place, (column, row)], fill=BLACK, width=4)
        draw.line([place, (column, row)], fill=rgb, width=2)
    write(draw, place, structure.label, anchor="mm", rgb=rgb)


def _places_around(place: tuple[float, float]) -> Iterator[tuple[float, float]]:
    """Column and row of a place and of the points around it, nearest first, to the sides before up and down."""
    yield place
    for ring in range(1, _LABEL_RINGS + 1):
        reach = ring * TEXT
        for across, down in ((0.0, 1.0), (0.0, -1.0), (2.0, 0.0), (-2.0, 0.0), (2.0, 1.0), (2.0, -1.0), (-2.0, 1.0),
                             (-2.0, -1.0)):  # fmt: skip
            yield place[0] + across * reach, place[1] + down * reach


def _inside(box: tuple[float, float, float, float], size: tuple[int, int]) -> bool:
    return box[0] >= 2 and box[1] >= TEXT and box[2] <= size[0] - 2 and box[3] <= size[1] - TEXT


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def write(
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    *,
    anchor: str,
    size: int = TEXT,
    rgb: tuple[int, int, int] = WHITE,
) -> None:
    """Text with a dark rim, legible on any grey."""
    draw.text(place, text, fill=rgb, font=font(size), anchor=anchor, stroke_width=2, stroke_fill=BLACK)


def text_width(title: str, *others: str) -> int:
    """Width that a title and lines of text take, with padding [pixels]."""
    widths = [font(TITLE_TEXT).getlength(title), *(font(TEXT).getlength(text) for text in others)]
    return int(max(widths)) + 2 * PADDING


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own font, which is on every machine."""
    return ImageFont.load_default(size=size)
