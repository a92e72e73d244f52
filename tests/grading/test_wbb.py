from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain.labels import CSF, EPIDURAL_SPACE, VERTEBRAL_BODY
from spineseg.grading.wbb import find_layers, find_sectors
from tests.grading.boxes import viewed, with_lesion


def cube(angle_deg):
    """Tumour of 6 mm 20 mm away from the canal's middle, counted from posterior towards the patient's left."""
    angle = np.deg2rad(angle_deg)

    def where(left, behind, up, *_):
        return np.maximum(np.abs(left - 20 * np.sin(angle)), np.abs(behind - 20 * np.cos(angle))) + 0 * up < 3

    return lambda *at: where(*at) & (np.abs(at[2]) < 6)


@pytest.mark.parametrize(("angle_deg", "sector"), [(15, 1), (45, 2), (75, 3), (135, 5), (195, 7), (285, 10), (345, 12)])
def test_sectors_run_from_the_left_half_of_the_spinous_process(angle_deg, sector):
    """SOSG: counter-clockwise seen from below, 1 behind on the left, 12 behind on the right."""
    assert find_sectors(viewed(with_lesion(cube(angle_deg)))[0]) == (sector,)


def test_layers_tell_soft_tissue_bone_and_canal_apart():
    """The front rim of a body is superficial, its back deep, and the canal has two layers."""
    thick = {
        "A": lambda left, _b, up, anatomy, _k: (anatomy == 0) & (left > 18) & (left < 26) & (np.abs(up) < 6),
        "B": lambda _l, behind, up, _a, kinds: (kinds == VERTEBRAL_BODY) & (behind < -31) & (np.abs(up) < 6),
        "C": lambda left, behind, up, _a, kinds: (
            (kinds == VERTEBRAL_BODY) & (behind > -15) & (np.abs(left) < 6) & (np.abs(up) < 6)
        ),
        "D": lambda _l, _b, up, anatomy, _k: (anatomy == EPIDURAL_SPACE) & (np.abs(up) < 6),
        "E": lambda _l, _b, up, anatomy, _k: (anatomy == CSF) & (np.abs(up) < 6),
    }
    found = {name: find_layers(viewed(with_lesion(where))[0]) for name, where in thick.items()}
    assert found == {name: (name,) for name in thick}
