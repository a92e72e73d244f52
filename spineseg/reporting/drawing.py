"""Grey values + structures -> pictures: outlines, names, orientation letters, scale bar; no patient data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from spineseg.domain.volume import Modality, Volume, sample_at
from spineseg.reporting.outlines import Structure
from spineseg.reporting.planes import Plane

RgbArray = NDArray[np.uint8]

WHITE = (255, 255, 255)
_BLACK = (0, 0, 0)
_GREY = (170, 170, 170)
# Level and width that show bone and canal content in one window [HU], display choice [P].
_CT_WINDOW_HU = (-350.0, 850.0)
_MR_PERCENTILES = (1.0, 99.5)
_SCALE_BAR_MM = 20.0
_OVERSAMPLING = 2
_DASH_PIXELS = 7.0
_TEXT = 17
_SMALL_TEXT = 14
_TITLE_TEXT = 21
_PADDING = 10
_LINE_HEIGHT = 1.35  # of the text size


def grey_values(volume: Volume, plane: Plane) -> NDArray[np.uint8]:
    """Volume on the plane, windowed for display: (row, column) uint8, black beyond the image."""
    outside = -1024.0 if volume.modality is Modality.CT else 0.0  # air [HU]
    values = sample_at(volume.image, plane.points, order=1, outside=outside).astype(np.float32)
    if volume.modality is Modality.CT:
        low, high = _CT_WINDOW_HU
    else:
        signal = values[values > 0]
        low, high = np.percentile(signal, _MR_PERCENTILES) if signal.size else (0.0, 1.0)
    scaled = (values - low) / max(high - low, 1e-6)
    grey: NDArray[np.uint8] = (np.clip(scaled, 0.0, 1.0) * 255).astype(np.uint8)
    return grey


def draw_plane(grey: NDArray[np.uint8], plane: Plane, structures: Sequence[Structure] = ()) -> RgbArray:
    """Picture of a plane with orientation letters and scale bar, and with outlines and names where given."""
    picture = Image.fromarray(grey).convert("RGB")
    picture = _with_outlines(picture, structures)
    draw = ImageDraw.Draw(picture)
    placed: list[tuple[float, float, float, float]] = []
    for structure in structures:
        _draw_label(draw, structure, picture.size, placed)
    _draw_letters(draw, plane, picture.size)
    _draw_scale_bar(draw, plane, picture.size)
    return np.asarray(picture)


def draw_notes(picture: RgbArray, notes: Sequence[tuple[float, str]]) -> RgbArray:
    """Write notes at the right edge, each beside its row [pixels]: what lies beside the plane."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    last = -np.inf
    for wanted, text in sorted(notes):
        row = float(np.clip(max(wanted, last + _TEXT * _LINE_HEIGHT), 3 * _TEXT, image.height - 3 * _TEXT))
        _write(draw, (image.width - _PADDING - 16, row), text, anchor="rm", size=_SMALL_TEXT)
        last = row
    return np.asarray(image)


def compose(
    panels: Sequence[RgbArray], *, title: str, subtitle: str, structures: Sequence[Structure], banner: str
) -> RgbArray:
    """One picture: title, panels side by side, legend of the line styles, banner."""
    legend = legend_entries(structures)
    header = int(_TITLE_TEXT * _LINE_HEIGHT + _TEXT * _LINE_HEIGHT) + 2 * _PADDING
    width = max(
        sum(panel.shape[1] for panel in panels) + _PADDING * (len(panels) + 1), _text_width(title, subtitle, banner)
    )
    tallest = max(panel.shape[0] for panel in panels)
    rows = list(_legend_rows(legend, width))
    footer = int((len(rows) + 1) * _TEXT * _LINE_HEIGHT) + 2 * _PADDING
    canvas = Image.new("RGB", (width, header + tallest + footer), _BLACK)
    draw = ImageDraw.Draw(canvas)
    _write(draw, (_PADDING, _PADDING), title, anchor="la", size=_TITLE_TEXT)
    _write(draw, (_PADDING, _PADDING + _TITLE_TEXT * _LINE_HEIGHT), subtitle, anchor="la", rgb=_GREY)
    left = (width - sum(panel.shape[1] for panel in panels) - _PADDING * (len(panels) - 1)) // 2
    for panel in panels:
        canvas.paste(Image.fromarray(panel), (left, header))
        left += panel.shape[1] + _PADDING
    top = header + tallest + _PADDING
    for number, row in enumerate(rows):
        _draw_legend_row(draw, row, top + number * _TEXT * _LINE_HEIGHT + _TEXT / 2)
    _write(draw, (width / 2, canvas.height - _PADDING), banner, anchor="md", rgb=(255, 214, 64))
    return np.asarray(canvas)


def legend_entries(structures: Sequence[Structure]) -> list[Structure]:
    """One structure for each name that needs a legend."""
    return list({structure.name: structure for structure in structures if structure.name}.values())


def _with_outlines(picture: Image.Image, structures: Sequence[Structure]) -> Image.Image:
    """Lines drawn at twice the size and averaged down, so that they are smooth."""
    size = (picture.width * _OVERSAMPLING, picture.height * _OVERSAMPLING)
    layer = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    for structure in structures:
        for contour in structure.contours:
            # Contours are in pixel centres (row, column); PIL draws from the pixel's corner (x, y).
            points = (contour[:, ::-1] + 0.5) * _OVERSAMPLING
            for piece in _dashes(points) if structure.dashed else (points,):
                draw.line(
                    [tuple(point) for point in piece],
                    fill=structure.rgb,
                    width=round(structure.width * _OVERSAMPLING),
                    joint="curve",
                )
    small = layer.resize(picture.size, Image.Resampling.BOX)
    return Image.alpha_composite(picture.convert("RGBA"), small).convert("RGB")


def _dashes(points: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    dash = _DASH_PIXELS * _OVERSAMPLING
    distance = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    number = (distance // dash).astype(np.intp)
    for one in range(0, int(number[-1]) + 1, 2):
        piece = points[number == one]
        if len(piece) > 1:
            yield piece


def _draw_label(
    draw: ImageDraw.ImageDraw,
    structure: Structure,
    size: tuple[int, int],
    placed: list[tuple[float, float, float, float]],
) -> None:
    """Write a structure's label where it hides no other label."""
    if not structure.label:
        return
    column = float(np.clip(structure.anchor[1], 30, size[0] - 30))
    row = float(np.clip(structure.anchor[0], 2 * _TEXT, size[1] - 2 * _TEXT))
    rgb = structure.rgb if structure.name else WHITE
    box = draw.textbbox((column, row), structure.label, font=_font(_TEXT), anchor="mm")
    while any(_overlap(box, other) for other in placed) and box[3] < size[1] - _TEXT:
        row += _TEXT / 2
        box = draw.textbbox((column, row), structure.label, font=_font(_TEXT), anchor="mm")
    placed.append(box)
    _write(draw, (column, row), structure.label, anchor="mm", rgb=rgb)


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _draw_letters(draw: ImageDraw.ImageDraw, plane: Plane, size: tuple[int, int]) -> None:
    left, right, top, bottom = plane.letters
    width, height = size
    for place, letter, anchor in (
        ((6, height / 2), left, "lm"),
        ((width - 6, height / 2), right, "rm"),
        ((width / 2, 5), top, "mt"),
        ((width / 2, height - 5), bottom, "mb"),
    ):
        _write(draw, place, letter, anchor=anchor)


def _draw_scale_bar(draw: ImageDraw.ImageDraw, plane: Plane, size: tuple[int, int]) -> None:
    length = _SCALE_BAR_MM / plane.pixel_mm
    row = size[1] - 14
    draw.line([(12, row), (12 + length, row)], fill=_BLACK, width=5)
    draw.line([(12, row), (12 + length, row)], fill=WHITE, width=2)
    _write(draw, (12, row - 6), f"{_SCALE_BAR_MM / 10:.0f} cm", anchor="lb", size=_SMALL_TEXT)


def _legend_rows(entries: Sequence[Structure], width: int) -> Iterator[list[tuple[int, Structure]]]:
    """Entries with their left edge [pixels], broken into rows."""
    row: list[tuple[int, Structure]] = []
    left = _PADDING
    for entry in entries:
        step = 46 + int(_font(_TEXT).getlength(entry.name)) + 24
        if row and left + step > width:
            yield row
            row, left = [], _PADDING
        row.append((left, entry))
        left += step
    if row:
        yield row


def _draw_legend_row(draw: ImageDraw.ImageDraw, row: Sequence[tuple[int, Structure]], middle: float) -> None:
    for left, entry in row:
        ends = ((left, left + 15), (left + 21, left + 36)) if entry.dashed else ((left, left + 36),)
        for start, stop in ends:
            draw.line([(start, middle), (stop, middle)], fill=entry.rgb, width=round(entry.width) + 1)
        _write(draw, (left + 44, middle), entry.name, anchor="lm")


def _write(
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    *,
    anchor: str,
    size: int = _TEXT,
    rgb: tuple[int, int, int] = WHITE,
) -> None:
    """Text with a dark rim, legible on any grey."""
    draw.text(place, text, fill=rgb, font=_font(size), anchor=anchor, stroke_width=2, stroke_fill=_BLACK)


def _text_width(title: str, *others: str) -> int:
    widths = [_font(_TITLE_TEXT).getlength(title), *(_font(_TEXT).getlength(text) for text in others)]
    return int(max(widths)) + 2 * _PADDING


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=size)
