"""Healthy image + implicit tumour -> the same image with the tumour, and its true mask."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.anatomy.centerline import frame_at, project
from spineseg.domain import labels
from spineseg.domain.anatomy import Centerline, SpineAnatomy
from spineseg.domain.findings import Compartment
from spineseg.domain.volume import (
    ImageGrid,
    LabelMap,
    SeriesRole,
    Volume,
    like,
    make_grid,
    resample,
    sample_at,
    spacing_mm,
    to_index,
    to_patient,
)
from spineseg.evaluation.datalist import ImageCase
from spineseg.evaluation.hybrid_signal import borrowed_texture, tissue_medians, tumour_signal
from spineseg.evaluation.implicit_tumours import ImplicitTumour
from spineseg.evaluation.realcases import load_labels

FloatArray = NDArray[np.float64]

# Around the tumour: its levels and both neighbours, and the muscle behind [P].
HALF_CROP_MM = np.array([45.0, 50.0, 48.0])
NEAR_MM = 45.0  # beyond it no tumour reaches; saves time only
EDGE_PIXELS = 1.5  # over which a tumour fades into its neighbours: the point spread of MR [P]
SUB_SLICES = 5  # samples across a thick slice
_MOST_POINTS = 20_000  # of the references; more tell nothing new


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HybridImage:
    """A pair of images that differ by a tumour.

    Parameters
    ----------
    twin
        The healthy image, cropped in the same way.
    truth : (slice, row, column) bool
        Voxels that the tumour fills by half or more.
    """

    volume: Volume
    twin: Volume
    truth: LabelMap


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Points:
    """Voxels near the tumour, in canal coordinates [mm], and where they are in the crop."""

    index: tuple[NDArray[np.intp], ...]
    patient: FloatArray
    along: FloatArray
    left: FloatArray
    posterior: FloatArray


def insert(
    volume: Volume, anatomy: SpineAnatomy, tumour: ImplicitTumour, rng: np.random.Generator, *, dark_csf: bool
) -> HybridImage:
    """Put a tumour into a healthy image; both are cropped around it and called axial T2, for lesions to be looked for.

    Parameters
    ----------
    dark_csf
        Whether the contrast is T1: soft tumour is then like cord and not brighter.
    """
    assert anatomy.centerline is not None  # the site was measured along it
    middle, _, _ = frame_at(anatomy.centerline, np.array([tumour.site.position_mm]))
    twin = replace(volume, image=_cropped(volume.image, middle), role=SeriesRole.AXIAL_T2)
    masks = resample(anatomy.segmentation.anatomy, twin.image, order=0)
    points = _near(twin.image, anatomy.centerline, tumour)
    share = _shares(twin.image, anatomy, tumour, points)
    image = np.array(twin.image.array, dtype=np.float32)
    medians = tissue_medians(image[points.index], masks.array[points.index])
    if tumour.shift > 0 or tumour.squash < 1:
        moved = _with_cord_moved(twin.image, masks, anatomy.centerline, tumour, points)
        image[points.index] = moved
    signal = tumour_signal(medians, tumour.compartment, rng, dark_csf=dark_csf)
    filled = np.zeros(image.shape)
    filled[points.index] = share
    texture = borrowed_texture(np.asarray(twin.image.array), masks.array, filled > 0.5, rng)
    image += filled.astype(np.float32) * (np.float32(signal) + texture - image)
    return HybridImage(
        volume=replace(twin, image=like(twin.image, image)), twin=twin, truth=like(twin.image, filled >= 0.5)
    )


def reference_points(case: ImageCase, data_root: Path, volume: Volume) -> FloatArray:
    """Voxels of all reference labels of a case: (N, 3) [mm, LPS]; they tell a canal from a network's error."""
    masks = [load_labels(data_root / one.mask, volume.image).array > 0 for one in case.references]
    drawn = np.argwhere(np.any(masks, axis=0)) if masks else np.empty((0, 3))
    return to_patient(volume.image, drawn[:: max(1, len(drawn) // _MOST_POINTS)])


def _cropped(grid: ImageGrid, middle: FloatArray) -> ImageGrid:
    """Block of voxels around a point: middle (1, 3) [mm, LPS]."""
    corners = middle + np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * HALF_CROP_MM
    index = to_index(grid, corners)
    upper = np.asarray(grid.spatial_shape)
    start = np.clip(np.floor(index.min(axis=0)).astype(int), 0, upper - 1)
    stop = np.clip(np.ceil(index.max(axis=0)).astype(int) + 1, start + 1, upper)
    affine = np.array(grid.affine, dtype=np.float64)
    affine[:3, 3] = to_patient(grid, start)
    block = tuple(slice(first, last) for first, last in zip(start.tolist(), stop.tolist(), strict=True))
    return make_grid(grid.array[block], affine, grid.frame_of_reference_uid)


def _near(grid: ImageGrid, centerline: Centerline, tumour: ImplicitTumour) -> _Points:
    index = np.argwhere(np.ones(tuple(grid.spatial_shape), dtype=bool))
    patient = to_patient(grid, index)
    middle, _, _ = frame_at(centerline, np.array([tumour.site.position_mm]))
    kept = np.linalg.norm(patient - middle, axis=1) < NEAR_MM
    place = project(centerline, patient[kept])
    return _Points(
        index=tuple(index[kept].T),
        patient=patient[kept],
        along=place.position_mm,
        left=place.left_mm,
        posterior=place.posterior_mm,
    )


def _shares(grid: ImageGrid, anatomy: SpineAnatomy, tumour: ImplicitTumour, points: _Points) -> FloatArray:
    """Share of each voxel that the tumour fills: samples across the slice, a soft edge of a pixel within it."""
    step = spacing_mm(grid)
    thick = int(step.argmax())
    axis = np.asarray(grid.affine)[:3, thick]
    pixel = float(np.delete(step, thick).mean())
    edge = EDGE_PIXELS * pixel
    count = SUB_SLICES if step[thick] > 1.5 * pixel else 1
    offsets = (np.arange(count) + 0.5) / count - 0.5
    bones = _smooth_bones(anatomy.segmentation.subregions)
    cord = like(
        anatomy.segmentation.anatomy, (anatomy.segmentation.anatomy.array == labels.SPINAL_CORD).astype(np.float32)
    )
    assert anatomy.centerline is not None
    total = np.zeros(len(points.patient))
    for offset in offsets:
        place = points.patient + offset * axis
        frame = project(anatomy.centerline, place)
        coordinates = (frame.position_mm, frame.left_mm, frame.posterior_mm)
        soft = np.clip(0.5 + tumour.inside(*coordinates) / edge, 0, 1)
        if tumour.compartment is Compartment.EXTRADURAL:
            soft = soft * (1 - _moved_cord(cord, anatomy.centerline, tumour, place, frame.position_mm))
        bony = np.clip(0.5 + tumour.inside_bone(*coordinates) / edge, 0, 1) * np.asarray(
            sample_at(bones, place), dtype=np.float64
        )
        total += np.maximum(soft, bony) / count
    return total


def _smooth_bones(subregions: LabelMap) -> ImageGrid:
    """Bone as a share of each voxel: the network's voxels are coarser than the image's and would show as steps."""
    solid = ndimage.binary_closing(np.isin(subregions.array, (labels.VERTEBRAL_BODY, labels.POSTERIOR_ELEMENTS)))
    blurred = ndimage.gaussian_filter(solid.astype(np.float32), 1.2 / spacing_mm(subregions))  # 1.2 mm of 1.5 mm
    return like(subregions, np.clip(2 * blurred - 0.5, 0, 1).astype(np.float32))


def _moved_cord(
    cord: ImageGrid, centerline: Centerline, tumour: ImplicitTumour, place: FloatArray, along: FloatArray
) -> FloatArray:
    """Share of the moved cord at points: (N,)."""
    source = _source(centerline, tumour, place, along)
    share: FloatArray = np.asarray(sample_at(cord, source), dtype=np.float64)
    return share


def _source(centerline: Centerline, tumour: ImplicitTumour, place: FloatArray, along: FloatArray) -> FloatArray:
    """Where the cord at points lay before it was moved and squashed: (N, 3) [mm, LPS]."""
    middle, left, posterior = frame_at(centerline, np.clip(along, 0, len(centerline.points) - 1.001))
    outward = tumour.direction[0] * left + tumour.direction[1] * posterior
    shift = tumour.cord_shift(along)
    out = np.einsum("ij,ij->i", place - middle, outward)
    centre = float(np.dot(tumour.site.cord_centre, tumour.direction))
    strength = shift / max(tumour.shift, 1e-6)
    squash = 1 - (1 - tumour.squash) * strength
    wanted = centre + (out - centre + shift) / squash
    moved: FloatArray = place + (wanted - out)[:, None] * outward
    return moved


def _with_cord_moved(
    grid: ImageGrid,
    masks: LabelMap,
    centerline: Centerline,
    tumour: ImplicitTumour,
    points: _Points,
) -> NDArray[np.float32]:
    """Image at the points with the cord moved as a whole; what it leaves is filled with CSF."""
    image = np.asarray(grid.array[points.index], dtype=np.float64)
    medians = tissue_medians(grid.array[points.index], masks.array[points.index])
    cord = like(masks, np.isin(masks.array, (labels.SPINAL_CORD,)).astype(np.float32))
    before = np.asarray(sample_at(cord, points.patient), dtype=np.float64)
    after = _moved_cord(cord, centerline, tumour, points.patient, points.along)
    source = _source(centerline, tumour, points.patient, points.along)
    carried = np.asarray(sample_at(like(grid, np.asarray(grid.array, dtype=np.float32)), source), dtype=np.float64)
    emptied = image + np.clip(before - after, 0, 1) * (medians["csf"] - image)
    reached = tumour.cord_shift(points.along) > 0.05
    return np.where(reached, emptied + after * (carried - emptied), image).astype(np.float32)
