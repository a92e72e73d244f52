"""A small study with a lesion mask given, made once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spineseg.evaluation.drawn_cases import drawn_case
from spineseg.evaluation.drawn_study import SegmentedStudy, segment_study
from spineseg.phantom.contrasts import Contrast
from spineseg.phantom.protocols import axial, sagittal


@pytest.fixture(scope="session")
def small_study() -> SegmentedStudy:
    """ESCC 2 at T8 with its true anatomy: a small axial stack, and three levels of a coarse sagittal one."""
    case = drawn_case(4)
    spine, s = case.study.phantom.spine, case.lesion.s
    protocols = (
        sagittal(spine, Contrast.T2, top="T7", bottom="T9", in_plane_mm=1.6),
        axial(spine, Contrast.T2, s=s, length_mm=80.0, field_mm=84.0, in_plane_mm=0.8, spacing_mm=4.0),
    )
    return segment_study(replace(case, study=replace(case.study, protocols=protocols)), None)
