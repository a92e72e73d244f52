"""Number of cases -> BatteryScores: what is known by construction beside what the grading says of the true masks.

Only the grading is judged: masks are the phantoms' truth, or that truth with an error that is stated.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from spineseg.anatomy import describe_spine
from spineseg.domain.escc import AbstentionReason, EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.domain.segmentation import Segmentation
from spineseg.evaluation.battery_cases import BATTERY_SEED, BatteryCase, compartment_case, escc_case
from spineseg.evaluation.battery_errors import MaskError, with_error
from spineseg.evaluation.battery_grids import Placement, scan
from spineseg.evaluation.battery_levels import LevelRow, run_levels
from spineseg.evaluation.battery_negatives import NegativeRow, run_negative
from spineseg.evaluation.battery_sins import SinsRow, run_sins
from spineseg.evaluation.graded_case import GradedCase
from spineseg.grading.compartments import find_compartment
from spineseg.grading.escc import grade_escc
from spineseg.grading.lesion_view import view_lesion

OnStage = Callable[[str], None]

# One case of compartments and of SINS for five of the grade, one of names for six, one negative for fifteen.
_COMPARTMENT_EVERY, _SINS_EVERY, _LEVELS_EVERY, _NEGATIVE_EVERY = 5, 5, 6, 15


@dataclass(frozen=True, slots=True, kw_only=True)
class EsccRow(GradedCase):
    """One graded case of the battery.

    Parameters
    ----------
    error
        What is wrong with the masks; None for the true ones.
    true_compartment, compartment
        By construction and as graded; None where no lesion was left to grade.
    """

    number: int
    level: str
    placement: Placement
    in_plane_mm: float
    thickness_mm: float
    cobb_deg: float
    error: MaskError | None
    true_compartment: Compartment
    compartment: Compartment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryScores:
    """Everything that was graded, and what it cost.

    Parameters
    ----------
    escc
        True masks.
    errors
        The same cases with errors in the masks; empty where they were not asked for.
    cpu_s
        Processor time of all.
    """

    escc: tuple[EsccRow, ...]
    errors: tuple[EsccRow, ...]
    compartments: tuple[EsccRow, ...]
    sins: tuple[SinsRow, ...]
    levels: tuple[LevelRow, ...]
    negatives: tuple[NegativeRow, ...]
    cpu_s: float


def run_battery(cases: int, *, errors: bool = False, on_stage: OnStage = lambda _: None) -> BatteryScores:
    """Grade a battery.

    Parameters
    ----------
    cases
        Of the grade; the other kinds have a share of that.
    errors
        Whether each case is graded again with every error of `MaskError`.
    """
    start = time.process_time()
    escc: list[EsccRow] = []
    wrong: list[EsccRow] = []
    for number in range(cases):
        if number % 10 == 0:
            on_stage(f"grades {number} of {cases}")
        rows = run_escc(number, errors=errors)
        escc.append(rows[0])
        wrong += rows[1:]
    on_stage("compartments")
    compartments = tuple(_row(*_scanned(compartment_case(n)), None) for n in range(cases // _COMPARTMENT_EVERY))
    on_stage("SINS")
    sins = tuple(run_sins(n) for n in range(cases // _SINS_EVERY))
    on_stage("level names")
    levels = tuple(run_levels(n) for n in range(cases // _LEVELS_EVERY))
    on_stage("negatives")
    negatives = tuple(run_negative(n) for n in range(cases // _NEGATIVE_EVERY))
    return BatteryScores(
        escc=tuple(escc), errors=tuple(wrong), compartments=compartments, sins=sins, levels=levels,
        negatives=negatives, cpu_s=time.process_time() - start,
    )  # fmt: skip


def run_escc(number: int, *, errors: bool = False) -> list[EsccRow]:
    """Rows of one case: its true masks, then the masks with each error."""
    case, masks = _scanned(escc_case(number))
    rows = [_row(case, masks, None)]
    if errors:
        rng = np.random.default_rng([BATTERY_SEED, 6, number])
        rows += [_row(case, with_error(masks, error, rng), error) for error in MaskError]
    return rows


def _scanned(case: BatteryCase) -> tuple[BatteryCase, Segmentation]:
    return case, scan(case.phantom, case.lesion.s, case.stack)


def _row(case: BatteryCase, masks: Segmentation, error: MaskError | None) -> EsccRow:
    compartment: Compartment | None = None
    low = point = high = EsccGrade.NOT_APPLICABLE
    reason: AbstentionReason | None = None
    described = describe_spine(masks)
    if described.centerline is not None and masks.lesions.array.any():
        view = view_lesion(described, described.centerline, 1)
        compartment = find_compartment(view).compartment
        result = grade_escc(view, compartment)
        low, point, high, reason = result.low, result.point, result.high, result.reason
    return EsccRow(
        number=case.number, level=case.level, placement=case.stack.placement, in_plane_mm=case.stack.in_plane_mm,
        thickness_mm=case.stack.thickness_mm, cobb_deg=round(case.cobb_deg, 1), error=error, true_low=case.low,
        true_high=case.high, true_compartment=case.compartment, compartment=compartment, low=low, point=point,
        high=high, reason=reason,
    )  # fmt: skip
