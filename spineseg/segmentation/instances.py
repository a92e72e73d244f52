"""Class map -> vertebrae and discs one by one, counted from cranial along the curved axis of the canal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain import labels
from spineseg.segmentation.classes import BODY_CLASSES, CANAL_CLASSES, CANAL_LABELS, AnatomyClass, MaskArray
from spineseg.segmentation.counting import (
    BIN_MM,
    PROFILE_SIGMA_MM,
    SHORTEST_PITCH_MM,
    Heights,
    count_bodies,
    lowest_is_sliver,
    without_lowest,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

# The axis is smoothed over about half a vertebra. [P]
AXIS_SIGMA_MM = 10.0
# Half a thick lumbar disc with its bulge; beyond, the vertebra above is out of view. [P]
FURTHEST_DISC_MM = 14.0
# Arches: their slope is measured behind the canal's posterior wall, over the length of a spinous process. [P]
LAMINA_MM = 8.0
LONGEST_PROCESS_MM = 45.0
MIDLINE_MM = 7.0
SLOPE_WINDOW_MM = 45.0
SLOPES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4)
_ARCH, _DISC = (AnatomyClass.POSTERIOR_ELEMENTS,), (AnatomyClass.DISC,)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpinalAxis:
    """Smooth curve through the canal, one point for each slice of the working grid.

    Parameters
    ----------
    centre : (z, 2) [voxels]
        x and y of the curve at each z.
    tangent : (z, 3)
        Unit vectors pointing to the head.
    height_mm : (z,) [mm]
        Length along the curve, growing to the head.
    """

    centre: FloatArray
    tangent: FloatArray
    height_mm: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledSpine:
    """Masks as in `domain.segmentation.Segmentation`, on the working grid (x, y, z).

    Parameters
    ----------
    axis_label
        Label of the vertebra that the network knows as C2; 0 where it saw none.
    """

    anatomy: MaskArray
    subregions: MaskArray
    vertebrae: int
    axis_label: int = labels.BACKGROUND


def label_spine(classes: MaskArray, spacing: float) -> LabelledSpine:
    """Give every vertebra and disc its own label, unnamed, counted from cranial.

    Parameters
    ----------
    classes : (x, y, z) uint8
        Values of `AnatomyClass`, cleaned; z runs to the head.
    spacing : [mm]
    """
    axis = spinal_axis(classes, spacing)
    anatomy, subregions = _canal_and_sacrum(classes)
    subregions[classes == AnatomyClass.RIB] = labels.RIB
    parts = [np.argwhere(np.isin(classes, members)) for members in (BODY_CLASSES, _ARCH, _DISC)]
    bodies, arches, discs = parts
    if len(bodies) == 0:
        return LabelledSpine(anatomy=anatomy, subregions=subregions, vertebrae=0)
    placed = [axial_coordinates(axis, part, spacing) for part in parts]
    heights = Heights(*(coordinates[0] for coordinates in placed))
    is_axis = classes[tuple(bodies.T)] == AnatomyClass.AXIS
    count = count_bodies(heights, is_axis, spacing**3)
    if np.any(classes == AnatomyClass.SACRUM) and lowest_is_sliver(heights.bodies, count.numbers):
        # The upper end of S1, taken for a body: as a vertebra of its own it would shift every name by one.
        sliver = bodies[count.numbers == count.numbers.max()]
        anatomy[tuple(sliver.T)] = labels.SACRUM
        count = without_lowest(count)
    instances = np.zeros(classes.shape, dtype=np.uint8)
    instances[tuple(bodies.T)] = count.numbers
    instances[tuple(arches.T)] = arch_numbers(*placed[1], count.lower_borders)
    owned = instances > 0
    anatomy[owned] = labels.UNNAMED_OFFSET + instances[owned]
    subregions[owned & np.isin(classes, BODY_CLASSES)] = labels.VERTEBRAL_BODY
    subregions[owned & np.isin(classes, _ARCH)] = labels.POSTERIOR_ELEMENTS
    anatomy[tuple(discs.T)] = _disc_labels(heights.discs, count.lower_borders)
    return LabelledSpine(
        anatomy=anatomy,
        subregions=subregions,
        vertebrae=int(count.numbers.max(initial=0)),
        axis_label=labels.UNNAMED_OFFSET + count.axis if count.axis else labels.BACKGROUND,
    )


def spinal_axis(classes: MaskArray, spacing: float) -> SpinalAxis:
    """Curve through the canal; through the bodies where a slice shows no canal."""
    canal = np.isin(classes, CANAL_CLASSES)
    mask = canal if canal.any() else np.isin(classes, BODY_CLASSES)
    count = mask.sum(axis=(0, 1))
    seen = count > 0
    x, y = (np.arange(size, dtype=np.float64) for size in mask.shape[:2])
    z = np.arange(mask.shape[2])
    if not seen.any():
        centre = np.tile((np.array(mask.shape[:2]) - 1) / 2, (len(z), 1))
    else:
        moments = (mask.sum(axis=1).T @ x, mask.sum(axis=0).T @ y)
        centre = np.stack([np.interp(z, z[seen], moment[seen] / count[seen]) for moment in moments], axis=1)
        centre = ndimage.gaussian_filter1d(centre, AXIS_SIGMA_MM / spacing, axis=0, mode="nearest")
    slope = np.gradient(centre, axis=0) if len(z) > 1 else np.zeros_like(centre)
    tangent = np.concatenate([slope, np.ones((len(z), 1))], axis=1)
    length = np.linalg.norm(tangent, axis=1)
    height = np.concatenate([[0.0], np.cumsum((length[1:] + length[:-1]) / 2)]) * spacing
    return SpinalAxis(centre=centre, tangent=tangent / length[:, None], height_mm=height)


def axial_coordinates(axis: SpinalAxis, indices: IntArray, spacing: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Where voxels lie along the axis, behind it and beside it.

    Parameters
    ----------
    indices : (N, 3) [voxels]

    Returns
    -------
    height : (N,) [mm]
        Length along the axis, growing to the head.
    behind : (N,) [mm]
        Distance from the axis to posterior.
    left : (N,) [mm]
        Distance from the axis to the patient's left.
    """
    slices = np.arange(len(axis.height_mm), dtype=np.float64)
    points = indices.astype(np.float64)
    foot = points[:, 2].copy()
    for _ in range(2):  # two steps leave less than half a voxel for the curvature of a spine
        curve = np.stack([*(np.interp(foot, slices, part) for part in axis.centre.T), foot], axis=1)
        tangent = np.stack([np.interp(foot, slices, part) for part in axis.tangent.T], axis=1)
        along = np.einsum("ij,ij->i", points - curve, tangent)
        foot = np.clip(foot + along * tangent[:, 2], -20.0, slices[-1] + 20.0)
    end = np.clip(foot, 0, slices[-1])
    height: FloatArray = np.interp(end, slices, axis.height_mm) + (foot - end) * spacing
    beside = (points - curve) * spacing
    return height, beside[:, 1] / np.maximum(tangent[:, 2], 0.5), beside[:, 0]


def arch_numbers(heights: FloatArray, behind: FloatArray, left: FloatArray, lower_borders: FloatArray) -> MaskArray:
    """Vertebra of each voxel of the posterior elements, 1 the most cranial.

    Spinous processes slope caudally, in the thorax by more than a vertebra. The slope is the one that separates
    them best: sheared back by it, they leave the clearest gaps.

    Parameters
    ----------
    heights, behind, left : (N,) [mm]
        As from `axial_coordinates`.
    lower_borders : (K,) [mm]
        Lower borders of the vertebrae, cranial to caudal.
    """
    if len(lower_borders) == 0 or len(heights) == 0:
        return np.zeros(len(heights), dtype=np.uint8)
    # Transverse processes and facets keep to the height of their vertebra.
    reach = np.where(np.abs(left) < MIDLINE_MM, np.clip(behind - LAMINA_MM, 0.0, LONGEST_PROCESS_MM), 0.0)
    slope = _slopes(heights, reach, lower_borders)
    attached = heights + np.interp(heights, lower_borders[::-1], slope[::-1]) * reach
    index = np.searchsorted(lower_borders[::-1], attached, side="right")
    return np.clip(len(lower_borders) + 1 - index, 1, len(lower_borders)).astype(np.uint8)


def _slopes(heights: FloatArray, reach: FloatArray, lower_borders: FloatArray) -> FloatArray:
    """Caudal slope of the arches around each border, smoothed over neighbours."""
    best = np.zeros(len(lower_borders))
    process = reach > 0
    for number, border in enumerate(lower_borders):
        near = process & (np.abs(heights - border) < SLOPE_WINDOW_MM)
        if np.any(near):
            best[number] = max(SLOPES, key=lambda k: _gap_contrast(heights[near] + k * reach[near]))
    smooth: FloatArray = ndimage.median_filter(best, size=min(5, len(best)), mode="nearest")
    return smooth


def _gap_contrast(attached: FloatArray) -> float:
    """How clearly a profile falls into separate arches: its variation against its smooth course."""
    edges = np.arange(attached.min() - SLOPE_WINDOW_MM, attached.max() + SLOPE_WINDOW_MM, BIN_MM)
    profile = ndimage.gaussian_filter1d(np.histogram(attached, edges)[0].astype(np.float64), PROFILE_SIGMA_MM / BIN_MM)
    course = ndimage.gaussian_filter1d(profile, SHORTEST_PITCH_MM / BIN_MM)
    return float(((profile - course) ** 2).sum() / max(1.0, (course**2).sum()))


def _disc_labels(heights: FloatArray, lower_borders: FloatArray) -> MaskArray:
    """Label of each disc voxel: of the vertebra whose lower border is nearest."""
    if len(lower_borders) == 0:
        return np.zeros(len(heights), dtype=np.uint8)
    ascending = lower_borders[::-1]
    middle = (ascending[1:] + ascending[:-1]) / 2
    nearest = np.searchsorted(middle, heights)
    value = labels.DISC_OFFSET + labels.UNNAMED_OFFSET + len(ascending) - nearest
    near = np.abs(heights - ascending[nearest]) <= FURTHEST_DISC_MM
    return np.where(near, value, labels.BACKGROUND).astype(np.uint8)


def _canal_and_sacrum(classes: MaskArray) -> tuple[MaskArray, MaskArray]:
    table = np.zeros(len(AnatomyClass), dtype=np.uint8)
    for member, value in CANAL_LABELS.items():
        table[member] = value
    anatomy: MaskArray = table[classes]
    return anatomy, np.zeros_like(classes)
