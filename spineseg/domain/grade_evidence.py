"""What a grade was decided on -> GradeEvidence: outlines across the canal, and each number with its threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Outline = NDArray[np.float64]


class SectionStructure(StrEnum):
    """What is outlined on a section across the canal; `expected` is the shape without the lesion."""

    EXPECTED_SAC = "expected_sac"
    EXPECTED_CORD = "expected_cord"
    CANAL = "canal"
    SAC = "sac"
    CORD = "cord"
    TUMOUR = "tumour"


class GradeQuestion(StrEnum):
    """What ESCC asks of one section (clinical.md section 1.6)."""

    TUMOUR_IN_CANAL = "tumour_in_canal"
    SAC_DEFORMED = "sac_deformed"
    TOUCHES_CORD = "touches_cord"
    NEAR_CORD = "near_cord"
    CORD_DEFORMED = "cord_deformed"
    CSF_VISIBLE = "csf_visible"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricTest:
    """One number held against its threshold.

    Parameters
    ----------
    metric
        Key of `domain.vocabulary.ESCC_METRICS`, unit in the name.
    question
        What it helps to answer; several numbers may answer one question.
    at_most
        Whether the answer is yes up to the threshold; else from the threshold on.
    threshold
        In the unit of the metric.
    answer
        None where the number is not known.
    """

    metric: str
    question: GradeQuestion
    at_most: bool
    threshold: float
    answer: bool | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GradeEvidence:
    """The section that decided a lesion's grade.

    Parameters
    ----------
    series_instance_uid, number
        The lesion: its series and its value in that series' lesion mask.
    centre : (3,) [mm, LPS]
        Middle of the section, on the centreline of the canal.
    left, posterior : (3,)
        Unit vectors in the section.
    outlines : structure -> contours, each (N, 2) [mm]
        Offsets to posterior and to the left from the centre; a structure that is not known has no entry.
    tests
        Empty where the numbers did not decide (no grade applies, or cord and sac cannot be told apart).
    csf_mm
        Least thickness that counts as visible CSF [mm].
    support_mm
        Length of canal over which a grade must hold [mm].
    expected_sides
        Sides of the lesion that gave the expected outlines, 0 to 2: the fewer of cord and sac.
    """

    series_instance_uid: str
    number: int
    centre: NDArray[np.float64]
    left: NDArray[np.float64]
    posterior: NDArray[np.float64]
    outlines: Mapping[SectionStructure, tuple[Outline, ...]]
    tests: tuple[MetricTest, ...]
    csf_mm: float
    support_mm: float
    expected_sides: int
