from __future__ import annotations

import pytest

from spineseg.domain.findings import BoneQuality
from spineseg.domain.sins import SinsComponent
from spineseg.evaluation.sins_cases import CT_SERIES_UID
from tests.grading.sins_battery import AXIAL_SPACING_MM, COMPONENTS, SPECS, run, run_masks


def test_a_lesion_of_the_left_arch_is_right_in_every_component():
    """On masks of an axial MR every component that masks can tell holds the truth, and the parts are the true ones."""
    row = run_masks("left arch T9", AXIAL_SPACING_MM, levels=2)
    assert [one for one in COMPONENTS if one is not SinsComponent.BONE_LESION and not row.is_right(one)] == []
    assert row.truth.subregions is not None
    assert set(row.lesion.subregions or ()) == set(row.truth.subregions)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(SPECS))
def test_every_component_is_right_on_ct(name):
    """Sixteen lesions C4 to L3 on their CT: each component's range holds the truth, and what is estimated is it."""
    row = run(name)
    wrong = [(one.value, *row.answer(one)) for one in COMPONENTS if not row.is_right(one)]
    assert wrong == []
    assert row.lesion.bone_quality is SPECS[name].quality
    assert row.lesion.bone_quality is not BoneQuality.UNDETERMINED
    assert row.lesion.bone_series_instance_uid == CT_SERIES_UID
