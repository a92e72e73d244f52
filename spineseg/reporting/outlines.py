"""Masks + Plane -> Structure: smooth outlines, names and colours of what a plane cuts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.measure import find_contours

from spineseg.domain.labels import (
    ANATOMY,
    CAUDA_EQUINA,
    LESION_RGB,
    SPINAL_CANAL,
    SPINAL_CORD,
    THECAL_SAC,
    VERTEBRAL_BODY,
    LabelKind,
    level_name,
)
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import spacing_mm, to_index
from spineseg.reporting.planes import Plane

LESION_NAME = "suspected lesion"  # in the legend
SAC_RGB = (80, 180, 255)
_DASH = (7.0, 7.0)  # line and gap [pixels]
# Bones in calm colours, neighbours apart, none near the lesion's red; the SEG has the colours of the label table.
_BONE_RGB = ((150, 220, 150), (120, 190, 200))
_SMALLEST_PIXELS = 12  # specks below this are not outlined
_SMALLEST_NAMED_MM2 = 25.0  # a vertebra cut by less keeps its outline but gets no name


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Structure:
    """One outlined structure.

    Parameters
    ----------
    name
        For the legend; empty for vertebrae and discs, whose names stand in the picture.
    label
        What stands in the picture; empty for none.
    anchor
        Where the label's middle goes: row, column [pixels].
    contours
        Each (N, 2): row, column [pixels].
    width
        Of the line [pixels].
    dash
        Lengths of line and gap [pixels], so that lines are told apart without colour; None for a solid line.
    """

    name: str
    label: str
    anchor: tuple[float, float]
    contours: tuple[NDArray[np.float64], ...]
    rgb: tuple[int, int, int]
    width: float
    dash: tuple[float, float] | None = None

    @property
    def dashed(self) -> bool:
        """Whether the line has gaps."""
        return self.dash is not None


def structures_in(
    plane: Plane, segmentation: Segmentation, doubtful: Collection[str], lesion_ranks: Mapping[int, int]
) -> list[Structure]:
    """Everything that the plane cuts, lesions last so that they are drawn on top.

    Parameters
    ----------
    doubtful
        Level names that get a question mark (`wording.doubtful_names`).
    lesion_ranks
        Value in `segmentation.lesions` -> number of the lesion in the report.
    """
    anatomy, subregions, lesions = _nearest(plane, segmentation)
    body = subregions == VERTEBRAL_BODY
    blur = _blur(plane, segmentation)
    return [
        *_bones(anatomy, body, blur, plane.pixel_mm, doubtful),
        *_canal(anatomy, blur),
        *_lesions(lesions, blur, lesion_ranks),
    ]


def _nearest(plane: Plane, segmentation: Segmentation) -> list[NDArray[np.uint8]]:
    """Anatomy, subregions and lesions on the plane: they share one grid, so that places are looked up once."""
    index = np.floor(to_index(segmentation.anatomy, plane.points) + 0.5).astype(np.intp)
    upper = np.array(segmentation.anatomy.spatial_shape) - 1
    outside = np.any((index < 0) | (index > upper), axis=-1)
    place = tuple(np.moveaxis(np.clip(index, 0, upper), -1, 0))
    masks = (segmentation.anatomy, segmentation.subregions, segmentation.lesions)
    return [np.where(outside, 0, mask.array[place]) for mask in masks]


def _blur(plane: Plane, segmentation: Segmentation) -> tuple[float, float]:
    """Half a voxel of the masks, along rows and columns of the plane [pixels]: takes the steps off the outline."""
    directions = np.asarray(segmentation.anatomy.affine, dtype=np.float64)[:3, :3]
    voxel_mm = spacing_mm(segmentation.anatomy)
    down = plane.points[-1, 0] - plane.points[0, 0]
    along = plane.points[0, -1] - plane.points[0, 0]
    sizes = []
    for axis in (down, along):
        shares = np.abs(axis @ (directions / voxel_mm)) / np.linalg.norm(axis)
        sizes.append(float(shares @ voxel_mm / shares.sum()) / plane.pixel_mm / 2)
    return (sizes[0], sizes[1])


def _bones(
    anatomy: NDArray[np.generic],
    body: NDArray[np.bool_],
    blur: tuple[float, float],
    pixel_mm: float,
    doubtful: Collection[str],
) -> Iterator[Structure]:
    for value in map(int, np.unique(anatomy)):
        label = ANATOMY.get(value)
        if label is None or label.kind not in _BONE_KINDS:
            continue
        mask = anatomy == value
        contours = _contours(mask, blur)
        if not contours:
            continue
        named = label.kind not in _DISC_KINDS
        part = mask & body if np.any(mask & body) else mask
        large = np.count_nonzero(part) * pixel_mm**2 >= _SMALLEST_NAMED_MM2
        yield Structure(
            name="", label=_level_label(value, doubtful) if named and large else "", anchor=_middle(part),
            contours=contours, rgb=_BONE_RGB[value % 2], width=1.6 if named else 1.0,
        )  # fmt: skip


_DISC_KINDS = (LabelKind.DISC, LabelKind.UNNAMED_DISC)
_BONE_KINDS = (LabelKind.VERTEBRA, LabelKind.UNNAMED_VERTEBRA, LabelKind.SACRUM, *_DISC_KINDS)


def _level_label(value: int, doubtful: Collection[str]) -> str:
    name = level_name(value)
    return f"{name}?" if name in doubtful else name


def _canal(anatomy: NDArray[np.generic], blur: tuple[float, float]) -> Iterator[Structure]:
    rows = (
        ("thecal sac", THECAL_SAC, SAC_RGB, _DASH),
        ("spinal canal", (SPINAL_CANAL,), ANATOMY[SPINAL_CANAL].rgb, _DASH),
        ("cauda equina", (CAUDA_EQUINA,), ANATOMY[CAUDA_EQUINA].rgb, None),
        ("spinal cord", (SPINAL_CORD,), ANATOMY[SPINAL_CORD].rgb, None),
    )
    for name, values, rgb, dash in rows:
        if contours := _contours(np.isin(anatomy, values), blur):
            yield Structure(name=name, label="", anchor=(0, 0), contours=contours, rgb=rgb, width=1.6, dash=dash)


def _lesions(lesions: NDArray[np.generic], blur: tuple[float, float], ranks: Mapping[int, int]) -> Iterator[Structure]:
    for value in map(int, np.unique(lesions)):
        mask = lesions == value
        if value == 0 or not (contours := _contours(mask, blur)):
            continue
        rows, columns = np.nonzero(mask)
        label = f"lesion {ranks[value]}" if value in ranks else "lesion"
        yield Structure(
            name=LESION_NAME, label=label, anchor=(float(rows.min()) - 12.0, float(columns.mean())),
            contours=contours, rgb=LESION_RGB, width=3.0,
        )  # fmt: skip


def _contours(mask: NDArray[np.bool_], blur: tuple[float, float]) -> tuple[NDArray[np.float64], ...]:
    if np.count_nonzero(mask) < _SMALLEST_PIXELS:
        return ()
    rows, columns = np.nonzero(mask)
    pad = int(3 * max(blur)) + 2
    top, left = int(rows.min()) - pad, int(columns.min()) - pad
    height, width = int(rows.max()) + pad + 1 - top, int(columns.max()) + pad + 1 - left
    window = np.zeros((height, width), dtype=np.float32)
    window[rows - top, columns - left] = 1.0
    smooth = ndimage.gaussian_filter(window, blur)
    corner = np.array([top, left])
    found = find_contours(smooth, 0.5)  # type: ignore[no-untyped-call] # scikit-image has types only in part
    return tuple(contour + corner for contour in found if len(contour) > 4)


def _middle(mask: NDArray[np.bool_]) -> tuple[float, float]:
    """Middle of the largest connected part."""
    parts, count = ndimage.label(mask)
    if count > 1:
        mask = parts == 1 + int(np.argmax(np.bincount(parts.reshape(-1))[1:]))
    row, column = ndimage.center_of_mass(mask)
    return (float(row), float(column))
