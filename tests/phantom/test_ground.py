from __future__ import annotations

import numpy as np

from spineseg.phantom.canvas import Canvas
from spineseg.phantom.ground import Ground, ball, make_ground, tube
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.waves import draw_waves, placed
from tests.phantom.patient import block, healthy

_AFFINE = block(np.array([3.0, -4.0, 500.0]), (30, 28, 26), 2.0)


def _ground(shape: tuple[int, int, int] = (30, 28, 26), affine: np.ndarray = _AFFINE) -> Ground:
    field = placed(draw_waves(np.random.default_rng(1), 10.0)).on_grid(shape, affine)
    count = int(np.prod(shape))
    spine = healthy().spine
    masks = {name: np.zeros(count, np.uint8) for name in ("tissue", "anatomy", "subregions", "lesions")}
    fields = {name: np.zeros(count, np.float32) for name in ("rough", "blob")}
    points = spine.curve.project(*field[1:].reshape(3, -1))
    return make_ground(Canvas(spine=spine, points=points, **fields, **masks), field)


def test_a_ball_has_its_volume_and_layers() -> None:
    """A ball of 18 mm holds its volume of voxels, wall outside and content inside, and is seen on the canvas."""
    ground = _ground()

    ground.paint([ball((3.0, -4.0, 500.0), (18.0,) * 3, ((0.0, Tissue.CORTEX), (4.0, Tissue.MARROW_OTHER)))])

    volume = 8 * np.count_nonzero(ground.canvas.tissue)
    assert abs(volume / (4 / 3 * np.pi * 18**3) - 1) < 0.05
    assert ground.tissue[15, 14, 13] == Tissue.MARROW_OTHER
    assert ground.tissue[15 + 8, 14, 13] == Tissue.CORTEX


def test_the_wall_of_a_bend_does_not_cross_its_lumen() -> None:
    """Voxels on the axis of a bent tube are content, also where two segments meet."""
    ground = _ground()
    bend = [(-17.0, -4.0, 500.0), (3.0, -4.0, 500.0), (3.0, -4.0, 524.0)]

    ground.paint([tube(bend, 9.0, ((0.0, Tissue.BOWEL_WALL), (3.0, Tissue.FLUID)))])

    assert np.all(ground.tissue[6:16, 14, 13] == Tissue.FLUID)
    assert np.all(ground.tissue[15, 14, 13:24] == Tissue.FLUID)
    assert Tissue.BOWEL_WALL in ground.tissue


def test_shapes_beyond_the_grid_are_left_out_and_a_mask_is_kept_to() -> None:
    """A shape far away has no block; a mask confines a shape."""
    ground = _ground()
    assert ground.block((200.0, 0.0, 0.0), (220.0, 20.0, 20.0)) is None

    ground.paint([ball((3.0, -4.0, 500.0), (18.0,) * 3, ((0.0, Tissue.LIVER),))], where=ground.place[0] > 3.0)

    assert ground.place[0][ground.tissue == Tissue.LIVER].min() > 3.0


def test_turned_and_single_slice_grids_see_the_same_ball() -> None:
    """On an oblique grid and on one plane each voxel is painted by its distance from the centre alone."""
    angle = np.deg2rad(30.0)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    for shape in ((30, 28, 26), (1, 28, 26), (1, 40, 1)):
        affine = np.eye(4)
        affine[:3, :3] = 2 * turn
        affine[:3, 3] = np.array([3.0, -4.0, 500.0]) - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
        ground = _ground(shape, affine)

        ground.paint([ball((3.0, -4.0, 500.0), (15.0,) * 3, ((0.0, Tissue.LIVER),))])

        distance = np.linalg.norm(ground.place - np.array([3.0, -4.0, 500.0])[:, None, None, None], axis=0)
        clear = np.abs(distance - 15) > 0.01
        assert np.array_equal((ground.tissue == Tissue.LIVER)[clear], (distance < 15)[clear])
        assert np.any(ground.tissue == Tissue.LIVER)
