"""Grey values + structures -> pictures: outlines, names, orientation letters, scale bar; no patient data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from spineseg.domain.volume import Modality, Volume, sample_at
from spineseg.reporting.lettering import BLACK, PADDING, TEXT, TITLE_TEXT, WHITE, draw_label, font, text_width, write
from spineseg.reporting.outlines import Structure
from spineseg.reporting.planes import Plane

RgbArray = NDArray[np.uint8]

_GREY = (170, 170, 170)
# Level and width that show bone and canal content in one window [HU], display choice [P].
_CT_WINDOW_HU = (-350.0, 850.0)
_MR_PERCENTILES = (1.0, 99.5)
_SCALE_BAR_MM = 20.0
_OVERSAMPLING = 2
_SMALL_TEXT = 14
_LINE_HEIGHT = 1.35  # of the text size
_SAMPLE = 36.0  # length of a line in the legend [pixels]


def grey_values(volume: Volume, plane: Plane) -> NDArray[np.uint8]:
    """Volume on the plane, windowed for display: (row, column) uint8, black beyond the image."""
    outside = -1024.0 if volume.modality is Modality.CT else 0.0  # air [HU]
    values = sample_at(volume.image, plane.points, order=1, outside=outside).astype(np.float32)
    low, high = display_window(values, volume.modality)
    scaled = (values - low) / max(high - low, 1e-6)
    grey: NDArray[np.uint8] = (np.clip(scaled, 0.0, 1.0) * 255).astype(np.uint8)
    return grey


def display_window(values: NDArray[np.generic], modality: Modality) -> tuple[float, float]:
    """Lowest and highest value that are told apart: [HU] on CT, else percentiles of the signal."""
    if modality is Modality.CT:
        return _CT_WINDOW_HU
    numbers = np.asarray(values, dtype=np.float32)
    signal = numbers[numbers > 0]
    low, high = np.percentile(signal, _MR_PERCENTILES) if signal.size else (0.0, 1.0)
    return float(low), float(high)


def draw_plane(grey: NDArray[np.uint8], plane: Plane, structures: Sequence[Structure] = ()) -> RgbArray:
    """Picture of a plane with orientation letters and scale bar, and with outlines and names where given."""
    picture = Image.fromarray(grey).convert("RGB")
    picture = _with_outlines(picture, structures)
    draw = ImageDraw.Draw(picture)
    placed: list[tuple[float, float, float, float]] = []
    for structure in structures:
        draw_label(draw, structure, picture.size, placed)
    _draw_letters(draw, plane, picture.size)
    _draw_scale_bar(draw, plane, picture.size)
    return np.asarray(picture)


def draw_notes(picture: RgbArray, notes: Sequence[tuple[float, str]]) -> RgbArray:
    """Write notes at the right edge, each beside its row [pixels]: what lies beside the plane."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    last = -np.inf
    for wanted, text in sorted(notes):
        row = float(np.clip(max(wanted, last + TEXT * _LINE_HEIGHT), 3 * TEXT, image.height - 3 * TEXT))
        write(draw, (image.width - PADDING - 16, row), text, anchor="rm", size=_SMALL_TEXT)
        last = row
    return np.asarray(image)


def compose(
    panels: Sequence[RgbArray], *, title: str, subtitle: str, structures: Sequence[Structure], banner: str
) -> RgbArray:
    """One picture: title, panels side by side, legend of the line styles, banner."""
    legend = legend_entries(structures)
    header = int(TITLE_TEXT * _LINE_HEIGHT + TEXT * _LINE_HEIGHT) + 2 * PADDING
    width = max(
        sum(panel.shape[1] for panel in panels) + PADDING * (len(panels) + 1), text_width(title, subtitle, banner)
    )
    tallest = max(panel.shape[0] for panel in panels)
    rows = list(_legend_rows(legend, width))
    footer = int((len(rows) + 1) * TEXT * _LINE_HEIGHT) + 2 * PADDING
    canvas = Image.new("RGB", (width, header + tallest + footer), BLACK)
    draw = ImageDraw.Draw(canvas)
    write(draw, (PADDING, PADDING), title, anchor="la", size=TITLE_TEXT)
    write(draw, (PADDING, PADDING + TITLE_TEXT * _LINE_HEIGHT), subtitle, anchor="la", rgb=_GREY)
    left = (width - sum(panel.shape[1] for panel in panels) - PADDING * (len(panels) - 1)) // 2
    for panel in panels:
        canvas.paste(Image.fromarray(panel), (left, header))
        left += panel.shape[1] + PADDING
    top = header + tallest + PADDING
    for number, row in enumerate(rows):
        _draw_legend_row(draw, row, top + number * TEXT * _LINE_HEIGHT + TEXT / 2)
    write(draw, (width / 2, canvas.height - PADDING), banner, anchor="md", rgb=(255, 214, 64))
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
            for piece in (points,) if structure.dash is None else _dashes(points, structure.dash):
                draw.line(
                    [tuple(point) for point in piece],
                    fill=structure.rgb,
                    width=round(structure.width * _OVERSAMPLING),
                    joint="curve",
                )
    small = layer.resize(picture.size, Image.Resampling.BOX)
    return Image.alpha_composite(picture.convert("RGBA"), small).convert("RGB")


def _dashes(points: NDArray[np.float64], dash: tuple[float, float]) -> Iterator[NDArray[np.float64]]:
    """Pieces of a line, each as long as the dash, gaps between them."""
    line, gap = (part * _OVERSAMPLING for part in dash)
    own = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    distance = np.arange(0.0, own[-1], 1.0)  # points of an outline may lie further apart than a dash is long
    dense = np.stack([np.interp(distance, own, points[:, axis]) for axis in (0, 1)], axis=-1)
    number, within = np.divmod(distance, line + gap)
    for one in range(int(number[-1]) + 1 if len(number) else 0):
        piece = dense[(number == one) & (within <= line)]
        if len(piece) > 1:
            yield piece


def _draw_letters(draw: ImageDraw.ImageDraw, plane: Plane, size: tuple[int, int]) -> None:
    left, right, top, bottom = plane.letters
    width, height = size
    for place, letter, anchor in (
        ((6, height / 2), left, "lm"),
        ((width - 6, height / 2), right, "rm"),
        ((width / 2, 5), top, "mt"),
        ((width / 2, height - 5), bottom, "mb"),
    ):
        write(draw, place, letter, anchor=anchor)


def _draw_scale_bar(draw: ImageDraw.ImageDraw, plane: Plane, size: tuple[int, int]) -> None:
    length = _SCALE_BAR_MM / plane.pixel_mm
    row = size[1] - 14
    draw.line([(12, row), (12 + length, row)], fill=BLACK, width=5)
    draw.line([(12, row), (12 + length, row)], fill=WHITE, width=2)
    write(draw, (12, row - 6), f"{_SCALE_BAR_MM / 10:.0f} cm", anchor="lb", size=_SMALL_TEXT)


def _legend_rows(entries: Sequence[Structure], width: int) -> Iterator[list[tuple[int, Structure]]]:
    """Entries with their left edge [pixels], broken into rows."""
    row: list[tuple[int, Structure]] = []
    left = PADDING
    for entry in entries:
        step = 46 + int(font(TEXT).getlength(entry.name)) + 24
        if row and left + step > width:
            yield row
            row, left = [], PADDING
        row.append((left, entry))
        left += step
    if row:
        yield row


def _draw_legend_row(draw: ImageDraw.ImageDraw, row: Sequence[tuple[int, Structure]], middle: float) -> None:
    for left, entry in row:
        line, gap = (_SAMPLE, 0.0) if entry.dash is None else entry.dash
        for start in np.arange(left, left + _SAMPLE - 1, line + gap):
            stop = min(start + line, left + _SAMPLE)
            draw.line([(start, middle), (stop, middle)], fill=entry.rgb, width=round(entry.width) + 1)
        write(draw, (left + 44, middle), entry.name, anchor="lm")
