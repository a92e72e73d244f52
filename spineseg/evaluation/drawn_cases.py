"""Number -> DrawnCase: a phantom study with one epidural lesion, its series, and what is true of it by construction."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from spineseg.domain.escc import EsccGrade
from spineseg.domain.volume import SeriesRole
from spineseg.evaluation.battery_cases import GRADES, built_grades
from spineseg.evaluation.phantoms import with_short_ct
from spineseg.phantom.anthropometry import LEVELS
from spineseg.phantom.cases import ESCC_LEVELS, PhantomCase, make_case
from spineseg.phantom.contrasts import Contrast
from spineseg.phantom.lesions import Lesion
from spineseg.phantom.protocols import axial, sagittal

# Apart from the seeds of training, of the score on networks (90,000) and of the battery (70,000).
DRAWN_SEED = 80_000
# Axial T2 as sites scan it: pixels and distance of slices [mm]. [P]
IN_PLANE_MM, SPACING_MM = (0.5, 0.8), (2.5, 4.0)
# Levels of one grade lie so many apart, so that ten cases of a grade spread from C3 to L1.
_LEVEL_STEP, _GRADE_STEP = 7, 3
# The sagittal T2 shows the upper or the lower half of the spine, with C2 or the sacrum to count from.
_STATIONS, _LAST_OF_UPPER = (("C1", "T10"), ("T5", "S5")), "T6"
_CT_EVERY = 6  # one study of six has a CT, too


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnCase:
    """One study.

    Parameters
    ----------
    low, high
        True grade; they differ where a built distance lies at a limit of the scale.
    in_plane_mm, spacing_mm
        Of the axial T2.
    """

    number: int
    study: PhantomCase
    low: EsccGrade
    high: EsccGrade
    in_plane_mm: float
    spacing_mm: float

    @property
    def lesion(self) -> Lesion:
        """Its only lesion."""
        return self.study.phantom.lesions[0]


def drawn_case(number: int) -> DrawnCase:
    """Study of a number: six grades in turn over levels C3 to L1, sagittal and axial T2, in every sixth grade a CT."""
    turn, place = divmod(number, len(GRADES))
    grade = GRADES[place]
    level = ESCC_LEVELS[(turn * _LEVEL_STEP + place * _GRADE_STEP) % len(ESCC_LEVELS)]
    study = make_case(f"escc-{grade.value}-{level.lower()}", DRAWN_SEED + number)
    rng = np.random.default_rng([DRAWN_SEED, number])
    in_plane, spacing = (round(float(rng.uniform(*span)), 2) for span in (IN_PLANE_MM, SPACING_MM))
    low, high = built_grades(study.phantom.spine, study.phantom.lesions[0])
    # The grade that has the CT changes from turn to turn.
    with_ct = (turn + place) % _CT_EVERY == 0
    return DrawnCase(
        number=number, study=_with_series(study, in_plane, spacing, with_ct=with_ct), low=low, high=high,
        in_plane_mm=in_plane, spacing_mm=spacing,
    )  # fmt: skip


def _with_series(study: PhantomCase, in_plane_mm: float, spacing_mm: float, *, with_ct: bool) -> PhantomCase:
    spine, lesion = study.phantom.spine, study.phantom.lesions[0]
    top, bottom = _STATIONS[LEVELS.index(lesion.level) > LEVELS.index(_LAST_OF_UPPER)]
    series = {
        SeriesRole.SAGITTAL_T2: sagittal(spine, Contrast.T2, top=top, bottom=bottom),
        SeriesRole.AXIAL_T2: axial(spine, Contrast.T2, s=lesion.s, in_plane_mm=in_plane_mm, spacing_mm=spacing_mm),
    }
    kept = [one for one in with_short_ct(study).protocols if with_ct or one.role is not SeriesRole.CT]
    return replace(study, protocols=tuple(series.get(one.role, one) for one in kept))
