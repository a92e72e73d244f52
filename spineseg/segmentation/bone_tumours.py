"""Healthy class map + random numbers -> tumour of the bone, alone or beside an epidural one, and beyond the foramen."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from spineseg.segmentation.canal_rays import CanalRays
from spineseg.segmentation.classes import BODY_CLASSES, BONE_CLASSES, CANAL_CLASSES, AnatomyClass, MaskArray
from spineseg.segmentation.growth import UNCHANGED, FloatArray, Growth, TumourKind, blob


def bone_lesion(classes: MaskArray, rng: np.random.Generator) -> Growth | None:
    """Lesion of a body or an arch, from 10 mm to the whole vertebra; None where the bones are not found well."""
    if not has_whole_bones(classes):
        return None
    bone = np.isin(classes, BONE_CLASSES)
    body = np.isin(classes, BODY_CLASSES)
    place = body if rng.random() < 0.75 else bone
    near = np.zeros_like(place)
    middle = tuple(slice(count // 4, count - count // 4) for count in classes.shape)
    # Two voxels deep: the network's outlines of bone are ragged.
    near[middle] = ndimage.binary_erosion(place, iterations=2)[middle]
    places = np.argwhere(near)
    if not len(places):
        return None
    # The last draw is a whole vertebra.
    radius = rng.uniform(5, 15) if rng.random() < 0.8 else 24.0
    centre = places[rng.integers(len(places))].astype(np.float64)
    bony = blob(bone, centre, radius * rng.uniform(0.75, 1.25, 3), rng)
    still = np.zeros((2, *classes.shape), dtype=np.float32)
    return Growth(
        kind=TumourKind.BONE,
        soft=np.zeros_like(bony),
        bony=bony,
        oedema=np.zeros_like(bony),
        push=still,
        beneath=np.full(classes.shape, UNCHANGED, dtype=np.uint8),
    )


def invasion(classes: MaskArray, rays: CanalRays, aim: float, level: int, rng: np.random.Generator) -> FloatArray:
    """Tumour in posterior wall, pedicle or lamina, where the epidural part comes from."""
    whole = has_whole_bones(classes)
    # Where the bones are found in shreds only, a small ball keeps to them well enough.
    bone = np.isin(classes, BONE_CLASSES) if whole else ~np.isin(classes, (AnatomyClass.DISC, *CANAL_CLASSES))
    radius = rng.uniform(6, 17) if whole else rng.uniform(4, 8)
    outward = rays.wall(aim, level) + radius * rng.uniform(0.1, 0.7)
    middle = rays.point(aim, outward, level)
    return blob(bone, middle, radius * rng.uniform(0.7, 1.3, 3), rng)


def paraspinal(classes: MaskArray, rays: CanalRays, side: float, level: int, rng: np.random.Generator) -> FloatArray:
    """Tumour through and beyond the foramen."""
    radius = rng.uniform(5, 13)
    aim = side * np.deg2rad(rng.uniform(75, 110))
    middle = rays.point(aim, rays.wall(aim, level) + 0.6 * radius, level)
    open_to_it = ~np.isin(classes, (AnatomyClass.DISC, *CANAL_CLASSES))
    return blob(open_to_it, middle, radius * rng.uniform(0.8, 1.2, 3), rng)


def has_whole_bones(classes: MaskArray) -> bool:
    """Whether the network found vertebral bodies and not shreds: 150 mm² of them in half of the canal's slices [P]."""
    canal = np.isin(classes, CANAL_CLASSES).any(axis=(0, 1))
    solid = ndimage.binary_opening(np.isin(classes, BODY_CLASSES), iterations=3).sum(axis=(0, 1)) >= 150
    return bool(solid.sum() >= 0.5 * max(1, canal.sum()))
