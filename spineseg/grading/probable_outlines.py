"""LesionView with a network's probabilities -> the same planes with each outline at the least and the most of it.

Where a network is unsure its probability falls slowly: the structure then ends between where it says .7 and .3. A voxel
from .3 on may belong to it, one below .7 may not; what was drawn is always between the two, so that this can only
widen an interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spineseg.anatomy.distance import Field, signed_distance
from spineseg.anatomy.sections import PIXEL_MM, Sections, lay_planes, plane_axis
from spineseg.domain.anatomy import Centerline
from spineseg.domain.volume import LabelMap
from spineseg.grading.expected import CORD, SAC, TUMOUR, Expected, expected_outlines
from spineseg.grading.lesion_view import LesionView

_LEAST, _MOST = 0.7 * 255, 0.3 * 255  # probabilities at which to grade again (clinical.md section 1.6)
_APART_MM = 1000.0  # between planes, so that every outline is measured within its own
# Outlines moved together: a wider cord beside a wider tumour, as for shifts by a part of a voxel.
_TOGETHER = ((TUMOUR,), (CORD,), (SAC,), (TUMOUR, CORD))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnAgain:
    """The considered planes with other outlines, and what is expected from neighbours drawn alike."""

    sections: Sections
    expected: Expected


def probable_outlines(view: LesionView) -> Iterator[DrawnAgain]:
    """Each outline, and tumour with cord, at its least and its most; nothing where no network said how sure it is."""
    segmentation = view.anatomy.segmentation
    grids = {
        TUMOUR: segmentation.lesion_probability,
        CORD: segmentation.cord_probability,
        SAC: segmentation.sac_probability,
    }
    told = {name: grid for name, grid in grids.items() if grid is not None}
    reference = view.expected.reference
    used = view.considered if reference is None else view.considered | reference
    sections, expected = view.sections.planes(used), view.expected.planes(used)
    asked = view.considered[used]
    outlines = {name: _outlines(view.centerline, grid, sections, name) for name, grid in told.items()}
    for names in _TOGETHER:
        if all(name in told for name in names):
            for end in (0, 1):
                yield _drawn(sections, expected, asked, {name: outlines[name][end] for name in names})


def _outlines(centerline: Centerline, probability: LabelMap, sections: Sections, name: str) -> tuple[Field, Field]:
    """Least and most of a structure, as signed distances: (S, H, W) [mm] twice."""
    drawn = sections.fields[name]
    planes = lay_planes(centerline, probability, sections.position_mm, float(plane_axis(drawn.shape[-1])[-1]))
    values = planes.sample(probability.array[planes.box].astype(np.float32))
    spacing = np.array([_APART_MM, PIXEL_MM, PIXEL_MM])
    least, most = (signed_distance(values >= threshold, spacing) for threshold in (_LEAST, _MOST))
    return np.maximum(drawn, least), np.minimum(drawn, most)


def _drawn(
    sections: Sections, expected: Expected, asked: NDArray[np.bool_], changed: Mapping[str, Field]
) -> DrawnAgain:
    again = replace(sections, fields={**sections.fields, **changed})
    if set(changed) & {CORD, SAC}:
        # A cord that is drawn wider everywhere is expected wider, too; which planes are uninvolved stays as it was.
        expected = expected_outlines(replace(again, fields={**again.fields, TUMOUR: sections.fields[TUMOUR]}))
    return DrawnAgain(sections=again.planes(asked), expected=expected.planes(asked))
