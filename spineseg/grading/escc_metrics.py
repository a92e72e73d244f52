"""Sections + Expected -> EsccMetrics: what ESCC is decided on, for every plane at once."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.anatomy.distance import Field
from spineseg.anatomy.sections import PIXEL_MM, Sections, plane_axis, to_pixel
from spineseg.anatomy.shapes import ap_diameter_mm, area_mm2, centroid_mm
from spineseg.grading.expected import CANAL, CORD, SAC, TUMOUR, Expected

Values = NDArray[np.float64]

_CONTACT_MM = 1.2  # lost parts of an outline count where the tumour is this near: two voxels of 0.6 mm (reference)
_RAYS = 72  # clinical.md 1.6
_RAY_STEP_MM = 0.2
_NO_GAP_MM = 30.0  # gap where there is no tumour or no cord


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How far each outline is moved outwards before measuring [mm]; expected outlines move with the measured ones.

    A segmenter that draws every cord too wide also draws the expected one too wide; `expected` alone changes the
    reference against the measured outline, `expected_sac` that of the sac only.
    """

    tumour: float = 0.0
    cord: float = 0.0
    sac: float = 0.0
    expected: float = 0.0
    expected_sac: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EsccMetrics:
    """Of every plane, (S,) each; areas and lengths in mm² and mm, losses and the arc as fractions.

    NaN where it cannot be measured (no cord, no expected outline).
    """

    epidural_area: Values
    epidural_thickness: Values
    sac_indentation: Values
    sac_area_loss: Values
    gap: Values
    cord_ap_loss: Values
    cord_area_loss: Values
    cord_indentation: Values
    cord_displacement: Values
    csf_arc: Values

    def at(self, plane: int) -> dict[str, float]:
        """Values of one plane under the keys of `domain.vocabulary.ESCC_METRICS`; unknown ones left out."""
        values = {
            "tumour_cord_gap_mm": self.gap[plane],
            "sac_area_loss_pct": 100 * self.sac_area_loss[plane],
            "cord_area_loss_pct": 100 * self.cord_area_loss[plane],
            "cord_ap_loss_pct": 100 * self.cord_ap_loss[plane],
            "sac_indentation_mm": self.sac_indentation[plane],
            "csf_arc_pct": 100 * self.csf_arc[plane],
            "cord_indentation_mm": self.cord_indentation[plane],
            "cord_displacement_mm": self.cord_displacement[plane],
            "epidural_area_mm2": self.epidural_area[plane],
            "epidural_thickness_mm": self.epidural_thickness[plane],
        }
        return {key: float(value) for key, value in values.items() if np.isfinite(value)}

    def planes(self, chosen: NDArray[np.bool_]) -> EsccMetrics:
        """The metrics of some planes."""
        return EsccMetrics(**{one.name: getattr(self, one.name)[chosen] for one in fields(self)})


def measure(
    sections: Sections, expected: Expected, *, csf_mm: float, shift: Shift | None = None, arc_within_mm: float = np.inf
) -> EsccMetrics:
    """Metrics of clinical.md section 1.6.

    Parameters
    ----------
    csf_mm
        Least thickness of CSF that can be seen [mm].
    arc_within_mm
        Where the gap is greater, the arc of CSF decides nothing and is not measured.
    """
    moved = shift or Shift()
    tumour = np.maximum(sections.fields[TUMOUR] - moved.tumour, sections.fields[CANAL])
    cord = sections.fields[CORD] - moved.cord
    sac = np.minimum(sections.fields[SAC] - moved.sac, cord)
    epidural = np.maximum(tumour, -sac)
    normal_cord = None if expected.cord is None else expected.cord - moved.cord - moved.expected
    normal_sac = None if expected.sac is None else expected.sac - moved.sac - moved.expected - moved.expected_sac
    gap = _gap(tumour, cord)
    csf = np.maximum(np.maximum(sac, -cord), -tumour)
    return EsccMetrics(
        epidural_area=area_mm2(epidural),
        epidural_thickness=2 * np.maximum(-epidural.min(axis=(1, 2)), 0.0).astype(np.float64),
        sac_indentation=_indentation(sac, normal_sac, epidural),
        sac_area_loss=_loss(area_mm2(sac), None if normal_sac is None else area_mm2(normal_sac)),
        gap=gap,
        cord_ap_loss=_loss(ap_diameter_mm(cord), None if normal_cord is None else ap_diameter_mm(normal_cord)),
        cord_area_loss=_loss(area_mm2(cord), None if normal_cord is None else area_mm2(normal_cord)),
        cord_indentation=_indentation(cord, normal_cord, tumour),
        cord_displacement=_displacement(cord, normal_cord),
        csf_arc=_csf_arc(cord, csf, csf_mm, asked=gap <= arc_within_mm),
    )


def _loss(value: Values, normal: Values | None) -> Values:
    if normal is None:
        return np.full(value.shape, np.nan)
    result: Values = np.where(normal > 0, 1 - value / np.maximum(normal, 1e-6), np.nan)
    return result


def _indentation(outline: Field, normal: Field | None, tumour: Field) -> Values:
    """Depth, inside the expected outline, of the part that is lost next to the tumour: (S,) [mm]."""
    if normal is None:
        return np.full(len(outline), np.nan)
    lost = (normal < 0) & (outline > 0) & (tumour < _CONTACT_MM)
    # The outline lies up to a pixel deeper than the last lost pixel.
    depth = np.minimum(outline, PIXEL_MM) - normal
    return np.asarray(np.where(lost, depth, 0.0).max(axis=(1, 2)), dtype=np.float64)


def _gap(tumour: Field, cord: Field) -> Values:
    """Least distance from the tumour's outline to the cord's: (S,) [mm].

    Every pixel lies at least the gap apart from both outlines together; on the shortest line between them exactly.
    """
    apart = np.maximum(tumour, 0) + np.maximum(cord, 0)
    gap = apart.min(axis=(1, 2)).astype(np.float64)
    return np.where((tumour < 0).any(axis=(1, 2)) & (cord < 0).any(axis=(1, 2)), gap, _NO_GAP_MM)


def _displacement(cord: Field, normal: Field | None) -> Values:
    if normal is None:
        return np.full(len(cord), np.nan)
    return np.asarray(np.linalg.norm(centroid_mm(cord) - centroid_mm(normal), axis=1))


def _csf_arc(cord: Field, csf: Field, csf_mm: float, *, asked: NDArray[np.bool_]) -> Values:
    """Share of rays from the cord's middle that cross CSF of the given thickness: (S,), NaN where it is not asked."""
    middle = centroid_mm(cord)
    seen = np.isfinite(middle[:, 0]) & asked
    arc = np.full(len(cord), np.nan)
    if not seen.any():
        return arc
    angle = np.arange(_RAYS) * 2 * np.pi / _RAYS
    radius = np.arange(0.0, plane_axis(cord.shape[-1])[-1], _RAY_STEP_MM)
    rows = middle[seen, 0, None, None] + radius * np.sin(angle)[:, None]
    columns = middle[seen, 1, None, None] + radius * np.cos(angle)[:, None]
    planes = np.broadcast_to(np.flatnonzero(seen)[:, None, None], rows.shape)
    index = np.stack([planes, to_pixel(cord, rows), to_pixel(cord, columns)])
    values = ndimage.map_coordinates(csf, index, order=1, mode="constant", cval=1.0)
    thickness = (values < 0).sum(axis=2) * _RAY_STEP_MM
    arc[seen] = np.mean(thickness >= csf_mm - 1e-9, axis=1)
    return arc
