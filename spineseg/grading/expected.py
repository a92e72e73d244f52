"""Sections -> Expected: the outlines that cord and sac would have without the lesion, from uninvolved neighbours.

"One number cannot be used for all levels" (Sherman et al. 1990, AJNR 11:369): the reference is the patient's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.anatomy.distance import Field
from spineseg.anatomy.sections import PIXEL_MM, Sections
from spineseg.anatomy.shapes import area_mm2, centroid_mm

CORD, SAC, CANAL, TUMOUR, ANY_TUMOUR = "cord", "sac", "canal", "tumour", "any_tumour"

CLEARANCE_MM = 5.0  # uninvolved slices lie at least this far beyond the lesion (clinical.md 1.6)
_REACH_MM = 20.0  # beyond that, the cord's own size has changed: half a cervical enlargement [P]
_SPREAD_MM = 2.0  # planes every millimetre repeat each other [P]
_PLANES_A_SIDE = 4  # averaged, so that one poor slice does not decide [P]
_LEAST_TUMOUR_MM2 = 1.0  # about three voxels of 0.6 mm: less tumour in the canal does not involve a plane [P]
_TAPERED = 0.85  # ratio of radii below which the cord tapers between the two sides [P]
LEAST_CORD_MM2 = 10.0  # a sixth of the conus (60 mm²): less is not a cord [P]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expected:
    """Expected outlines on every plane, as signed distances like `Sections.fields`.

    Parameters
    ----------
    cord, sac : (S, H, W) [mm]
        None where no uninvolved plane shows the structure.
    cord_sides, sac_sides
        2 where both sides of the lesion gave planes, 1 or 0 else.
    reference : (S,)
        Planes that were averaged.
    complete
        Whether every side gave as many planes as are averaged: planes farther away would change nothing.
    """

    cord: Field | None
    sac: Field | None
    cord_sides: int
    sac_sides: int
    reference: NDArray[np.bool_] | None = None
    complete: bool = False

    def planes(self, chosen: NDArray[np.bool_]) -> Expected:
        """The outlines of some planes."""
        return Expected(
            cord=None if self.cord is None else self.cord[chosen],
            sac=None if self.sac is None else self.sac[chosen],
            cord_sides=self.cord_sides,
            sac_sides=self.sac_sides,
            reference=None if self.reference is None else self.reference[chosen],
            complete=self.complete,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Side:
    """Mean outline (H, W) of some planes of one side, brought to the middle; its radius and how that changes."""

    position_mm: float
    shape: Field
    middle: NDArray[np.float64]
    radius_mm: float
    radius_slope: float
    planes: NDArray[np.intp]


def reference_window_mm(step_mm: float) -> float:
    """How far beyond a lesion planes must be seen to take all that are averaged, and that no other lesion is near [mm].

    Parameters
    ----------
    step_mm
        Distance of planes, or less.
    """
    return 2 * CLEARANCE_MM + _PLANES_A_SIDE * max(_SPREAD_MM, step_mm) + step_mm


def involved_planes(sections: Sections, tumour: str = TUMOUR) -> NDArray[np.bool_]:
    """Planes on which a tumour reaches the canal: (S,)."""
    inside = np.maximum(sections.fields[tumour], sections.fields[CANAL])
    return area_mm2(inside) >= _LEAST_TUMOUR_MM2


def expected_outlines(sections: Sections) -> Expected:
    """Cord and sac as interpolated between the uninvolved planes cranial and caudal of the lesion.

    Parameters
    ----------
    sections
        With the fields `cord`, `sac`, `canal`, `tumour` (this lesion) and `any_tumour` (every lesion).
    """
    own, every = involved_planes(sections), involved_planes(sections, ANY_TUMOUR)
    if not own.any():
        return Expected(cord=None, sac=None, cord_sides=0, sac_sides=0, complete=True)
    position = sections.position_mm
    distance = np.min(np.abs(position[:, None] - position[None, every]), axis=1)
    usable = sections.covered & (distance >= CLEARANCE_MM - 1e-6)
    first, last = position[own][0], position[own][-1]
    ranges = (usable & (position < first), usable & (position > last))
    cord = [_side(sections, CORD, chosen, 0.5 * (first + last)) for chosen in ranges]
    sac = [_side(sections, SAC, chosen, 0.5 * (first + last)) for chosen in ranges]
    reference = np.zeros(len(position), dtype=bool)
    for side in (*cord, *sac):
        if side is not None:
            reference[side.planes] = True
    return Expected(
        cord=_interpolated([side for side in cord if side is not None], position),
        sac=_interpolated([side for side in sac if side is not None], position),
        cord_sides=sum(side is not None for side in cord),
        sac_sides=sum(side is not None for side in sac),
        reference=reference,
        complete=all(side is not None and len(side.planes) == _PLANES_A_SIDE for side in (*cord, *sac)),
    )


def _side(sections: Sections, name: str, usable: NDArray[np.bool_], middle_mm: float) -> _Side | None:
    """Mean outline of the nearest uninvolved planes of one side."""
    field = sections.fields[name]
    chosen = np.flatnonzero(usable & (area_mm2(field) >= LEAST_CORD_MM2))
    if not len(chosen):
        return None
    away = np.abs(sections.position_mm[chosen] - middle_mm)
    chosen = chosen[np.argsort(away, kind="stable")]
    near = np.sort(away) <= away.min() + _REACH_MM
    chosen = _spread(chosen[near], sections.position_mm)
    middles = centroid_mm(field[chosen])
    aligned = [
        ndimage.shift(field[plane], -middle / PIXEL_MM, order=1, mode="nearest")
        for plane, middle in zip(chosen, middles, strict=True)
    ]
    at, radius = sections.position_mm[chosen], np.sqrt(area_mm2(field[chosen]) / np.pi)
    spread = float(np.var(at))
    slope = float(np.mean((at - at.mean()) * (radius - radius.mean())) / spread) if spread > 0 else 0.0
    return _Side(
        position_mm=float(at.mean()),
        shape=np.mean(aligned, axis=0, dtype=np.float32),
        middle=middles.mean(axis=0),
        radius_mm=float(radius.mean()),
        radius_slope=slope,
        planes=chosen,
    )


def _spread(nearest_first: NDArray[np.intp], position: NDArray[np.float64]) -> NDArray[np.intp]:
    """Up to four planes at least 2 mm apart, nearest first: planes every millimetre repeat each other."""
    kept: list[int] = []
    for plane in nearest_first:
        if all(abs(position[plane] - position[other]) >= _SPREAD_MM for other in kept):
            kept.append(int(plane))
        if len(kept) == _PLANES_A_SIDE:
            break
    return np.array(kept, dtype=np.intp)


def _interpolated(sides: list[_Side], position: NDArray[np.float64]) -> Field | None:
    """Aligned outlines blended linearly along the canal and moved to the interpolated middle."""
    if not sides:
        return None
    first, last = sides[0], sides[-1]
    span = max(last.position_mm - first.position_mm, 1e-6)
    weight = np.clip((position - first.position_mm) / span, 0.0, 1.0)
    middle = (1 - weight)[:, None] * first.middle + weight[:, None] * last.middle
    share = _taper_share(first, last, weight)[:, None, None]
    blend = (1 - share) * first.shape + share * last.shape
    moved = [
        ndimage.shift(shape, offset / PIXEL_MM, order=1, mode="nearest")
        for shape, offset in zip(blend.astype(np.float32), middle, strict=True)
    ]
    return np.asarray(moved, dtype=np.float32)


def _taper_share(first: _Side, last: _Side, weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the last outline in the blend: linear, but along the conus as the radii and their slopes say.

    The cord keeps its size until 3 cm above its tip and then shrinks ever faster: a straight line between a full
    section and the tip would expect too thin a cord and overlook its compression.
    """
    change = last.radius_mm - first.radius_mm
    if min(first.radius_mm, last.radius_mm) > _TAPERED * max(first.radius_mm, last.radius_mm):
        return weight
    span = last.position_mm - first.position_mm
    t = weight
    hermite = (  # cubic through both radii with both slopes
        (2 * t**3 - 3 * t**2 + 1) * first.radius_mm
        + (t**3 - 2 * t**2 + t) * span * first.radius_slope
        + (3 * t**2 - 2 * t**3) * last.radius_mm
        + (t**3 - t**2) * span * last.radius_slope
    )
    return np.clip((hermite - first.radius_mm) / change, 0.0, 1.0)
