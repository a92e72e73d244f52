"""Small grids and cross-sections of phantoms that several tests look at."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from spineseg.phantom.cases import PhantomCase, make_case
from spineseg.phantom.rasterize import MapArrays, Phantom, map_arrays
from spineseg.phantom.spine import Spine, draw_spine
from spineseg.phantom.surroundings import draw_surroundings


@cache
def spine(seed: int = 3) -> Spine:
    """A healthy spine with individual variation."""
    return draw_spine(np.random.default_rng(seed))


@cache
def healthy(seed: int = 3) -> Phantom:
    """A healthy patient."""
    return Phantom(spine=spine(seed), surroundings=draw_surroundings(np.random.default_rng(seed), spine(seed)))


@cache
def case(name: str, seed: int = 0) -> PhantomCase:
    """A named case."""
    return make_case(name, seed)


def block(centre: NDArray[np.float64], shape: tuple[int, int, int], spacing_mm: float) -> NDArray[np.float64]:
    """Affine of an isotropic canonical grid around a patient point [mm, LPS]."""
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    affine[:3, 3] = centre - spacing_mm * (np.array(shape) - 1) / 2
    return affine


def maps_at(phantom: Phantom, level: str, *, half_mm: float = 45.0, spacing_mm: float = 1.5) -> MapArrays:
    """Maps in a cube around a level, canonical axes (x, y, z)."""
    count = round(2 * half_mm / spacing_mm)
    centre = phantom.spine.curve.to_patient(phantom.spine.level_s(level), 0.0, 5.0)
    return map_arrays(phantom, (count, count, count), block(centre, (count, count, count), spacing_mm))


def cross_section(phantom: Phantom, s: float, *, half_mm: float = 18.0, spacing_mm: float = 0.3) -> MapArrays:
    """Maps on the plane perpendicular to the canal at `s`: rows to posterior, columns to the left."""
    curve = phantom.spine.curve
    k = int(curve.node(np.array([s], dtype=np.float32))[0])
    count = round(2 * half_mm / spacing_mm)
    affine = np.eye(4)
    affine[:3, 0] = curve.tangent[:, k]
    affine[:3, 1] = -curve.anterior[:, k] * spacing_mm
    affine[:3, 2] = curve.left[:, k] * spacing_mm
    affine[:3, 3] = curve.to_patient(s) - (affine[:3, 1] + affine[:3, 2]) * (count - 1) / 2
    return map_arrays(phantom, (1, count, count), affine)


def without_lesions(phantom: Phantom) -> Phantom:
    """The same patient before the disease."""
    return Phantom(spine=phantom.spine, surroundings=phantom.surroundings)
