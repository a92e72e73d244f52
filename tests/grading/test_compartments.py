from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.domain.findings import Compartment
from spineseg.domain.labels import CSF, SPINAL_CORD
from spineseg.domain.volume import like
from spineseg.grading.compartments import find_compartment
from tests.grading.analytic import GRADES, Spec
from tests.grading.views import masks_of, relabelled, view_in, view_of


@pytest.mark.parametrize("grade", GRADES)
def test_epidural_and_bone_tumour_is_extradural(grade):
    """From bone only to a mass that fills the canal: extradural, though it lies where sac and cord were."""
    result = find_compartment(view_of(Spec(grade=grade)))
    assert result.compartment is Compartment.EXTRADURAL
    assert result.fractions.extradural == pytest.approx(1.0)


def test_a_mass_beside_the_cord_is_extramedullary():
    """Inside the dura, cord displaced: intradural extramedullary, though it lies where the cord was expected."""
    result = find_compartment(view_of(Spec(grade="idem")))
    assert result.compartment is Compartment.INTRADURAL_EXTRAMEDULLARY
    assert result.fractions.intradural_extramedullary > 0.95


def test_a_mass_in_a_swollen_cord_is_intramedullary():
    """Inside the cord, which is wider than its neighbours: intramedullary."""
    assert find_compartment(view_of(Spec(grade="im"))).compartment is Compartment.INTRAMEDULLARY


def test_a_mass_on_both_sides_of_the_dura_is_mixed():
    """A dumbbell: a third outside the dura, the rest inside."""
    masks = masks_of(Spec(grade="idem"))
    lesions = masks.lesions.array.copy()
    lesions[15:20][masks_of(Spec(grade="1b")).lesions.array[15:20] > 0] = 1
    dumbbell = replace(masks, lesions=like(masks.lesions, lesions))
    assert find_compartment(view_in(dumbbell)).compartment is Compartment.MIXED


def test_a_label_far_outside_the_expected_outline_is_doubted():
    """A mass labelled as inside the dura counts as outside where the expected sac lies far from it."""
    idem = view_of(Spec(grade="idem"))
    shrunk_sac = replace(idem, expected=replace(idem.expected, sac=idem.expected.sac + np.float32(10)))
    assert find_compartment(shrunk_sac).compartment is Compartment.EXTRADURAL


def test_an_undivided_canal_leaves_the_compartment_open():
    """A lesion in a canal that CT does not divide: undetermined, no fractions."""
    result = find_compartment(view_of(Spec(grade="idem", undivided=True)))
    assert result.compartment is Compartment.UNDETERMINED
    assert result.fractions is None


def test_without_cord_only_dura_counts():
    """Below the conus a lesion inside the sac is intradural extramedullary."""
    bare = relabelled(masks_of(Spec(grade="idem")), {SPINAL_CORD: CSF})
    assert find_compartment(view_in(bare)).compartment is Compartment.INTRADURAL_EXTRAMEDULLARY
