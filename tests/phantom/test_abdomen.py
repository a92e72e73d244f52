from __future__ import annotations

import numpy as np

from spineseg.phantom.abdomen import draw_abdomen, draw_belly
from spineseg.phantom.ground import Shape
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.trunk import Landmarks
from tests.phantom.patient import healthy, maps_at, spine


def _of(shapes: tuple[Shape, ...], tissue: Tissue) -> list[Shape]:
    return [shape for shape in shapes if shape.layers[0][1] is tissue]


def test_organs_lie_on_their_sides() -> None:
    """The spleen lies to the left; the right kidney lies lower than the left one, on average."""
    drops = []
    for seed in range(8):
        shapes = draw_abdomen(np.random.default_rng(seed), Landmarks(spine()))
        middle = spine().curve.to_patient(spine().level_s("L1"))[0]
        left, right = sorted(_of(shapes, Tissue.KIDNEY), key=lambda one: -one.points[1][0])
        drops.append(left.points[1][2] - right.points[1][2])

        assert _of(shapes, Tissue.SPLEEN)[0].points[0][0] > middle + 40
        assert left.points[1][0] > middle > right.points[1][0]

    assert np.mean(drops) > 5


def test_belly_holds_bowel_kidneys_and_vessels_but_no_bone_of_the_spine() -> None:
    """Around L2 bowel walls, kidneys, vessels and mesenteric fat appear, none of them labelled."""
    maps = maps_at(healthy(), "L2", half_mm=120.0, spacing_mm=4.0)

    for tissue in (Tissue.BOWEL_WALL, Tissue.KIDNEY, Tissue.VESSEL, Tissue.LIVER, Tissue.FAT):
        here = maps.tissues == tissue
        assert here.sum() > 20
        assert not np.any(maps.anatomy[here])


def test_liver_fills_the_right_and_small_bowel_the_middle() -> None:
    """At T12 the liver takes a tenth of the right half; below L3 bowel fills part of the belly in front."""
    upper, lower = (maps_at(healthy(), level, half_mm=110.0, spacing_mm=5.0).tissues for level in ("T12", "L4"))
    middle = upper.shape[0] // 2

    assert np.mean(upper[:middle] == Tissue.LIVER) > 0.08
    assert np.mean(upper[:middle] == Tissue.LIVER) > 1.5 * np.mean(upper[middle:] == Tissue.LIVER)
    front = lower[middle - 8 : middle + 8, :18]
    assert np.mean(np.isin(front, (Tissue.BOWEL, Tissue.BOWEL_WALL, Tissue.FLUID, Tissue.AIR))) > 0.15


def test_draws_are_deterministic_and_vary() -> None:
    """The same seed gives the same belly, other seeds other ones."""
    one, same, other = (draw_belly(np.random.default_rng(seed)) for seed in (1, 1, 2))

    assert one == same
    assert one != other
