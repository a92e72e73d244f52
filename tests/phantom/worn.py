"""Patients with one known deviation each, for the tests of the spine's pathology."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spineseg.phantom import anthropometry as table
from spineseg.phantom.rasterize import MapArrays, Phantom
from spineseg.phantom.spine import SpineOptions, draw_spine
from spineseg.phantom.surroundings import draw_surroundings
from spineseg.phantom.variation import Variation, healthy_wear
from tests.phantom.patient import maps_at


def level(name: str) -> int:
    """Index of a level."""
    return table.LEVELS.index(name)


def worn(seed: int = 3, **parts: object) -> Phantom:
    """A patient whose pathology has the given parts."""
    variation = replace(Variation(), **parts)  # type: ignore[arg-type]  # fields of Variation
    options = SpineOptions(size=1.0, variation=0.3, scoliosis_mm=0.0, pathology=variation)
    spine = draw_spine(np.random.default_rng(seed), options)
    return Phantom(spine=spine, surroundings=draw_surroundings(np.random.default_rng(seed), spine))


def with_wear(column: str, name: str, value: float, seed: int = 3) -> Phantom:
    """A patient with one value of the columns of wear changed."""
    wear = healthy_wear()
    wear[column][level(name)] = value
    return worn(seed, wear=wear)


def look(phantom: Phantom, name: str, *, half_mm: float = 32.0, spacing_mm: float = 1.0) -> MapArrays:
    """Maps in a cube around a level."""
    return maps_at(phantom, name, half_mm=half_mm, spacing_mm=spacing_mm)
