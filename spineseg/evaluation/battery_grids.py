"""Phantom + how a stack is scanned -> its true masks on that stack, vertebrae unnamed as a network leaves them.

No image is rendered and no DICOM written: a stack is an affine, so that reversed slices and feet-first rows are real
orders of the voxels in patient space.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import LabelMap, Modality, SeriesRole, Volume, make_grid
from spineseg.phantom.rasterize import Phantom
from spineseg.phantom.segmenter import TruthSegmenter
from spineseg.phantom.spine import Spine

FRAME_UID = "1.2.826.0.1.3680043.8.498.7"
SERIES_UID = "1.2.826.0.1.3680043.8.498.7.1"
# Field of view [mm]: along the canal, from front to back, from side to side. A lesion of 31 mm, 5 mm of clearance and
# 20 mm of reference fit along it.
FIELD_MM = (84.0, 102.0, 78.0)
_AHEAD_MM = 12.0  # the stack's middle before the canal's: bodies lie there


class Placement(StrEnum):
    """How the stack lies in the patient and in the file."""

    AXIAL = "axial"
    TRANSVERSE = "patient's axes"  # not tilted along the canal
    OBLIQUE = "oblique"
    REVERSED = "reversed slices"
    FEET_FIRST = "feet first"  # rows, columns and slices all run the other way
    MIRRORED = "mirrored"  # the patient's left and right swapped
    SAGITTAL = "sagittal only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """How a series is scanned.

    Parameters
    ----------
    in_plane_mm, thickness_mm
        Sides of the voxels.
    tilt_deg, turn_deg
        Of an oblique stack: about the left-right axis and about the anteroposterior one.
    """

    placement: Placement
    in_plane_mm: float
    thickness_mm: float
    tilt_deg: float = 0.0
    turn_deg: float = 0.0


def scan(phantom: Phantom, s: float, stack: Stack, *, named: bool = False) -> Segmentation:
    """True masks of the stretch of canal around `s` [mm], as an MR of this stack would show them."""
    affine, shape = stack_grid(phantom.spine, s, stack)
    sagittal = stack.placement is Placement.SAGITTAL
    role = SeriesRole.SAGITTAL_T2 if sagittal else SeriesRole.AXIAL_T2
    return stored(true_masks(phantom, affine, shape, role=role, named=named), stack.placement)


def true_masks(
    phantom: Phantom,
    affine: NDArray[np.float64],
    shape: tuple[int, int, int],
    *,
    modality: Modality = Modality.MR,
    role: SeriesRole = SeriesRole.AXIAL_T2,
    named: bool = False,
) -> Segmentation:
    """True masks of a phantom on a grid."""
    grid = make_grid(np.broadcast_to(np.float32(0), shape), affine, FRAME_UID)
    volume = Volume(image=grid, modality=modality, role=role, series_instance_uid=SERIES_UID)
    return TruthSegmenter(phantom, named=named)(volume)


def stack_grid(spine: Spine, s: float, stack: Stack) -> tuple[NDArray[np.float64], tuple[int, int, int]]:
    """Affine and shape of a stack around a place along the canal, before its voxels are stored in another order."""
    axes = _axes(spine, s, stack)
    along, depth, width = FIELD_MM
    # Slices of a sagittal stack run from side to side, their rows along the canal.
    if stack.placement is Placement.SAGITTAL:
        axes = axes[:, [2, 0, 1]]
        axes[:, 1] *= -1
        field = (width, along, depth)
    else:
        field = (along, depth, width)
    spacing = np.array([stack.thickness_mm, stack.in_plane_mm, stack.in_plane_mm])
    count = [max(4, round(length / side)) for length, side in zip(field, spacing, strict=True)]
    shape = (count[0], count[1], count[2])
    affine = np.eye(4)
    affine[:3, :3] = axes * spacing
    posterior = axes[:, 2] if stack.placement is Placement.SAGITTAL else axes[:, 1]
    centre = spine.curve.to_patient(s) - _AHEAD_MM * posterior
    affine[:3, 3] = centre - affine[:3, :3] @ ((np.asarray(shape) - 1) / 2)
    return affine, shape


def stored(masks: Segmentation, placement: Placement) -> Segmentation:
    """The same voxels as another scan would store them."""
    flips = {Placement.REVERSED: (0,), Placement.FEET_FIRST: (0, 1, 2)}.get(placement, ())
    mirror = np.diag([-1.0 if placement is Placement.MIRRORED else 1.0, 1.0, 1.0, 1.0])
    if not flips and placement is not Placement.MIRRORED:
        return masks

    def move(grid: LabelMap) -> LabelMap:
        affine = mirror @ grid.affine
        for axis in flips:
            affine[:3, 3] += (grid.spatial_shape[axis] - 1) * affine[:3, axis]
            affine[:3, axis] *= -1
        return make_grid(np.flip(grid.array, flips), affine, FRAME_UID)

    return replace(masks, anatomy=move(masks.anatomy), subregions=move(masks.subregions), lesions=move(masks.lesions))


def _axes(spine: Spine, s: float, stack: Stack) -> NDArray[np.float64]:
    """Unit vectors to the head, to posterior and to the left as columns (3, 3)."""
    if stack.placement in (Placement.TRANSVERSE, Placement.SAGITTAL):
        return np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    node = int(spine.curve.node(np.array([s], dtype=np.float32))[0])
    tangent = spine.curve.tangent[:, node].astype(np.float64)
    left = np.array([1.0, 0.0, 0.0]) - tangent[0] * tangent
    left /= np.linalg.norm(left)
    axes = np.stack([-tangent, np.cross(left, tangent), left], axis=1)
    axes[:, [0, 1]] = axes[:, [0, 1]] @ _turn(stack.tilt_deg)
    axes[:, [0, 2]] = axes[:, [0, 2]] @ _turn(stack.turn_deg)
    return axes


def _turn(degrees: float) -> NDArray[np.float64]:
    cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[cosine, -sine], [sine, cosine]])
