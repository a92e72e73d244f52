"""Spec -> LesionView and Findings of the analytic spine, computed once a test run."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from spineseg.anatomy import describe_spine
from spineseg.domain.findings import Findings, LesionFinding
from spineseg.domain.labels import VERTEBRA_VALUES
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import like
from spineseg.grading import grade_spine
from spineseg.grading.lesion_view import LesionView, view_lesion
from tests.grading.analytic import Spec, segment

STUDY = "1.2.840.1"


@cache
def masks_of(spec: Spec) -> Segmentation:
    """Masks on the default axial stack."""
    return segment(spec)


@cache
def view_of(spec: Spec) -> LesionView:
    """The only lesion, cut across the canal."""
    return view_in(masks_of(spec))


def view_in(segmentation: Segmentation) -> LesionView:
    """Lesion 1 of some masks, cut across the canal."""
    anatomy = describe_spine(segmentation)
    assert anatomy.centerline is not None
    return view_lesion(anatomy, anatomy.centerline, 1)


def findings_in(segmentation: Segmentation) -> Findings:
    """Findings of some masks."""
    return grade_spine(describe_spine(segmentation), study_instance_uid=STUDY)


def lesion_in(segmentation: Segmentation) -> LesionFinding:
    """The only lesion of some masks."""
    (lesion,) = findings_in(segmentation).lesions
    return lesion


def relabelled(segmentation: Segmentation, table: dict[int, int], slices: slice = slice(None)) -> Segmentation:
    """The same masks with other values, on some slices."""
    lookup = np.arange(256, dtype=np.uint8)
    for old, new in table.items():
        lookup[old] = new
    array = segmentation.anatomy.array.copy()
    array[slices] = lookup[array[slices]]
    return replace(segmentation, anatomy=like(segmentation.anatomy, array))


def named(segmentation: Segmentation, names: dict[int, str]) -> Segmentation:
    """The same masks with given vertebra names."""
    return relabelled(segmentation, {old: VERTEBRA_VALUES[name] for old, name in names.items()})
