"""Seed -> PhantomSample: one training patch on the canonical axes (x to the left, y to posterior, z to the head).

The image is what a random acquisition of the patch would give after resampling to the patch's grid: HU for CT,
arbitrary units for MR; not normalised. Labels carry true names and, on CT too, cord and CSF.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain.volume import FloatArray, Modality
from spineseg.phantom import anthropometry as table
from spineseg.phantom.contrasts import Contrast, Palette, draw_palette
from spineseg.phantom.imaging import AIR_HU, Acquisition, blur, coil_gain, finish_ct, finish_mr
from spineseg.phantom.lesions import Lesion
from spineseg.phantom.random_lesions import draw_lesions
from spineseg.phantom.rasterize import MapArrays, Phantom, map_arrays
from spineseg.phantom.spine import Spine, SpineOptions, draw_spine
from spineseg.phantom.surroundings import draw_surroundings

Bytes = NDArray[np.uint8]
Shape = tuple[int, int, int]

DEFAULT_SHAPE: Shape = (64, 64, 80)
DEFAULT_SPACING_MM = 1.5


class Stage(StrEnum):
    """Network that a patch trains: whole anatomy, or lesions inside canal and bodies."""

    ANATOMY = "anatomy"
    LESIONS = "lesions"


# Shares of contrasts in training; T2 is what compression is graded on, CT the other half of studies [P].
_CONTRASTS = (Contrast.T2, Contrast.T1, Contrast.STIR, Contrast.T1_CONTRAST, Contrast.RANDOM, Contrast.CT)
_CONTRAST_SHARES = (0.28, 0.13, 0.08, 0.08, 0.13, 0.30)
_SACRAL_SHARE = 0.12  # beyond its even share; without it a first training did not learn the sacrum
_OFF_SPINE_SHARE = 0.33  # without them a network paints vertebrae over the abdomen (trial of 2026-11-22)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhantomSample:
    """One training patch.

    Parameters
    ----------
    image : (x, y, z) float32
        HU (CT) or arbitrary units (MR).
    anatomy, subregions, lesions, tissues : (x, y, z) uint8
        As in `rasterize.PhantomMaps`; 0 outside the field of view.
    """

    image: FloatArray
    anatomy: Bytes
    subregions: Bytes
    lesions: Bytes
    tissues: Bytes
    modality: Modality
    contrast: Contrast


def draw_sample(
    seed: int,
    *,
    shape: Shape = DEFAULT_SHAPE,
    spacing_mm: float = DEFAULT_SPACING_MM,
    stage: Stage | str = Stage.ANATOMY,
    lesion_probability: float | None = None,
    with_lesion: bool = True,
    contrast: Contrast | None = None,
) -> PhantomSample:
    """A patch around a random level of a random patient.

    Parameters
    ----------
    shape : [voxels]
        Along (x, y, z).
    spacing_mm
        Of the isotropic grid; 3-4 mm for a localiser.
    lesion_probability
        Share of patients with lesions; None for the stage's own (0.25 anatomy, 0.85 lesions).
    with_lesion
        False gives the twin of the same seed: the same patient and acquisition without the lesions.
    contrast
        None draws one.
    """
    stage = Stage(stage)
    # Separate streams: whether a lesion is drawn changes neither place nor acquisition.
    patient_rng, place_rng, lesion_rng, image_rng = (np.random.default_rng([seed, stream]) for stream in range(4))
    spine = draw_spine(patient_rng, SpineOptions(scoliosis_mm=_scoliosis(patient_rng)))
    body = draw_surroundings(patient_rng, spine)
    level = _level(place_rng)
    if lesion_probability is None:
        lesion_probability = 0.25 if stage is Stage.ANATOMY else 0.85
    lesions: tuple[Lesion, ...] = ()
    if lesion_rng.random() < lesion_probability:
        lesions = draw_lesions(lesion_rng, spine, near_s=float(spine.middle[max(level, 0)]))
    phantom = Phantom(spine=spine, surroundings=body, lesions=lesions if with_lesion else ())
    centre = _centre(place_rng, spine, max(level, 0), stage)
    affine = _place(place_rng, centre, shape, spacing_mm)
    maps = map_arrays(phantom, shape, affine)
    chosen = contrast or _CONTRASTS[image_rng.choice(len(_CONTRASTS), p=_CONTRAST_SHARES)]
    return _image(maps, chosen, affine, image_rng)


def draw_twins(
    seed: int,
    *,
    shape: Shape = DEFAULT_SHAPE,
    spacing_mm: float = DEFAULT_SPACING_MM,
    stage: Stage | str = Stage.LESIONS,
    lesion_probability: float | None = None,
) -> tuple[PhantomSample, PhantomSample]:
    """The same patch with and without its lesions; parameters as in `draw_sample`."""
    draw = partial(
        draw_sample, seed, shape=shape, spacing_mm=spacing_mm, stage=stage, lesion_probability=lesion_probability
    )
    return draw(with_lesion=True), draw(with_lesion=False)


def _level(rng: np.random.Generator) -> int:
    """Level that a patch lies around; -1 is the skull base. The sacrum anchors the names and is drawn more often."""
    if rng.random() < _SACRAL_SHARE:
        return int(rng.integers(table.S1, table.S5))
    return int(rng.integers(-1, table.S2))


def _scoliosis(rng: np.random.Generator) -> float | None:
    return float(rng.uniform(5, 22)) if rng.random() < 0.15 else None


def _centre(rng: np.random.Generator, spine: Spine, level: int, stage: Stage) -> NDArray[np.float64]:
    """Patient point at a level, for the anatomy stage sometimes far beside the spine."""
    s = float(spine.middle[level]) + rng.normal(0, 12)
    far = rng.random() < _OFF_SPINE_SHARE
    near_offset = (rng.normal(0, 10), rng.normal(-8, 12))
    far_offset = (rng.normal(0, 60), rng.uniform(-50, 130))
    u, v = far_offset if far and stage is Stage.ANATOMY else near_offset
    if stage is Stage.LESIONS:
        u, v = rng.normal(0, 5), rng.normal(6, 7)
    return spine.curve.to_patient(s, u, v)


def _place(
    rng: np.random.Generator, centre: NDArray[np.float64], shape: Shape, spacing_mm: float
) -> NDArray[np.float64]:
    """Affine of a patch around a point, turned a little: patients lie askew by some degrees [P]."""
    turn = _rotation(np.deg2rad(rng.normal(0, 7, 3)))
    affine = np.eye(4)
    affine[:3, :3] = turn * spacing_mm
    affine[:3, 3] = centre - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return affine


def _rotation(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    (ca, cb, cc), (sa, sb, sc) = np.cos(angles), np.sin(angles)
    about_x = np.array([[1, 0, 0], [0, ca, -sa], [0, sa, ca]])
    about_y = np.array([[cb, 0, sb], [0, 1, 0], [-sb, 0, cb]])
    about_z = np.array([[cc, -sc, 0], [sc, cc, 0], [0, 0, 1]])
    product: NDArray[np.float64] = about_x @ about_y @ about_z
    return product


def _image(maps: MapArrays, contrast: Contrast, affine: NDArray[np.float64], rng: np.random.Generator) -> PhantomSample:
    palette = draw_palette(contrast, rng)
    spacing_mm = float(np.linalg.norm(affine[:3, 0]))
    acquisition = _draw_acquisition(contrast, rng)
    image = _signal(maps.tissues, palette, rng)
    image = blur(image, (acquisition.blur_voxels,) * 3)
    if contrast.modality is Modality.MR:
        image = image * coil_gain(image.shape, affine, acquisition, rng)
    image = _acquire(image, contrast, acquisition, spacing_mm, rng)
    window = _field_of_view(image.shape, contrast, spacing_mm, rng)
    empty = AIR_HU if contrast.modality is Modality.CT else 0.0
    return PhantomSample(
        image=np.where(window, image, np.float32(empty)),
        anatomy=maps.anatomy * window,
        subregions=maps.subregions * window,
        lesions=maps.lesions * window,
        tissues=maps.tissues * window,
        modality=contrast.modality,
        contrast=contrast,
    )


def _draw_acquisition(contrast: Contrast, rng: np.random.Generator) -> Acquisition:
    # Ranges from good to poor clinical images [P].
    if contrast.modality is Modality.CT:
        return Acquisition(
            noise=float(rng.uniform(4, 60)),
            blur_voxels=float(rng.uniform(0.2, 0.6)),
            sharpening=float(rng.choice([0.0, rng.uniform(0.3, 1.2)])),
            bias=0.0,
            coil_mm=None,
        )
    return Acquisition(
        noise=float(rng.uniform(0.005, 0.06)),
        blur_voxels=float(rng.uniform(0.25, 0.7)),
        bias=float(rng.uniform(0.0, 0.25)),
        coil_mm=float(rng.uniform(60, 250)) if rng.random() < 0.6 else None,
    )


def _signal(tissues: Bytes, palette: Palette, rng: np.random.Generator) -> FloatArray:
    grain = rng.standard_normal(tissues.shape, dtype=np.float32)
    coarse = rng.standard_normal([max(2, n // 3) for n in tissues.shape], dtype=np.float32)
    for axis, length in enumerate(tissues.shape):
        coarse = _to_length(coarse, axis, length, nearest=False)
    signal: FloatArray = palette.mean[tissues] + palette.texture[tissues] * (0.8 * grain + 1.2 * coarse)
    return signal


def _acquire(
    image: FloatArray, contrast: Contrast, acquisition: Acquisition, spacing_mm: float, rng: np.random.Generator
) -> FloatArray:
    """Thick slices in a random plane, noise, and resampling back to the patch."""
    mr = contrast.modality is Modality.MR
    # Planes: sagittal, coronal, axial, isotropic.
    axis = int(rng.choice(4, p=(0.4, 0.05, 0.35, 0.2) if mr else (0.05, 0.05, 0.6, 0.3)))
    thickness_mm = float(rng.uniform(1.0, 6.0 if mr else 5.0))
    full = image.shape
    thick = axis < 3 and thickness_mm > spacing_mm
    if thick:
        image = _slices(image, axis, thickness_mm / spacing_mm)
    image = finish_mr(image, acquisition, rng) if mr else finish_ct(image, acquisition, rng)
    if thick:
        image = _to_length(image, axis, full[axis], nearest=rng.random() < 0.2)
    return image


def _slices(image: FloatArray, axis: int, voxels: float) -> FloatArray:
    smooth = ndimage.uniform_filter1d(image, max(1, round(0.9 * voxels)), axis=axis, mode="nearest")
    return _to_length(smooth, axis, max(2, round(image.shape[axis] / voxels)), nearest=False)


def _to_length(image: FloatArray, axis: int, length: int, *, nearest: bool) -> FloatArray:
    """Linear or nearest interpolation along one axis, the outer edges of both grids in one place."""
    size = image.shape[axis]
    position = ((np.arange(length) + 0.5) * size / length - 0.5).clip(0, size - 1)
    if nearest:
        repeated: FloatArray = image.take(np.rint(position).astype(np.intp), axis=axis)
        return repeated
    low = np.floor(position).astype(np.intp)
    shape = [1, 1, 1]
    shape[axis] = length
    weight = (position - low).astype(np.float32).reshape(shape)
    high = np.minimum(low + 1, size - 1)
    result: FloatArray = image.take(low, axis=axis) * (1 - weight) + image.take(high, axis=axis) * weight
    return result


def _field_of_view(
    shape: tuple[int, ...], contrast: Contrast, spacing_mm: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Sagittal slabs are narrow and axial stacks short; the rest of the patch is then empty."""
    window = np.ones(shape, dtype=bool)
    if contrast.modality is Modality.CT or rng.random() > 0.35:
        return window
    axis = int(rng.choice([0, 2], p=[0.7, 0.3]))
    width = rng.uniform(30, 90) / spacing_mm
    centre = shape[axis] / 2 + rng.normal(0, 5)
    index = np.arange(shape[axis])
    cut = [1, 1, 1]
    cut[axis] = shape[axis]
    narrowed: NDArray[np.bool_] = window & (np.abs(index - centre) < width / 2).reshape(cut)
    return narrowed
