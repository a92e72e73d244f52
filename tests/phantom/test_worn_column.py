from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from spineseg.domain.labels import DISC_OFFSET, VERTEBRAL_BODY
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.variation import DiscState
from tests.phantom.worn import look, with_wear, worn

L3, DISC_L3, L4 = 22, DISC_OFFSET + 22, 23


def _body(maps, value):
    return (maps.anatomy == value) & (maps.subregions == VERTEBRAL_BODY)


def test_a_wedge_is_lower_in_front_than_behind():
    """Ten millimetres lost at the front of L3's upper end plate are missing there, and few at its back."""
    plain, wedge = (_body(look(one, "L3"), L3) for one in (worn(), with_wear("lower_front", "L2", 10.0)))
    x = plain.shape[0] // 2
    y = np.flatnonzero(plain[x].any(axis=1))
    lost = (plain[x - 3 : x + 4].sum(axis=2) - wedge[x - 3 : x + 4].sum(axis=2)).mean(axis=0)

    assert lost[y[0] + 3 : y[0] + 7].mean() > 6.5
    assert lost[y[-1] - 6 : y[-1] - 2].mean() < 3


def test_a_biconcave_body_is_lowest_in_its_middle():
    """End plates eight millimetres deep leave a body that is at least twelve lower in its middle than at its rim."""
    plain = _body(look(worn(), "L3"), L3)
    phantom = with_wear("lower_hollow", "L2", 8.0)
    phantom.spine.pathology.wear["upper_hollow"][21] = 8.0
    hollow = _body(look(phantom, "L3"), L3)
    x, y = (int(np.mean(axis)) for axis in np.nonzero(plain)[:2])

    lost = plain[x, y].sum() - hollow[x, y].sum()

    assert lost > 12
    assert hollow.any(axis=2).sum() == pytest.approx(plain.any(axis=2).sum(), rel=0.05)


def test_osteophytes_widen_the_body_at_its_disc_only():
    """A lip of six millimetres makes L3 wider beside the disc below it and leaves its waist as it was."""
    plain, lipped = (_body(look(phantom, "L3"), L3) for phantom in (worn(), with_wear("lip", "L3", 6.0)))
    z = np.flatnonzero(plain.any(axis=(0, 1)))

    gain = [lipped[:, :, k].sum() - plain[:, :, k].sum() for k in (z[0] + 2, z[len(z) // 2])]

    assert gain[0] > 80
    assert abs(gain[1]) < 10


def test_a_schmorl_node_is_disc_inside_the_outline_of_the_body():
    """A node of seven millimetres adds disc and takes body, about as much."""
    plain, node = (look(phantom, "L3") for phantom in (worn(), with_wear("upper_node", "L3", 7.0)))
    gained = np.count_nonzero(node.anatomy == DISC_L3) - np.count_nonzero(plain.anatomy == DISC_L3)
    lost = np.count_nonzero(_body(plain, L3)) - np.count_nonzero(_body(node, L3))

    assert gained > 100
    assert gained == pytest.approx(lost, rel=0.3)


@pytest.mark.parametrize(
    ("state", "tissue"),
    [(DiscState.VACUUM, Tissue.AIR), (DiscState.FLUID, Tissue.FLUID), (DiscState.CALCIFIED, Tissue.CORTEX)],
)
def test_a_disc_shows_its_state_and_keeps_its_label(state, tissue):
    """Gas, fluid and chalk lie inside the disc's label."""
    maps = look(with_wear("state", "L3", float(state)), "L3")

    assert np.count_nonzero(maps.tissues[maps.anatomy == DISC_L3] == tissue) > 20


def test_a_worn_disc_is_thin_but_there():
    """A disc with 12 % of its height left still separates its bodies."""
    maps = look(with_wear("disc_share", "L3", 0.12), "L3", half_mm=26.0, spacing_mm=0.6)
    disc = maps.anatomy == DISC_L3
    heights = disc.sum(axis=2)[disc.any(axis=2)] * 0.6

    assert 0.5 < np.median(heights) < 3.5
    assert disc.any(axis=2).sum() > 0.6 * _body(maps, L3).any(axis=2).sum()


def test_a_block_vertebra_has_no_disc():
    """Where two bodies are fused no voxel is disc, and both keep their names."""
    maps = look(with_wear("fused", "L3", 1.0), "L3")

    assert not np.any(maps.anatomy == DISC_L3)
    assert np.any(_body(maps, L3))
    assert np.any(_body(maps, L4))


def test_marrow_beside_an_end_plate_changes_on_its_side_only():
    """Fatty marrow asked for above the disc lies in L3, none of it in L4."""
    phantom = with_wear("upper_marrow", "L3", float(Tissue.MARROW_FATTY))
    phantom.spine.pathology.wear["upper_marrow_mm"][21] = 9.0
    maps = look(phantom, "L3")
    fatty = maps.tissues == Tissue.MARROW_FATTY

    assert np.count_nonzero(fatty & (maps.anatomy == L3)) > 500
    assert not np.any(fatty & (maps.anatomy == L4))


def test_uncinate_processes_stand_up_at_the_sides():
    """With uncinate processes of four millimetres C5 reaches higher at its sides than in its middle."""
    phantom = with_wear("uncus", "C4", 4.0)
    body = _body(look(phantom, "C5", half_mm=16.0, spacing_mm=0.5), 5)
    half = float(phantom.spine.sizes["body_width"][4]) / 2 / 0.5
    middle = body.shape[0] / 2
    tops = [np.flatnonzero(body[round(middle + share * half)].any(axis=0)).max() for share in (-0.85, 0, 0.85)]

    assert min(tops[0], tops[2]) - tops[1] > 2


def test_the_atlas_is_one_ring():
    """With its lateral masses C1 is one piece around dens and canal."""
    maps = look(worn(), "C1", half_mm=40.0)
    parts, _ = ndimage.label(maps.anatomy == 1, structure=np.ones((3, 3, 3)))

    assert np.bincount(parts.ravel())[1:].max() > 0.95 * np.count_nonzero(maps.anatomy == 1)
