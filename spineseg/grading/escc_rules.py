"""EsccMetrics -> severity of every plane, and of the lesion: the thresholds of clinical.md section 1.6."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.escc import EsccGrade
from spineseg.grading.escc_metrics import EsccMetrics

Ranks = NDArray[np.float64]

# CSF is gone but the cord is not deformed: 1c or 3, a person must look (clinical.md 1.6).
ONE_C_OR_THREE = 3.5
_GRADES = (EsccGrade.G0, EsccGrade.G1A, EsccGrade.G1B, EsccGrade.G1C, EsccGrade.G2, EsccGrade.G3)


@dataclass(frozen=True, slots=True, kw_only=True)
class EsccThresholds:
    """Proposals of clinical.md section 1.6 [P], tried on phantoms; `pixel_mm` raises those a coarse pixel blurs."""

    pixel_mm: float
    epidural_area_mm2: float = 10.0
    least_thickness_mm: float = 1.5
    least_indentation_mm: float = 1.0
    sac_area_loss: float = 0.10
    least_abutment_mm: float = 1.0
    near_mm: float = 3.0
    cord_loss: float = 0.15
    cord_displacement_mm: float = 2.0
    least_csf_mm: float = 0.75
    csf_arc: float = 0.10
    support_mm: float = 3.0

    @property
    def epidural_thickness_mm(self) -> float:
        """Least thickness of epidural tumour: two pixels."""
        return max(self.least_thickness_mm, 2.0 * self.pixel_mm)

    @property
    def indentation_mm(self) -> float:
        """Least depth of an indentation: one and a half pixels."""
        return max(self.least_indentation_mm, 1.5 * self.pixel_mm)

    @property
    def abutment_mm(self) -> float:
        """Greatest gap that counts as contact."""
        return max(self.least_abutment_mm, 0.75 * self.pixel_mm)

    @property
    def csf_mm(self) -> float:
        """Least thickness of CSF that can be seen: one pixel."""
        return max(self.least_csf_mm, self.pixel_mm)


def plane_ranks(metrics: EsccMetrics, rule: EsccThresholds) -> Ranks:
    """Rank of each plane, 0 to 5 as in `ESCC_RANK`, or ONE_C_OR_THREE: (S,).

    A comparison with an unknown metric (NaN) is false: what cannot be measured raises no grade; the caller abstains.
    """
    present = (metrics.epidural_area >= rule.epidural_area_mm2) & (
        metrics.epidural_thickness >= rule.epidural_thickness_mm
    )
    deformed = (metrics.sac_indentation >= rule.indentation_mm) | (metrics.sac_area_loss >= rule.sac_area_loss)
    csf = metrics.csf_arc >= rule.csf_arc
    compressed = np.where(csf, 4.0, 5.0)
    touching = np.where(csf, 3.0, ONE_C_OR_THREE)
    uncompressed = np.where(metrics.gap <= rule.abutment_mm, touching, np.where(deformed, 2.0, 1.0))
    near = metrics.gap <= rule.near_mm
    ranks = np.where(near & cord_deformed(metrics, rule), compressed, uncompressed)
    result: Ranks = np.where(present, ranks, 0.0)
    return result


def cord_deformed(metrics: EsccMetrics, rule: EsccThresholds) -> NDArray[np.bool_]:
    """Planes on which the cord is smaller, dented or displaced against its expected outline: (S,)."""
    result: NDArray[np.bool_] = (
        (metrics.cord_ap_loss >= rule.cord_loss)
        | (metrics.cord_area_loss >= rule.cord_loss)
        | (metrics.cord_indentation >= rule.indentation_mm)
        | (metrics.cord_displacement >= rule.cord_displacement_mm)
    )
    return result


def supported_ranks(ranks: Ranks, step_mm: NDArray[np.float64], support_mm: float) -> Ranks:
    """Highest rank, of each plane, that a run of planes with it holds over the support: (S,); 0 where none does.

    Parameters
    ----------
    ranks, step_mm : (S,)
        Of consecutive planes; NaN interrupts.
    """
    result = np.zeros(len(ranks), dtype=np.float64)
    for rank in np.unique(ranks[np.isfinite(ranks)]):
        result[_runs(ranks >= rank, step_mm, support_mm)] = rank
    return result


def long_enough(step_mm: NDArray[np.float64], support_mm: float) -> bool:
    """Whether planes together reach the support; a tenth less is taken for it (tilted slices)."""
    return bool(step_mm.sum() >= 0.9 * support_mm)


def _runs(flags: NDArray[np.bool_], step_mm: NDArray[np.float64], support_mm: float) -> NDArray[np.bool_]:
    """Planes of the runs that are long enough."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    kept = np.zeros(len(flags), dtype=bool)
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        kept[first:end] = long_enough(step_mm[first:end], support_mm)
    return kept


def low_end(rank: float) -> float:
    """Rank as lower bound."""
    return 3.0 if rank == ONE_C_OR_THREE else rank


def high_end(rank: float) -> float:
    """Rank as upper bound."""
    return 5.0 if rank == ONE_C_OR_THREE else rank


def grade_of(rank: float) -> EsccGrade:
    """Grade of a rank; undetermined between 1c and 3."""
    return EsccGrade.UNDETERMINED if rank == ONE_C_OR_THREE else _GRADES[int(rank)]
