"""Signed distances on sections -> areas, diameters and middles of the outlines, resolved below a pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spineseg.anatomy.distance import Field
from spineseg.anatomy.sections import PIXEL_MM, plane_axis

_POSTERIOR, _LEFT = 1, 2  # axes of a field (section, row, column)


def coverage(field: Field) -> Field:
    """Share of each pixel inside the outline, from the signed distance: (S, H, W)."""
    share: Field = np.clip(0.5 - field / PIXEL_MM, 0.0, 1.0)
    return share


def area_mm2(field: Field) -> NDArray[np.float64]:
    """Area inside the outline: (S,) [mm²]."""
    return np.asarray(coverage(field).sum(axis=(1, 2), dtype=np.float64) * PIXEL_MM**2)


def centroid_mm(field: Field) -> NDArray[np.float64]:
    """Middle of the outline as offset (posterior, left) from the middle of the plane: (S, 2) [mm]; NaN if empty."""
    share = coverage(field)
    total = share.sum(axis=(1, 2), dtype=np.float64)
    axis = plane_axis(field.shape[-1])
    with np.errstate(invalid="ignore", divide="ignore"):
        rows = share.sum(axis=_LEFT) @ axis / total
        columns = share.sum(axis=_POSTERIOR) @ axis / total
    return np.stack([rows, columns], axis=1)


def ap_diameter_mm(field: Field) -> NDArray[np.float64]:
    """Anteroposterior extent of the outline: (S,) [mm]; 0 if empty."""
    return _extent(field.min(axis=_LEFT))


def transverse_diameter_mm(field: Field) -> NDArray[np.float64]:
    """Left-right extent of the outline: (S,) [mm]; 0 if empty."""
    return _extent(field.min(axis=_POSTERIOR))


def _extent(profile: Field) -> NDArray[np.float64]:
    """Length between the first and the last zero crossing of profiles (S, N) [mm]."""
    inside = profile < 0
    rows = np.arange(len(profile))
    first = np.argmax(inside, axis=1)
    last = profile.shape[1] - 1 - np.argmax(inside[:, ::-1], axis=1)
    before = _fraction(profile[rows, first], profile[rows, np.maximum(first - 1, 0)])
    after = _fraction(profile[rows, last], profile[rows, np.minimum(last + 1, profile.shape[1] - 1)])
    length = (last - first + before + after) * PIXEL_MM
    return np.where(inside.any(axis=1), length, 0.0)


def _fraction(inside: Field, outside: Field) -> NDArray[np.float64]:
    """Share of a pixel from an inner pixel to the zero crossing before the outer one."""
    span = np.maximum(outside - inside, 1e-6)
    return np.asarray(np.clip(-inside / span, 0.0, 1.0), dtype=np.float64)
