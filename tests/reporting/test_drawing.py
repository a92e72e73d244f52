from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from spineseg.domain.labels import CSF, SPINAL_CORD
from spineseg.domain.volume import Modality
from spineseg.reporting.drawing import RgbArray, compose, draw_notes, draw_plane, grey_values, legend_entries
from spineseg.reporting.outlines import Structure, structures_in
from spineseg.reporting.planes import Plane, axial_plane, canal_line
from tests.reporting.samples import (
    Sample,
    masks_at,
)


def test_grey_values_sample_the_volume_and_are_black_outside(sample: Sample) -> None:
    """Bright CSF is bright, and what lies beyond the image is black."""
    y, x = np.meshgrid(np.arange(-20.0, 21.0), np.arange(-10.0, 500.0, 10.0), indexing="ij")
    points = np.stack([x, y, np.zeros_like(x)], axis=-1)
    plane = Plane(points=points, pixel_mm=1.0, letters=("R", "L", "A", "P"), description="")

    grey = grey_values(sample.input.volume, plane)

    masks = masks_at(points)
    assert grey[(masks[0] == CSF) & (masks[2] == 0)].min() > grey[masks[0] == SPINAL_CORD].max()
    assert np.all(grey[x > 40] == 0)


def test_drawing_changes_the_picture_only_where_there_is_something_to_draw(sample: Sample) -> None:
    """Outlines leave the image between them as it is."""
    one = sample.input
    plane = axial_plane(one.volume.image, canal_line(one.segmentation.anatomy), np.zeros(3))
    grey = grey_values(one.volume, plane)
    structures = structures_in(plane, one.segmentation, (), {1: 1})

    plain, outlined = draw_plane(grey, plane), draw_plane(grey, plane, structures)

    changed = np.any(plain != outlined, axis=-1).mean()
    assert 0.005 < changed < 0.1


RED, GREEN = (255, 0, 0), (0, 255, 0)
BLACK = np.zeros((200, 240), dtype=np.uint8)


def plane_with(*letters: str) -> Plane:
    """A plane of half a millimetre a pixel."""
    return Plane(points=np.zeros((200, 240, 3)), pixel_mm=0.5, letters=letters, description="")


def line_of(points: NDArray[np.float64], *, label: str = "", dashed: bool = False, rgb: tuple[int, int, int] = RED):
    """A structure of one line."""
    return Structure(
        name="line",
        label=label,
        anchor=(100.0, 120.0),
        contours=(points,),
        rgb=rgb,
        width=2.0,
        dash=(7.0, 7.0) if dashed else None,
    )


def painted(picture: RgbArray, rgb: tuple[int, int, int]) -> NDArray[np.bool_]:
    """Where a picture has pure colours of one kind."""
    channels = picture.astype(int)
    return np.all(np.abs(channels - rgb) < 60, axis=-1)


@pytest.mark.parametrize(
    ("place", "rows", "columns"),
    [(0, (80, 120), (0, 30)), (1, (80, 120), (210, 240)), (2, (0, 30), (100, 140)), (3, (170, 200), (100, 140))],
    ids=["left", "right", "top", "bottom"],
)
def test_each_letter_stands_at_its_own_edge(place: int, rows: tuple[int, int], columns: tuple[int, int]) -> None:
    """Left, right, top and bottom letter are never exchanged."""
    letters = ["", "", "", ""]
    letters[place] = "H"

    drawn = np.argwhere(
        np.any(draw_plane(BLACK, plane_with(*letters)) != draw_plane(BLACK, plane_with(*[""] * 4)), axis=-1)
    )

    assert len(drawn) > 20
    assert np.all((drawn >= (rows[0], columns[0])) & (drawn < (rows[1], columns[1])))


def test_the_scale_bar_is_two_centimetres_long() -> None:
    """40 pixels of half a millimetre, at the lower left."""
    picture = draw_plane(BLACK, plane_with("", "", "", ""))

    bar = np.flatnonzero(painted(picture, (255, 255, 255))[186])
    assert np.ptp(bar) == pytest.approx(40, abs=1)
    assert bar[0] < 20


def test_a_line_is_drawn_at_its_rows_and_columns() -> None:
    """Contours are (row, column): a horizontal line stays horizontal and where it is."""
    contour = np.column_stack([np.full(71, 40.0), np.arange(150.0, 221.0)])

    red = np.argwhere(painted(draw_plane(BLACK, plane_with(*[""] * 4), [line_of(contour)]), RED))

    assert np.all(np.abs(red[:, 0] - 40) <= 1)
    assert (red[:, 1].min(), red[:, 1].max()) == pytest.approx((150, 220), abs=1)


def test_a_dashed_line_is_told_apart_without_colour() -> None:
    """About half of a dashed line is left out, in pieces."""
    contour = np.column_stack([np.full(181, 40.0), np.arange(20.0, 201.0)])
    plane = plane_with("", "", "", "")

    solid, dashed = (
        painted(draw_plane(BLACK, plane, [line_of(contour, dashed=one)]), RED)[40, 20:201] for one in (False, True)
    )

    assert solid.mean() > 0.95
    assert 0.3 < dashed.mean() < 0.7
    assert np.count_nonzero(np.diff(dashed.astype(int))) > 10


def test_no_name_hides_another() -> None:
    """Two names for one place are written below each other."""
    nothing = np.zeros((0, 2))
    names = [
        replace(line_of(nothing, label="T7"), contours=()),
        replace(line_of(nothing, label="T8", rgb=GREEN), contours=()),
    ]

    picture = draw_plane(BLACK, plane_with("", "", "", ""), names)

    first, second = (np.nonzero(painted(picture, rgb))[0] for rgb in (RED, GREEN))
    assert first.size > 10
    assert first.max() < second.min()


def test_notes_stand_at_the_right_beside_their_row_and_apart() -> None:
    """What lies beside the plane is written at its height; notes for one row do not cover each other."""
    picture = np.zeros((200, 240, 3), dtype=np.uint8)

    one = np.argwhere(draw_notes(picture, [(100.0, "lesion 2")]).any(axis=-1))
    two = np.argwhere(draw_notes(picture, [(100.0, "lesion 2"), (100.0, "lesion 3")]).any(axis=-1))

    assert one[:, 0].mean() == pytest.approx(100, abs=4)
    assert one[:, 1].min() > 120
    assert np.ptp(two[:, 0]) > np.ptp(one[:, 0]) + 15


def test_a_composition_keeps_panels_and_has_room_for_every_word() -> None:
    """Panels stand side by side in their order, whole, and a long banner is not cut off."""
    panels = [np.full((50, 60, 3), rgb, dtype=np.uint8) for rgb in (RED, GREEN)]

    composed, wide = (
        compose(panels, title="Lesion 1", subtitle="axial", structures=(), banner=banner)
        for banner in ("Research use only", "Research use only - not verified " * 4)
    )

    red, green = (np.argwhere(painted(composed, rgb)) for rgb in (RED, GREEN))
    assert (len(red), len(green)) == (3000, 3000)
    assert red[:, 1].max() < green[:, 1].min()
    assert wide.shape[1] > composed.shape[1]
    assert not np.any(wide[:, [0, -1]])


def test_the_legend_tells_each_name_once() -> None:
    """Structures without name, such as vertebrae, need no legend."""
    named = line_of(np.zeros((2, 2)))

    assert legend_entries([named, replace(named, name=""), named]) == [named]


def test_ct_has_one_window_for_every_picture(sample: Sample) -> None:
    """The same HU is the same grey whatever else the picture holds: fat at -100 HU is 53, bone at 850 HU white."""
    plane = Plane(points=np.zeros((1, 1, 3)), pixel_mm=1.0, letters=("R", "L", "A", "P"), description="")
    image = sample.input.volume.image

    greys = [
        int(
            grey_values(
                replace(sample.input.volume, image=image.with_array(np.full(image.spatial_shape, hu, np.float32)),
                        modality=Modality.CT), plane)[0, 0]
        )
        for hu in (-350.0, -100.0, 850.0)
    ]  # fmt: skip

    assert greys == [0, 53, 255]
