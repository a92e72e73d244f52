from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain.escc import AbstentionReason, EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.domain.findings_json import findings_to_json
from spineseg.domain.sins import SinsComponent
from spineseg.phantom.truth import true_findings
from tests.phantom.patient import case


def test_grade_is_exact_and_placed() -> None:
    """An ESCC 2 case says low, point and high 2 at its level, and where in the patient."""
    made = case("escc-2-t7")

    lesion = true_findings(made).lesions[0]

    assert (lesion.escc.low, lesion.escc.point, lesion.escc.high) == (EsccGrade.G2,) * 3
    assert lesion.escc.level_of_max == "T7"
    assert "T7" in lesion.levels
    assert lesion.escc.decisive_point_mm == pytest.approx(
        made.phantom.spine.curve.to_patient(made.phantom.lesions[0].s), abs=0.01
    )
    assert lesion.escc.metrics["tumour_cord_gap_mm"] < 0.3


def test_volume_and_diameter_are_those_of_a_known_ellipsoid() -> None:
    """A lesion inside a body has the volume of its ellipsoid, within the unevenness of its surface."""
    made = case("lytic-t9")
    half = made.phantom.lesions[0].bones[0].half

    lesion = true_findings(made).lesions[0]

    assert lesion.volume_mm3 == pytest.approx(4 / 3 * np.pi * np.prod(half), rel=0.12)
    assert lesion.max_diameter_mm == pytest.approx(2 * max(half), rel=0.12)
    assert lesion.sins.components[SinsComponent.POSTEROLATERAL].high == 0


@pytest.mark.parametrize(
    ("name", "compartment", "reason"),
    [
        ("idem-t10", Compartment.INTRADURAL_EXTRAMEDULLARY, AbstentionReason.INTRADURAL_LESION),
        ("intramedullary-c5", Compartment.INTRAMEDULLARY, AbstentionReason.INTRADURAL_LESION),
        ("lytic-l3", Compartment.EXTRADURAL, AbstentionReason.BELOW_CONUS),
    ],
)
def test_compartment_and_its_volume_agree(name: str, compartment: Compartment, reason: AbstentionReason) -> None:
    """The share of the compartment that a lesion was built in is nearly all; its grade does not apply."""
    lesion = true_findings(case(name)).lesions[0]
    fractions = lesion.compartment_fractions

    assert fractions is not None
    assert getattr(fractions, compartment.value) > 0.95
    assert lesion.compartment is compartment
    assert lesion.escc.point is EsccGrade.NOT_APPLICABLE
    assert lesion.escc.reason is reason


def test_undisturbed_levels_carry_sizes_and_disturbed_ones_do_not() -> None:
    """Cord area is known at T3, left unknown at the tumour's own level and absent at L4."""
    levels = {level.name: level.measurements for level in true_findings(case("escc-2-t7")).levels}

    assert 20 < levels["T3"]["cord_area_mm2"] < 90
    assert "cord_area_mm2" not in levels["T7"]
    assert "cord_area_mm2" not in levels["L4"]
    assert levels["T7"]["canal_area_mm2"] > 150


def test_truth_is_json_and_the_same_every_time() -> None:
    """Truth converts to the shape of findings.json and does not change between calls."""
    first, second = (findings_to_json(true_findings(case("two-levels"))) for _ in range(2))

    assert first == second
    assert [lesion["escc"]["point"] for lesion in first["lesions"]] == ["1c", "2"]
