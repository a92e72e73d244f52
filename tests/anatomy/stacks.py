"""Numbers -> vertebrae as `levels.place` gives them: boxes one below the other, an axis with its peg."""

from __future__ import annotations

import numpy as np

from spineseg.anatomy.level_profile import C2, L5, LOG_DISTANCE, NAMES, T13
from spineseg.anatomy.levels import Part, PlacedPart
from spineseg.domain.labels import SACRUM, UNNAMED_OFFSET

_USUAL = [code for code in range(L5 + 1) if code != T13]
_BODY_SHARE = 0.76  # of the distance between two bodies; the rest is disc


def body(top_mm=0.0, *, number=0, height_mm=20.0, volume_mm3=20_000.0, label=None, dens=False, has_body=True):
    """A box 30 mm wide; an axis has a peg of 10 mm and 18 mm length on a base of 18 mm."""
    along, left = (grid.ravel() for grid in np.meshgrid(np.linspace(0, height_mm, 40), np.linspace(-15, 15, 31)))
    if dens:
        along, left = (grid.ravel() for grid in np.meshgrid(np.linspace(-18, height_mm, 60), np.linspace(-9, 9, 37)))
        peg = (along > 0) | (np.abs(left) < 5)
        along, left = along[peg], left[peg]
    along = along + top_mm
    part = Part(
        label=label or UNNAMED_OFFSET + number + 1,
        points=np.stack([left, np.zeros_like(left), -along], axis=1),
        has_body=has_body,
        at_border=False,
        volume_mm3=volume_mm3,
    )
    return PlacedPart(
        part=part,
        position_mm=float(along.mean()),
        extent_mm=(float(along.min()), float(along.max())),
        along_mm=along,
        left_mm=left,
    )


def stack(count, top, *, dens=False, missing=(), size=1.0):
    """Bodies of usual sizes from one level down; beyond L5 as L5. The top one is an axis where it has a dens."""
    first = _USUAL.index(NAMES.index(top))
    codes = [_USUAL[min(first + number, len(_USUAL) - 1)] for number in range(count)]
    pitch = size * np.array([np.exp(LOG_DISTANCE[code]) if code > C2 else 22.0 for code in codes])
    place = np.concatenate([[0.0], np.cumsum(pitch)])
    return [
        body(place[number], number=number, height_mm=_BODY_SHARE * pitch[number], dens=dens and number == 0)
        for number in range(count)
        if number not in missing
    ]


def sacrum_below(ordered, *, lost=0, volume_mm3=20_000.0):
    """A sacrum below a stack, room for some lost vertebrae between."""
    low, high = ordered[-1].extent_mm
    pitch = (high - low) / _BODY_SHARE
    return body(low + (1 + lost) * pitch, height_mm=40.0, label=SACRUM, volume_mm3=volume_mm3)
