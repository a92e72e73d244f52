"""Healthy class map + random numbers -> epidural tumour around the dura, with what it grew from."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from spineseg.segmentation.bone_tumours import invasion, paraspinal
from spineseg.segmentation.canal_rays import cast_rays
from spineseg.segmentation.classes import CANAL_CLASSES, AnatomyClass, MaskArray
from spineseg.segmentation.displacement import displacement
from spineseg.segmentation.growth import SAC, UNCHANGED, FloatArray, Growth, TumourKind, level_near_middle, noise


class Pattern(StrEnum):
    """Where around the dura an epidural tumour lies."""

    UNILATERAL = "unilateral"
    CURTAIN = "curtain"
    ANTERIOR = "anterior"
    CIRCUMFERENTIAL = "circumferential"
    POSTERIOR = "posterior"
    FORAMINAL = "foraminal"


# Metastases start in body and pedicle and spare the midline ligament; posterior ones are the fewest [P].
_PATTERN_SHARES = {
    Pattern.UNILATERAL: 0.28,
    Pattern.CURTAIN: 0.2,
    Pattern.ANTERIOR: 0.12,
    Pattern.CIRCUMFERENTIAL: 0.16,
    Pattern.POSTERIOR: 0.08,
    Pattern.FORAMINAL: 0.16,
}


def epidural_tumour(classes: MaskArray, rng: np.random.Generator, slice_mm: float) -> Growth:
    """Tumour between the canal's wall and the dura, from a film to one that presses the cord flat."""
    canal = np.isin(classes, CANAL_CLASSES)
    rays = cast_rays(canal)
    pattern = rng.choice(list(_PATTERN_SHARES), p=list(_PATTERN_SHARES.values()))
    level = level_near_middle(canal, rng)
    # Half lengths [mm]: from a pedicle's height to two vertebrae [P].
    length = max(rng.uniform(5, 22), 0.9 * slice_mm)
    side = float(rng.choice([-1, 1]))
    profile, aim = profile_around(Pattern(pattern), rays.angle, side, rng)
    along = np.abs(np.arange(classes.shape[2]) - level) / length
    along = np.clip(1 - along ** rng.uniform(2, 4), 0, 1) ** 0.5
    reach = rays.radius_mm * (0.6 if pattern is Pattern.CIRCUMFERENTIAL else 1.1)
    # From a film to a filled canal; the square root of a uniform draw would favour the large ones [P].
    peak = rng.uniform(2.0, max(3.0, reach))
    rough = 1 + rng.uniform(0.1, 0.35) * noise(classes.shape, 6, rng)
    thickness = (peak * profile * along * rough).astype(np.float32)
    depth = rays.depth
    soft = np.where(canal & (thickness > 0.7), np.clip(0.5 + thickness - depth, 0, 1), 0).astype(np.float32)
    gap = rays.first(np.isin(classes, SAC), fill=2.0)
    inward = np.clip(thickness - gap, 0, None) * rays.inward
    held = canal & (soft > 0.5)
    push = displacement(classes, held, inward.astype(np.float32))
    bony = invasion(classes, rays, aim, level, rng) if rng.random() < 0.75 else np.zeros_like(soft)
    if pattern is Pattern.FORAMINAL or rng.random() < 0.15:
        soft = np.maximum(soft, paraspinal(classes, rays, side, level, rng))
    beneath = np.where(canal & (soft > 0.5), np.uint8(AnatomyClass.EPIDURAL_SPACE), np.uint8(UNCHANGED))
    return Growth(
        kind=TumourKind.EPIDURAL,
        soft=soft,
        bony=bony,
        oedema=np.zeros_like(soft),
        push=push,
        beneath=beneath,
    )


def profile_around(
    pattern: Pattern, angle: FloatArray, side: float, rng: np.random.Generator
) -> tuple[FloatArray, float]:
    """Relative thickness by the angle around the canal, and where it is thickest.

    Angles are 0 anterior and positive to the patient's left [rad].
    """

    def lobe(centre_deg: float, half_deg: float) -> FloatArray:
        turned = np.angle(np.exp(1j * (angle - np.deg2rad(centre_deg))))
        shaped: FloatArray = np.exp(-((turned / np.deg2rad(half_deg)) ** 4)).astype(np.float32)
        return shaped

    if pattern is Pattern.CURTAIN:
        apart, half = rng.uniform(35, 55), rng.uniform(28, 40)
        both = np.maximum(lobe(apart, half) * rng.uniform(0.6, 1), lobe(-apart, half) * rng.uniform(0.6, 1))
        return np.maximum(both, rng.uniform(0.2, 0.6) * lobe(0, 40)), float(np.deg2rad(side * rng.uniform(0, 45)))
    if pattern is Pattern.CIRCUMFERENTIAL:
        most = rng.uniform(-np.pi, np.pi)
        return (1 - rng.uniform(0.1, 0.45) * (1 - np.cos(angle - most))).astype(np.float32), float(most)
    middle = {
        Pattern.UNILATERAL: side * rng.uniform(45, 110),
        Pattern.ANTERIOR: rng.uniform(-20, 20),
        Pattern.POSTERIOR: 180 + rng.uniform(-35, 35),
        Pattern.FORAMINAL: side * rng.uniform(70, 105),
    }[pattern]
    return lobe(middle, rng.uniform(35, 75)), float(np.deg2rad(middle))
