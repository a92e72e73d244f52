"""Described series -> the place of each in one patient space: the same frame of reference, or bodies registered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import SimpleITK
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain.anatomy import SpineAnatomy
from spineseg.domain.labels import LEVEL_ORDER, VERTEBRAL_BODY
from spineseg.domain.rigid import Rigid, fit_rigid, same_place
from spineseg.domain.volume import LabelMap, make_grid, resample, sample_at, to_patient

# SimpleITK declares no types for the methods of its classes.
_ITK: Any = SimpleITK

# Dice of the vertebral bodies that both series show, below which a registration is refused: half of what two readers
# reach on vertebrae (above 0.9) is chance for a column of blocks. [P]
LEAST_OVERLAP = 0.65
# Common named levels that a start from names needs. [P]
_LEAST_LEVELS = 3
# Without names a registration may not slip by a level: half the pitch of thoracic vertebrae, 22 mm. [P]
_MOST_SLIP_MM = 10.0
_MOST_RESIDUAL_MM = 6.0  # of the landmarks of named levels; a body's height is 15 mm and more [P]
_GRID_MM = 2.0
_BLUR_MM = 3.0  # lets the optimiser see a body that is a few millimetres away [P]
_MARGIN_MM = 12.0
_MOST_POINTS = 20_000


class PlaceBasis(StrEnum):
    """What the place of a series rests on."""

    FRAME_OF_REFERENCE = "frame_of_reference"
    REGISTRATION = "registration"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeriesPlace:
    """Where a series lies in the common patient space.

    Parameters
    ----------
    rigid
        From the series' patient space to the common one; None where that is not known well enough.
    overlap
        Dice of the vertebral bodies that both series show, after a registration.
    residual_mm
        Root mean square distance of body and canal centres of the common named levels, after a registration.
    """

    series_instance_uid: str
    basis: PlaceBasis
    rigid: Rigid | None
    overlap: float | None = None
    residual_mm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Registration:
    """A transform from moving to fixed, and how well the bodies agree."""

    rigid: Rigid
    overlap: float
    residual_mm: float | None


def place_series(anatomies: Sequence[SpineAnatomy]) -> tuple[SeriesPlace, ...]:
    """Place every series in the patient space of the one that shows most vertebrae."""
    if not anatomies:
        return ()
    reference = max(anatomies, key=lambda one: len(one.vertebrae))
    return tuple(_place(one, reference) for one in anatomies)


def register(fixed: SpineAnatomy, moving: SpineAnatomy) -> Registration | None:
    """Rigid transform of the vertebral bodies from `moving` to `fixed`; None where it cannot be trusted.

    It starts from the named levels that both show, else from the scanner's coordinates, and is refined on the blurred
    bodies (SimpleITK, correlation): outlines compare across MR and CT, where intensities do not.
    """
    source, target = _landmarks(moving, fixed)
    named = len(source) >= 2 * _LEAST_LEVELS
    start = fit_rigid(source, target)[0] if named else same_place()
    bodies = _bodies(fixed), _bodies(moving)
    if min(int(one.array.any()) for one in bodies) == 0 or _overlap(*bodies, start) == 0.0:
        return None
    refined = _refine(*bodies, start)
    best = max((start, refined), key=lambda rigid: _overlap(*bodies, rigid))
    overlap = _overlap(*bodies, best)
    residual = float(np.sqrt(np.mean(np.sum((best.apply(source) - target) ** 2, axis=1)))) if len(source) else None
    slipped = not named and _slip_mm(bodies[1], best) > _MOST_SLIP_MM
    apart = named and residual is not None and residual > _MOST_RESIDUAL_MM
    if overlap < LEAST_OVERLAP or slipped or apart:
        return None
    return Registration(rigid=best, overlap=overlap, residual_mm=residual)


def _place(one: SpineAnatomy, reference: SpineAnatomy) -> SeriesPlace:
    uid = one.segmentation.series_instance_uid
    frame = one.segmentation.anatomy.frame_of_reference_uid
    if one is reference or (frame is not None and frame == reference.segmentation.anatomy.frame_of_reference_uid):
        return SeriesPlace(series_instance_uid=uid, basis=PlaceBasis.FRAME_OF_REFERENCE, rigid=same_place())
    found = register(reference, one) if one.centerline is not None else None
    if found is None:
        return SeriesPlace(series_instance_uid=uid, basis=PlaceBasis.REFUSED, rigid=None)
    return SeriesPlace(
        series_instance_uid=uid, basis=PlaceBasis.REGISTRATION, rigid=found.rigid,
        overlap=found.overlap, residual_mm=found.residual_mm,
    )  # fmt: skip


def _landmarks(moving: SpineAnatomy, fixed: SpineAnatomy) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Body and canal centres of the whole vertebrae that both name: (2N, 3) each [mm, LPS]."""
    first, second = _centres(moving), _centres(fixed)
    common = [name for name in first if name in second]
    empty = np.zeros((0, 3))
    source = np.concatenate([first[name] for name in common]) if common else empty
    target = np.concatenate([second[name] for name in common]) if common else empty
    return source, target


def _centres(anatomy: SpineAnatomy) -> dict[str, NDArray[np.float64]]:
    line = anatomy.centerline
    if line is None:
        return {}
    return {
        one.name: np.stack([
            np.asarray(one.body_centroid),
            line.points[min(round(one.position_mm / line.step_mm), len(line.points) - 1)],
        ])
        for one in anatomy.vertebrae
        if one.complete and one.name in LEVEL_ORDER and one.name != "S1"
    }  # fmt: skip


def _bodies(anatomy: SpineAnatomy) -> LabelMap:
    """Vertebral bodies on a straight grid of 2 mm in patient space."""
    subregions = anatomy.segmentation.subregions
    body = make_grid((subregions.array == VERTEBRAL_BODY).astype(np.float32), subregions.affine)
    index = np.argwhere(body.array > 0)
    if not len(index):
        return make_grid(np.zeros((1, 1, 1), dtype=np.float32), np.eye(4))
    points = to_patient(body, index[:: max(1, len(index) // _MOST_POINTS)])
    low, high = points.min(axis=0) - _MARGIN_MM, points.max(axis=0) + _MARGIN_MM
    affine = np.eye(4)
    affine[:3, :3] = _GRID_MM * np.eye(3)[:, ::-1]  # array order (z, y, x), as SimpleITK has it
    affine[:3, 3] = low
    shape = tuple(int(extent) for extent in np.ceil((high - low) / _GRID_MM)[::-1])
    target = make_grid(np.broadcast_to(np.float32(0), shape), affine)
    # Outside the field of view nothing is known, so the margin there must not count as background.
    return resample(body, target, order=1, outside=-1.0)


def _overlap(fixed: LabelMap, moving: LabelMap, rigid: Rigid) -> float:
    """Dice of the bodies where both series look."""
    return 2.0 * _hits(fixed, moving, rigid)[0] / max(sum(_hits(fixed, moving, rigid)[1:]), 1.0)


def _hits(fixed: LabelMap, moving: LabelMap, rigid: Rigid) -> tuple[float, float, float]:
    """Voxels of the fixed grid that are body in both, in the fixed and in the moving series."""
    index = np.argwhere(fixed.array >= 0)
    points = to_patient(fixed, index)
    other = sample_at(moving, rigid.inverse().apply(points), order=0, outside=-1.0).astype(np.float32)
    own = fixed.array[tuple(index.T)]
    seen = other >= 0
    first, second = own[seen] >= 0.5, other[seen] >= 0.5  # half a voxel
    return float(np.sum(first & second)), float(first.sum()), float(second.sum())


def _slip_mm(moving: LabelMap, rigid: Rigid) -> float:
    """Greatest way that a body voxel is moved [mm]."""
    points = to_patient(moving, np.argwhere(moving.array >= 0.5))
    return float(np.linalg.norm(rigid.apply(points) - points, axis=1).max(initial=0.0))


def _refine(fixed: LabelMap, moving: LabelMap, start: Rigid) -> Rigid:
    """The transform after optimisation; `start` where the optimiser fails."""
    # SimpleITK maps points of its fixed image to the moving one: the smaller field goes first, so that its whole
    # surroundings are known in the other.
    swap = moving.array.size < fixed.array.size
    first, second, begin = (moving, fixed, start) if swap else (fixed, moving, start.inverse())
    middle = to_patient(first, np.argwhere(first.array >= 0.5)).mean(axis=0)
    transform = _ITK.Euler3DTransform()
    transform.SetCenter(middle.tolist())
    transform.SetMatrix(begin.rotation.ravel().tolist(), 1e-3)
    transform.SetTranslation((begin.apply(middle) - middle).tolist())
    try:
        _method(transform, first).Execute(_itk_image(first), _itk_image(second))
    except RuntimeError:  # no common voxels
        return start
    rotation = np.reshape(transform.GetMatrix(), (3, 3))
    found = Rigid(rotation=rotation, translation=middle + np.asarray(transform.GetTranslation()) - rotation @ middle)
    return found if swap else found.inverse()


def _method(transform: Any, first: LabelMap) -> Any:
    method = _ITK.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)  # the same result on every machine
    method.SetMetricAsCorrelation()
    seen = _ITK.GetImageFromArray((first.array >= 0).astype(np.uint8))
    _set_place(seen, first)
    method.SetMetricFixedMask(seen)
    method.SetMetricSamplingStrategy(method.NONE)
    method.SetInterpolator(_ITK.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=1.0, minStep=1e-3, numberOfIterations=80, relaxationFactor=0.6
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(transform, inPlace=True)
    return method


def _itk_image(grid: LabelMap) -> Any:
    blurred = ndimage.gaussian_filter(np.maximum(grid.array, 0.0), _BLUR_MM / _GRID_MM)
    image = _ITK.GetImageFromArray(blurred.astype(np.float32))
    _set_place(image, grid)
    return image


def _set_place(image: Any, grid: LabelMap) -> None:
    image.SetSpacing([_GRID_MM] * 3)
    image.SetOrigin(np.asarray(grid.affine)[:3, 3].tolist())
