"""Tests of spineseg.grading.occupancy: what the network said beneath a drawn lesion must not matter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.anatomy import describe_spine
from spineseg.domain.findings import Compartment, LesionFinding
from spineseg.domain.labels import CSF, EPIDURAL_SPACE, SPINAL_CORD
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import like
from spineseg.grading import grade_spine
from spineseg.grading.occupancy import Occupied, find_occupied, settle_occupancy
from tests.grading.analytic import Spec
from tests.grading.views import STUDY, masks_of, view_of

HEALTHY = -1


def misread(grade: str, value: int) -> Segmentation:
    """The truth, but with one canal value beneath the lesion, or the anatomy of the spine without its lesion."""
    truth = masks_of(Spec(grade=grade))
    if value == HEALTHY:
        return replace(truth, anatomy=masks_of(Spec()).anatomy, subregions=masks_of(Spec()).subregions)
    beneath = (truth.lesions.array > 0) & np.isin(truth.anatomy.array, (SPINAL_CORD, EPIDURAL_SPACE, CSF))
    return replace(truth, anatomy=like(truth.anatomy, np.where(beneath, np.uint8(value), truth.anatomy.array)))


def settled_lesion(segmentation: Segmentation) -> LesionFinding:
    """The lesion, graded on the settled anatomy."""
    (lesion,) = grade_spine(settle_occupancy(describe_spine(segmentation)), study_instance_uid=STUDY).lesions
    return lesion


@pytest.mark.parametrize("value", [CSF, SPINAL_CORD, HEALTHY])
@pytest.mark.parametrize("grade", ["1b", "2"])
def test_an_epidural_tumour_is_graded_whatever_the_network_saw(grade: str, value: int) -> None:
    """Called fluid or cord, or not seen at all: the grade and the compartment are those of the truth."""
    lesion = settled_lesion(misread(grade, value))

    assert lesion.compartment is Compartment.EXTRADURAL
    assert lesion.escc.point.value == grade


@pytest.mark.parametrize("value", [EPIDURAL_SPACE, CSF, SPINAL_CORD])
@pytest.mark.parametrize(
    ("grade", "compartment"),
    [("idem", Compartment.INTRADURAL_EXTRAMEDULLARY), ("im", Compartment.INTRAMEDULLARY)],
)
def test_intradural_lesions_are_told_by_what_surrounds_them(grade: str, compartment: Compartment, value: int) -> None:
    """Fluid around it and a cord beside it, or cord around it: the label beneath decides nothing."""
    assert settled_lesion(misread(grade, value)).compartment is compartment


def test_the_truth_is_left_as_it_is() -> None:
    """Where the anatomy beneath is right, nothing of weight changes."""
    for grade in ("0", "1c", "3"):
        anatomy = describe_spine(masks_of(Spec(grade=grade)))
        changed = settle_occupancy(anatomy).segmentation.anatomy.array != anatomy.segmentation.anatomy.array
        assert np.mean(changed[anatomy.segmentation.lesions.array > 0]) < 0.02
        assert not changed[anatomy.segmentation.lesions.array == 0].any()


def test_bone_only_and_an_undivided_canal_are_not_touched() -> None:
    """A lesion outside the canal occupies none of it; on CT the canal has no parts to choose from."""
    assert find_occupied(view_of(Spec(grade="0"))) is None
    assert find_occupied(view_of(Spec(grade="2"))) is Occupied.EPIDURAL
    undivided = describe_spine(masks_of(Spec(grade="2", undivided=True)))
    assert settle_occupancy(undivided) is undivided
