"""Tests of spineseg.reporting.lettering."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from spineseg.reporting.lettering import TEXT, WHITE, Leader, draw_label, draw_leaders
from spineseg.reporting.outlines import Structure

Box = tuple[float, float, float, float]


def labelled(label: str, row: float, column: float, name: str = "") -> Structure:
    """A structure that is only a label."""
    return Structure(name=name, label=label, anchor=(row, column), contours=(), rgb=(255, 0, 0), width=1.0)


def placed(*structures: Structure) -> list[Box]:
    """Boxes of labels on a picture of 300 x 400 pixels."""
    draw = ImageDraw.Draw(Image.new("RGB", (300, 400)))
    boxes: list[Box] = []
    for structure in structures:
        draw_label(draw, structure, (300, 400), boxes)
    return boxes


def test_a_label_stays_beside_its_place_in_a_column_of_labels() -> None:
    """The lesion's name is not pushed along the spine to another level: it moves aside."""
    column = [labelled(f"T{number}", 40.0 + 24 * number, 150.0) for number in range(1, 13)]

    *names, lesion = placed(*column, labelled("lesion 1", 40.0 + 24 * 7, 150.0, name="suspected lesion"))

    middle = (lesion[1] + lesion[3]) / 2
    assert abs(middle - (40.0 + 24 * 7)) <= 2 * TEXT
    assert not [box for box in names if box[0] < lesion[2] and lesion[0] < box[2] and box[1] < lesion[3] < box[3]]


def test_names_at_one_edge_keep_their_order_and_their_distance() -> None:
    """Three names for places in one row stand under each other, each in white at its edge."""
    picture = np.zeros((400, 600, 3), dtype=np.uint8)
    leaders = [Leader(text=name, at=(200.0 + n, 300.0), on_left=True) for n, name in enumerate(("A", "B", "C"))]

    drawn = draw_leaders(picture, leaders)

    rows = np.flatnonzero((drawn[:, 20:45] == WHITE).all(axis=-1).any(axis=1))
    groups = np.split(rows, np.flatnonzero(np.diff(rows) > 5) + 1)
    assert len(groups) == 3
    assert np.diff([group.mean() for group in groups]).min() > 1.5 * TEXT
