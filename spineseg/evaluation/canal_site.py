"""Described spine -> places for test tumours: outlines of canal, sac and cord in the canal's own coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.anatomy.centerline import frame_at, project
from spineseg.domain import labels
from spineseg.domain.anatomy import Centerline, SpineAnatomy
from spineseg.domain.volume import spacing_mm, to_patient, voxel_volume_mm3

FloatArray = NDArray[np.float64]

SECTORS = 24  # of 15 degrees
HALF_SLAB_MM = 4.0  # outlines are means over so much of the canal to both sides; a slice where slices are thicker [P]
# Radii of equal area that an adult can have, widely taken; others are failures of the segmentation [P].
CANAL_RADIUS_MM = (5.0, 15.0)
CORD_RADIUS_MM = (2.5, 7.0)
AROUND_MM = 15.0  # half a lumbar level [P]
IN_FRONT_MM = -40.0  # a lumbar body's middle and more [P]
BEHIND_MM = 5.0  # a cord may lie so far behind the middle of its canal [P]
EDGE_PIXELS = 0.6  # from the 95th percentile of the outer voxels' centres to their edge
LEAST_VOXELS = 20  # of a structure in the slab, for an outline


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CanalVoxels:
    """Voxels of the canal in its own coordinates.

    Parameters
    ----------
    along, left, posterior : (N,) [mm]
        Position from the cranial end, and offset from the centreline.
    label : (N,) uint8
        Values of `domain.labels`.
    """

    centerline: Centerline
    along: FloatArray
    left: FloatArray
    posterior: FloatArray
    label: NDArray[np.uint8]
    voxel_mm3: float
    pixel_mm: float
    half_slab_mm: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CanalSite:
    """One level of a canal.

    Parameters
    ----------
    position_mm
        From the centreline's cranial end.
    canal, sac : (24,) [mm]
        Distance of the outlines from the centreline, by the angle from anterior to the patient's left.
    cord_centre : (2,) [mm]
        To the left and to posterior of the centreline; NaN without a cord.
    cord_radius_mm
        NaN without a cord.
    """

    position_mm: float
    canal: FloatArray
    sac: FloatArray
    cord_centre: FloatArray
    cord_radius_mm: float

    @property
    def has_cord(self) -> bool:
        """Whether the level lies above the conus."""
        return bool(np.isfinite(self.cord_radius_mm))

    def canal_at(self, angle: FloatArray | float) -> FloatArray:
        """Distance of the canal's wall at angles [rad]: [mm]."""
        return _periodic(self.canal, angle)

    def sac_at(self, angle: FloatArray | float) -> FloatArray:
        """Distance of the dura at angles [rad]: [mm]."""
        return _periodic(self.sac, angle)

    def gaps(self, angle: float) -> tuple[float, float, float]:
        """Room seen from the wall at an angle: epidural space, CSF before the cord, CSF behind it [mm]."""
        direction = np.array([np.sin(angle), -np.cos(angle)])
        epidural = max(float(self.canal_at(angle) - self.sac_at(angle)), 0.0)
        out = float(self.cord_centre @ direction)
        before = float(self.sac_at(angle)) - out - self.cord_radius_mm
        behind = float(self.sac_at(angle + np.pi)) + out - self.cord_radius_mm
        return epidural, max(before, 0.0), max(behind, 0.0)


def canal_voxels(anatomy: SpineAnatomy) -> CanalVoxels | None:
    """The canal in its own coordinates; None where no centreline was found."""
    if anatomy.centerline is None:
        return None
    mask = anatomy.segmentation.anatomy
    index = np.argwhere(np.isin(mask.array, labels.CANAL_CONTENT))
    place = project(anatomy.centerline, to_patient(mask, index))
    return CanalVoxels(
        centerline=anatomy.centerline,
        along=place.position_mm,
        left=place.left_mm,
        posterior=place.posterior_mm,
        label=mask.array[tuple(index.T)],
        voxel_mm3=voxel_volume_mm3(mask),
        pixel_mm=float(np.sort(spacing_mm(mask))[:2].mean()),
        half_slab_mm=max(HALF_SLAB_MM, 0.75 * float(spacing_mm(mask).max())),
    )


def measure_site(voxels: CanalVoxels, position_mm: float) -> CanalSite | None:
    """Outlines at a position; None where they are not those of a spine."""
    near = np.abs(voxels.along - position_mm) <= voxels.half_slab_mm
    left, posterior, label = voxels.left[near], voxels.posterior[near], voxels.label[near]
    sac = np.isin(label, labels.THECAL_SAC)
    cord = label == labels.SPINAL_CORD
    area_mm2 = voxels.voxel_mm3 / (2 * voxels.half_slab_mm)
    radius = float(np.sqrt(near.sum() * area_mm2 / np.pi))
    if sac.sum() < LEAST_VOXELS or not CANAL_RADIUS_MM[0] <= radius <= CANAL_RADIUS_MM[1]:
        return None
    cord_radius, centre = float("nan"), np.full(2, np.nan)
    if cord.sum() >= LEAST_VOXELS:
        cord_radius = float(np.sqrt(cord.sum() * area_mm2 / np.pi))
        centre = np.array([left[cord].mean(), posterior[cord].mean()])
        if not CORD_RADIUS_MM[0] <= cord_radius <= CORD_RADIUS_MM[1]:
            return None
    return CanalSite(
        position_mm=position_mm,
        canal=_outline(left, posterior) + EDGE_PIXELS * voxels.pixel_mm,
        sac=_outline(left[sac], posterior[sac]) + EDGE_PIXELS * voxels.pixel_mm,
        cord_centre=centre,
        cord_radius_mm=cord_radius,
    )


def at_spine(voxels: CanalVoxels, site: CanalSite, references: FloatArray) -> bool:
    """Whether a site lies where people drew a spine: references near it, and none of their bulk behind it.

    Parameters
    ----------
    references : (N, 3) [mm, LPS]
        Voxels of bodies, cords and the like; without any every site counts.
    """
    if not len(references):
        return True
    # In patient axes: a canal that was found in front of the spine turns its own frame round.
    middle, _, _ = frame_at(voxels.centerline, np.array([site.position_mm]))
    offset = references - middle
    near = (np.abs(offset[:, 0]) < AROUND_MM) & (np.abs(offset[:, 2]) < AROUND_MM)
    return bool(near.any()) and IN_FRONT_MM < float(offset[near, 1].mean()) < BEHIND_MM


def _outline(left: FloatArray, posterior: FloatArray) -> FloatArray:
    """Outer distance of points in each sector, smoothed over its neighbours."""
    sector = np.floor(np.arctan2(left, -posterior) / (2 * np.pi) * SECTORS).astype(int) % SECTORS
    away = np.hypot(left, posterior)
    known = [number for number in range(SECTORS) if np.any(sector == number)]
    # The 95th percentile leaves single stray voxels out.
    outer = [float(np.percentile(away[sector == number], 95)) for number in known]
    filled = np.interp(np.arange(SECTORS), known, outer, period=SECTORS)
    smooth: FloatArray = 0.5 * filled + 0.25 * (np.roll(filled, 1) + np.roll(filled, -1))
    return smooth


def _periodic(table: FloatArray, angle: FloatArray | float) -> FloatArray:
    middle = (np.arange(SECTORS) + 0.5) * 2 * np.pi / SECTORS
    value: FloatArray = np.interp(np.asarray(angle) % (2 * np.pi), middle, table, period=2 * np.pi)
    return value
