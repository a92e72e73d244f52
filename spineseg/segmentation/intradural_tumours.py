"""Healthy class map + random numbers -> tumour inside the dura: beside the cord or within it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.segmentation.canal_rays import cast_rays
from spineseg.segmentation.classes import CANAL_CLASSES, AnatomyClass, MaskArray
from spineseg.segmentation.displacement import displacement
from spineseg.segmentation.growth import SAC, UNCHANGED, Growth, TumourKind, level_near_middle, noise

LEAST_SLICES = 16  # of 1 mm: less sac or cord than a small tumour needs [P]


def extramedullary_tumour(classes: MaskArray, rng: np.random.Generator, slice_mm: float) -> Growth | None:
    """Round tumour under the dura that pushes the cord aside, CSF caps above and below it."""
    # Holes between the roots of the cauda equina are sac, whatever the network calls them.
    sac = ndimage.binary_closing(np.isin(classes, SAC), iterations=2) & np.isin(classes, CANAL_CLASSES)
    if sac.any(axis=(0, 1)).sum() < LEAST_SLICES:
        return None
    rays = cast_rays(sac)
    level = level_near_middle(sac, rng)
    radius = rng.uniform(0.35, 1.0) * rays.radius_mm
    tall = max(radius * rng.uniform(1.0, 2.2), 0.9 * slice_mm)
    aim = rng.uniform(-np.pi, np.pi)
    middle = rays.point(aim, rays.radius_mm - rng.uniform(0.75, 1.0) * radius, level)
    away = [axis - place for axis, place in zip(np.indices(classes.shape, dtype=np.float32), middle, strict=True)]
    far = np.sqrt((away[0] ** 2 + away[1] ** 2) / radius**2 + away[2] ** 2 / tall**2)
    far *= 1 + 0.08 * noise(classes.shape, 5, rng)
    soft = np.where(sac, np.clip(0.5 + (1 - far) * radius, 0, 1), 0).astype(np.float32)
    height = np.arange(classes.shape[2])
    half = radius * np.sqrt(np.clip(1 - ((height - level) / tall) ** 2, 0, None))
    neural = np.isin(classes, (AnatomyClass.SPINAL_CORD, AnatomyClass.CAUDA_EQUINA))
    gap = rays.first(neural, fill=2 * rays.radius_mm)
    reach = np.clip(rays.radius_mm - np.hypot(*(middle[:2] - rays.middle(level))) + half, 0, None)
    direction = -np.array([np.sin(aim), -np.cos(aim)])
    inside = soft > 0.5
    if not inside.any():
        return None
    amount = np.clip(reach - float(np.median(gap[inside])), 0, 1.2 * rays.radius_mm) * (half > 0)
    push = displacement(classes, inside, (direction[:, None, None, None] * amount).astype(np.float32) * inside)
    beneath = np.where(inside, np.uint8(AnatomyClass.CSF), np.uint8(UNCHANGED))
    return Growth(
        kind=TumourKind.INTRADURAL,
        soft=soft,
        bony=np.zeros_like(soft),
        oedema=np.zeros_like(soft),
        push=push,
        beneath=beneath,
    )


def intramedullary_tumour(classes: MaskArray, rng: np.random.Generator, slice_mm: float) -> Growth | None:
    """Tumour that swells the cord, with oedema above and below it."""
    cord = classes == AnatomyClass.SPINAL_CORD
    sac = np.isin(classes, SAC)
    if cord.any(axis=(0, 1)).sum() < LEAST_SLICES:
        return None
    rays, room = cast_rays(cord), cast_rays(sac).radius_mm
    level = level_near_middle(cord, rng)
    tall = max(rng.uniform(5, 18), 0.9 * slice_mm)
    swelling = min(rng.uniform(1.1, 1.7), max(1.05, 0.92 * room / rays.radius_mm))
    height = np.arange(classes.shape[2])
    wider = 1 + (swelling - 1) * np.exp(-(((height - level) / (1.5 * tall)) ** 2))
    across = np.stack([axis - rays.centres[part] for part, axis in enumerate(np.indices(classes.shape)[:2])])
    from_axis = np.hypot(*across)
    swollen = (from_axis < rays.radius_mm * wider) & sac
    push = displacement(classes, swollen, (across * (1 - 1 / wider)).astype(np.float32))
    offset = rng.uniform(0, 0.3) * rays.radius_mm * _unit(rng.normal(size=2))
    radius = rays.radius_mm * swelling * rng.uniform(0.5, 0.85)
    aside = np.hypot(across[0] - offset[0], across[1] - offset[1])
    far = np.hypot(aside / radius, (height - level) / tall) * (1 + 0.15 * noise(classes.shape, 5, rng))
    soft = np.where(swollen, np.clip(0.5 + (1 - far) * radius, 0, 1), 0).astype(np.float32)
    spread = np.exp(-(((height - level) / (tall * rng.uniform(1.3, 2.5))) ** 4))
    oedema = (np.clip(rays.radius_mm * wider - from_axis, 0, 1) * spread * sac).astype(np.float32)
    beneath = np.where(soft > 0.5, np.uint8(AnatomyClass.SPINAL_CORD), np.uint8(UNCHANGED))
    return Growth(
        kind=TumourKind.INTRAMEDULLARY,
        soft=soft,
        bony=np.zeros_like(soft),
        oedema=oedema,
        push=push,
        beneath=beneath,
    )


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)
