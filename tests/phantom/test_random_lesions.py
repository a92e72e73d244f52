from __future__ import annotations

import numpy as np

from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.phantom.random_lesions import draw_lesions
from tests.phantom.patient import healthy


def test_draws_cover_compartments_and_grades() -> None:
    """Two hundred draws hold every compartment that a network must learn, and every grade."""
    spine = healthy().spine
    drawn = [
        lesion
        for seed in range(200)
        for lesion in draw_lesions(np.random.default_rng(seed), spine, near_s=spine.level_s("T6"))
    ]

    assert {lesion.compartment for lesion in drawn} >= set(Compartment) - {Compartment.MIXED, Compartment.UNDETERMINED}
    assert {lesion.grade for lesion in drawn} >= set(EsccGrade) - {EsccGrade.UNDETERMINED}


def test_neighbours_keep_their_distance_and_order() -> None:
    """Lesions of one draw are at least 30 mm apart, numbered from cranial, and reproducible."""
    spine = healthy().spine
    for seed in range(30):
        lesions = draw_lesions(np.random.default_rng(seed), spine, near_s=spine.level_s("L4"))
        places = [lesion.s for lesion in lesions]

        assert np.all(np.diff(places) > 30)
        assert [lesion.number for lesion in lesions] == list(range(1, len(lesions) + 1))
        assert lesions == draw_lesions(np.random.default_rng(seed), spine, near_s=spine.level_s("L4"))
