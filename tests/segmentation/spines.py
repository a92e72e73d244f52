"""Constructed class maps of spines: known answers for instances, cleanup and inference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from spineseg.segmentation.classes import AnatomyClass


@dataclass(frozen=True, kw_only=True)
class ToySpine:
    """Vertebrae from caudal to cranial along a curve in the sagittal plane; sizes in mm."""

    heights: Sequence[float] = (30, 29, 28, 27, 26)
    disc: float = 7.0
    bend_mm: float = 0.0
    fused: Sequence[int] = ()
    sacrum: bool = True
    spacing: float = 1.5
    shape: tuple[int, int] = field(default=(56, 72))

    @property
    def pitches(self) -> NDArray[np.float64]:
        """Heights of vertebra and disc together [mm], from caudal."""
        return np.asarray(self.heights, dtype=float) + self.disc

    def grids(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Class map (x, y, z) and the true vertebra, counted from cranial (0 elsewhere)."""
        base = 24.0 if self.sacrum else 6.0
        length = base + float(self.pitches.sum()) + 6
        depth = int(np.ceil(length / self.spacing))
        x, y, z = np.meshgrid(*(np.arange(n) * self.spacing for n in (*self.shape, depth)), indexing="ij")
        x = x - x.mean()
        middle = 54 + self.bend_mm * np.sin(2 * np.pi * z / length)
        slope = self.bend_mm * 2 * np.pi / length * np.cos(2 * np.pi * z / length)
        v = (y - middle) / np.sqrt(1 + slope**2)
        s = z + v * slope / np.sqrt(1 + slope**2) - base
        classes = np.zeros(x.shape, np.uint8)
        truth = np.zeros(x.shape, np.uint8)
        body = (np.hypot(x / 18, (v + 22) / 13)) < 1
        lower = 0.0
        for number, (height, pitch) in enumerate(zip(self.heights, self.pitches, strict=True)):
            here = (s >= lower) & (s < lower + height)
            between = (s >= lower + height) & (s < lower + pitch)
            vertebra = len(self.heights) - number
            classes[body & here] = AnatomyClass.VERTEBRAL_BODY
            truth[body & here] = vertebra
            gap = AnatomyClass.VERTEBRAL_BODY if number in self.fused else AnatomyClass.DISC
            if number < len(self.heights) - 1:
                classes[body & between] = gap
            # The arch hangs from the upper half of its body, its tip one half lower, as in the thorax.
            drop = np.clip(v - 8, 0, 20) * 0.6
            level = (s + drop >= lower + 0.45 * height) & (s + drop < lower + 0.95 * height)
            arch = level & (
                ((np.abs(x) > 9) & (np.abs(x) < 16) & (v > -12) & (v < 14)) | ((np.abs(x) < 16) & (v > 9) & (v < 14))
            )
            tip = level & (np.abs(x) < 4) & (v >= 13) & (v < 24)
            classes[arch | tip] = AnatomyClass.POSTERIOR_ELEMENTS
            truth[arch | tip] = vertebra
            lower += pitch
        inside = (s > -base + 4) & (s < lower)
        radius = np.hypot(x, v)
        for limit, member in (
            (8.5, AnatomyClass.EPIDURAL_SPACE),
            (7.0, AnatomyClass.CSF),
            (4.0, AnatomyClass.SPINAL_CORD),
        ):
            classes[inside & (radius < limit)] = member
        if self.sacrum:
            classes[body & (s < -5) & (s > -base + 2)] = AnatomyClass.SACRUM
            classes[body & (s >= -5) & (s < 0)] = AnatomyClass.DISC
        return classes, truth
