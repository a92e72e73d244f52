"""Label maps of two studies -> the rigid transform of the vertebrae that both name, with its residual."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.labels import CANAL_CONTENT, VERTEBRA_VALUES
from spineseg.domain.rigid import Rigid, fit_rigid, same_place
from spineseg.domain.volume import LabelMap, to_patient

# Half the sagittal diameter of the canal, 15-18 mm (Panjabi et al. 1991): what lies farther in front is body.
_CANAL_RADIUS_MM = 8.0
_SLAB_MM = 6.0  # canal on both sides of the vertebra's height that is averaged [P]
_LEAST_LEVELS = 3  # [P]
# Root mean square of body and canal centres: half the width of a pedicle, so that left and right stay apart. [P]
MOST_RESIDUAL_MM = 4.0
_MOST_VOXELS = 4000  # of one vertebra; enough for a centroid to 0.2 mm


def relate(source: Sequence[LabelMap], target: Sequence[LabelMap]) -> tuple[Rigid, float] | None:
    """Transform from one patient space to another; None where it is not known well enough.

    Parameters
    ----------
    source, target : (slice, row, column) uint8
        Values of `domain.labels.ANATOMY`; all of one side in one frame of reference.

    Returns
    -------
    transform, residual_mm
        0 mm where the frame of reference is the same.
    """
    frames = {one.frame_of_reference_uid for one in (*source, *target)}
    if len(frames) == 1 and None not in frames:
        return same_place(), 0.0
    first, second = _all_landmarks(source), _all_landmarks(target)
    common = [value for value in first if value in second]
    if len(common) < _LEAST_LEVELS:
        return None
    rigid, residual_mm = fit_rigid(
        np.concatenate([first[value] for value in common]), np.concatenate([second[value] for value in common])
    )
    return (rigid, residual_mm) if residual_mm <= MOST_RESIDUAL_MM else None


def landmarks(anatomy: LabelMap) -> dict[int, NDArray[np.float64]]:
    """Centre of the body and of the canal beside it, of every whole named vertebra: value -> (2, 3) [mm, LPS].

    The same definition for masks of this run and for a SEG that holds no sub-regions; it asks nothing of how the
    patient lay.
    """
    canal = to_patient(anatomy, np.argwhere(np.isin(anatomy.array, CANAL_CONTENT)))
    axis = int(np.argmax(np.abs(np.asarray(anatomy.affine)[2, :3])))
    found = {}
    for value in VERTEBRA_VALUES.values():
        centres = _centres(anatomy, canal, value, axis)
        if centres is not None:
            found[value] = centres
    return found


def _all_landmarks(maps: Sequence[LabelMap]) -> dict[int, NDArray[np.float64]]:
    """Of several series, the first that shows a vertebra whole; most vertebrae first."""
    every = sorted((landmarks(one) for one in maps), key=len, reverse=True)
    merged: dict[int, NDArray[np.float64]] = {}
    for one in every:
        merged = {**one, **merged}
    return merged


def _centres(anatomy: LabelMap, canal: NDArray[np.float64], value: int, axis: int) -> NDArray[np.float64] | None:
    index = np.argwhere(anatomy.array == value)
    if not len(index) or index[:, axis].min() == 0 or index[:, axis].max() == anatomy.spatial_shape[axis] - 1:
        return None
    points = to_patient(anatomy, index[:: max(1, len(index) // _MOST_VOXELS)])
    middle = points.mean(axis=0)
    near = canal[np.abs(canal[:, 2] - middle[2]) <= _SLAB_MM]
    if not len(near):
        return None
    centre = near.mean(axis=0)
    forward = middle - centre
    forward[2] = 0.0
    forward /= max(float(np.linalg.norm(forward)), 1e-6)
    body = points[(points - centre) @ forward > _CANAL_RADIUS_MM]
    return np.stack([body.mean(axis=0), centre]) if len(body) else None
