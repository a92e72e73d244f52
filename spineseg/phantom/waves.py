"""Seed -> WaveField: smooth random fields of patient space, the same at the same point on every grid.

A sum of plane waves is a product of three factors on an affine grid, so that a whole grid costs one matrix
product. (Rahimi & Recht, NIPS 2007: random Fourier features of a Gaussian kernel.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WaveField:
    """Random field of unit variance.

    Parameters
    ----------
    wave_vectors : (K, 3) [rad/mm]
    phases : (K,) [rad]
    """

    wave_vectors: NDArray[np.float64]
    phases: NDArray[np.float64]

    def on_grid(self, shape: tuple[int, int, int], affine: NDArray[np.float64]) -> FloatArray:
        """Values at the voxel centres of a grid, raveled: (slices * rows * columns,)."""
        start = self.wave_vectors @ affine[:3, 3] + self.phases
        steps = self.wave_vectors @ affine[:3, :3]
        first, second, third = (
            np.exp(1j * np.outer(np.arange(n), steps[:, axis])).astype(np.complex64) for axis, n in enumerate(shape)
        )
        first = first * np.exp(1j * start).astype(np.complex64)
        pairs = (first[:, None, :] * second[None, :, :]).reshape(-1, len(steps))
        # Real part of a complex product as one real matrix product.
        left = np.concatenate([pairs.real, -pairs.imag], axis=1)
        right = np.concatenate([third.real, third.imag], axis=1).T
        amplitude = np.float32(np.sqrt(2 / len(steps)))
        return np.asarray((left @ right) * amplitude, dtype=np.float32).ravel()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlacedWaves(WaveField):
    """A field that also tells where the voxels lie, for shapes that are given in patient space."""

    def on_grid(self, shape: tuple[int, int, int], affine: NDArray[np.float64]) -> FloatArray:
        """Values, then x, y and z of the voxel centres: (4, slices, rows, columns) [1, mm, mm, mm; LPS]."""
        placed = np.empty((4, *shape), dtype=np.float32)
        # Without `super()`: a slotted dataclass is another class than the one its methods close over.
        placed[0] = WaveField.on_grid(self, shape, affine).reshape(shape)
        first, second, third = np.ix_(*(np.arange(n, dtype=np.float32) for n in shape))
        steps = affine.astype(np.float32)
        for axis in range(3):
            plane = steps[axis, 3] + steps[axis, 0] * first + steps[axis, 1] * second
            np.add(plane, steps[axis, 2] * third, out=placed[1 + axis])
        return placed


def draw_waves(rng: np.random.Generator, length_mm: float, *, count: int = 20) -> WaveField:
    """Field whose values agree within about `length_mm`."""
    return WaveField(wave_vectors=rng.normal(0, 1 / length_mm, (count, 3)), phases=rng.uniform(0, 2 * np.pi, count))


def placed(field: WaveField) -> PlacedWaves:
    """The same field, telling places."""
    return PlacedWaves(wave_vectors=field.wave_vectors, phases=field.phases)
