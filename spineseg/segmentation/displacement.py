"""Prescribed push and tissue stiffness -> smooth displacement of a canal's content, the cord moving nearly as one."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.segmentation.classes import CANAL_CLASSES, AnatomyClass, MaskArray

_Scalar = TypeVar("_Scalar", bound=np.generic)
FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

# Stiffness against CSF and fat, so that the cord is moved before it is squeezed [P].
_STIFFNESS = np.ones(len(AnatomyClass), dtype=np.float32)
_STIFFNESS[AnatomyClass.SPINAL_CORD] = 15.0
_STIFFNESS[AnatomyClass.CAUDA_EQUINA] = 3.0
_COARSE = 2  # voxels of the patch in one of the solver; a displacement is smoother than that
_ALONG = 2.0  # coupling along the canal against that across it: cord and dura are cables [P]
_ROUNDS = 60  # of relaxation on a grid of about 16 x 16 x 32; more changes less than 0.1 mm [P]
_FINE_ROUNDS = 4
_OVER = 1.6  # successive over-relaxation


def displacement(classes: MaskArray, held: BoolArray, push: FloatArray) -> FloatArray:
    """Displacement in the canal for a push that is prescribed somewhere in it and nothing at its wall.

    Parameters
    ----------
    classes : (x, y, z) uint8
        Values of `AnatomyClass`; where things are after the push, roughly.
    held : (x, y, z)
        Voxels whose displacement is prescribed.
    push : (2, x, y, z) [voxels]
        Along x and y, used where `held`.

    Returns
    -------
    (2, x, y, z) [voxels]
        Content at a voxel came from the voxel minus this; 0 outside the canal.
    """
    result = np.zeros_like(push)
    canal = np.isin(classes, CANAL_CLASSES)
    if not (held & canal).any():
        return result
    box = _padded_box(canal)
    inside, fixed = canal[box], held[box] & canal[box]
    prescribed = np.where(fixed, push[(slice(None), *box)], np.float32(0))
    stiffness = _STIFFNESS[classes[box]]
    coarse = _relaxed(
        _thinned(prescribed), _thinned(inside & ~fixed), _thinned(stiffness), rounds=_ROUNDS, factor=_OVER
    )
    factors = [fine / few for fine, few in zip(inside.shape, coarse.shape[1:], strict=True)]
    smooth = np.stack(
        [ndimage.zoom(part, factors, order=1, mode="nearest", grid_mode=True)[: inside.shape[0]] for part in coarse]
    )
    start = np.where(fixed, prescribed, np.where(inside, smooth, np.float32(0)))
    # Between the coarse points the seam with what is held is not smooth yet.
    result[(slice(None), *box)] = _relaxed(start, inside & ~fixed, stiffness, rounds=_FINE_ROUNDS, factor=1.0)
    return result


def _relaxed(values: FloatArray, free: BoolArray, stiffness: FloatArray, *, rounds: int, factor: float) -> FloatArray:
    """Towards the solution of div(k grad u) = 0 in `free`, given u elsewhere, by red-black relaxation."""
    pairs = [(axis, _ALONG if axis == 2 else 1.0) for axis in range(3)]
    weights = [
        (axis, step, np.float32(share) * _harmonic(stiffness, np.roll(stiffness, step, axis)))
        for axis, share in pairs
        for step in (1, -1)
    ]
    total = np.sum([weight for _, _, weight in weights], axis=0)
    parity = np.indices(free.shape).sum(axis=0) % 2 == 0
    solved = values
    for number in range(2 * rounds):
        flow = np.zeros_like(solved)
        for axis, step, weight in weights:
            flow += weight * np.roll(solved, step, axis + 1)
        changed = free & (parity == (number % 2 == 0))
        solved = np.where(changed, solved + np.float32(factor) * (flow / total - solved), solved)
    return solved


def _harmonic(first: FloatArray, second: FloatArray) -> FloatArray:
    return 2 * first * second / (first + second)


def _thinned(array: NDArray[_Scalar]) -> NDArray[_Scalar]:
    return array[..., ::_COARSE, ::_COARSE, ::_COARSE]


def _padded_box(mask: BoolArray) -> tuple[slice, ...]:
    """Box around a mask with a border of its own, so that nothing couples round the edges."""
    (box,) = ndimage.find_objects(mask.view(np.uint8))
    margin = 2 * _COARSE
    return tuple(
        slice(max(0, part.start - margin), min(count, part.stop + margin))
        for part, count in zip(box, mask.shape, strict=True)
    )
