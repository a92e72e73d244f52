from __future__ import annotations

import numpy as np
import pytest

from spineseg.anatomy.centerline import frame_at
from spineseg.evaluation.canal_site import at_spine, canal_voxels, measure_site
from tests.evaluation.toy_canal import CANAL_MM, CORD_MM, SAC_MM, toy_anatomy

VOXELS = canal_voxels(toy_anatomy())
assert VOXELS is not None
SITE = measure_site(VOXELS, 45.0)
assert SITE is not None


def test_outlines_are_those_of_the_masks() -> None:
    """Canal, sac and cord have the radii that they were made with, to half a voxel."""
    np.testing.assert_allclose(SITE.canal, CANAL_MM, atol=0.7)
    np.testing.assert_allclose(SITE.sac, SAC_MM, atol=0.7)
    assert SITE.cord_radius_mm == pytest.approx(CORD_MM, abs=0.3)


def test_gaps_are_the_room_around_the_cord() -> None:
    """From the wall: epidural space, CSF before the cord and behind it."""
    epidural, before, behind = SITE.gaps(1.0)

    assert epidural == pytest.approx(CANAL_MM - SAC_MM, abs=0.6)
    assert before == pytest.approx(SAC_MM - CORD_MM, abs=0.8)
    assert behind == pytest.approx(SAC_MM - CORD_MM, abs=0.8)


def test_below_the_conus_there_is_no_cord() -> None:
    """With cauda equina only, the site has outlines but no cord."""
    voxels = canal_voxels(toy_anatomy(cord=False))
    assert voxels is not None

    site = measure_site(voxels, 45.0)

    assert site is not None
    assert not site.has_cord


def test_beyond_the_canal_there_is_no_site() -> None:
    """A position off its ends is refused."""
    assert measure_site(VOXELS, 500.0) is None


@pytest.mark.parametrize(("offset", "right"), [((0, -22, 0), True), ((0, 30, 0), False), ((0, -22, 60), False)])
def test_a_site_must_lie_behind_what_people_drew(offset: tuple[float, float, float], *, right: bool) -> None:
    """Bodies drawn in front of the canal confirm it; behind it, or at another level, they do not."""
    middle, _, _ = frame_at(VOXELS.centerline, np.array([45.0]))
    cloud = np.random.default_rng(0).uniform(-8, 8, (200, 3))

    assert at_spine(VOXELS, SITE, middle + np.array(offset) + cloud) is right


def test_without_references_every_site_counts() -> None:
    """Nothing drawn, nothing to doubt."""
    assert at_spine(VOXELS, SITE, np.empty((0, 3)))
