"""Constructed backgrounds: a toy spine with the grey values of a T2 image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import Modality
from spineseg.segmentation.background_cleanup import plausible_heights
from spineseg.segmentation.backgrounds import Background
from spineseg.segmentation.classes import AnatomyClass
from tests.segmentation.spines import ToySpine

SIGNAL = np.full(len(AnatomyClass), 60.0, dtype=np.float32)
SIGNAL[AnatomyClass.VERTEBRAL_BODY] = 100.0
SIGNAL[AnatomyClass.DISC] = 80.0
SIGNAL[AnatomyClass.SPINAL_CORD] = 110.0
SIGNAL[AnatomyClass.CSF] = 220.0
SIGNAL[AnatomyClass.EPIDURAL_SPACE] = 170.0


def toy_classes() -> NDArray[np.uint8]:
    """Three vertebrae at 1 mm around a straight canal of radius 8.5 mm, sac 7 mm, cord 4 mm."""
    classes, _ = ToySpine(heights=(24, 24, 24), spacing=1.0, shape=(64, 90), sacrum=False).grids()
    return classes


def toy_background(
    *, modality: Modality = Modality.MR, native_mm: tuple[float, float, float] = (1, 1, 1)
) -> Background:
    """Healthy spine with noise of 2 units."""
    classes = toy_classes()
    noise = np.random.default_rng(0).normal(0, 2, classes.shape)
    return Background(
        name="toy",
        image=(SIGNAL[classes] + noise).astype(np.float32),
        classes=classes,
        heights=plausible_heights(classes),
        native_mm=native_mm,
        modality=modality,
        contrast="t2" if modality is Modality.MR else "ct",
    )
