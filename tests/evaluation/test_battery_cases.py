from __future__ import annotations

from dataclasses import replace

import numpy as np

from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.evaluation.battery_cases import (
    GRADES,
    IN_PLANE_MM,
    MOST_COBB_DEG,
    THICKNESS_MM,
    built_grades,
    compartment_case,
    draw_stack,
    escc_case,
)
from spineseg.evaluation.battery_grids import Placement
from spineseg.phantom.cases import make_case
from spineseg.phantom.growth import profile_at


def test_cases_take_every_grade_and_level_in_turn():
    """Six grades at one level, then the next level; the same number is the same case."""
    cases = [escc_case(number) for number in (0, 5, 6, 107)]
    assert [case.low for case in cases] == [GRADES[0], GRADES[5], GRADES[0], GRADES[5]]
    assert [case.level for case in cases] == ["C3", "C3", "C4", "L1"]
    assert escc_case(5).stack == cases[1].stack


def test_scoliosis_stays_within_its_limit():
    """The largest coronal angle of the spines is at most the stated one and not always small."""
    angles = [escc_case(number).cobb_deg for number in range(0, 60, 5)]
    assert max(angles) < 1.1 * MOST_COBB_DEG
    assert max(angles) > 0.5 * MOST_COBB_DEG


def test_stacks_cover_their_ranges():
    """Every placement is drawn, pixels and slices lie in their ranges and only oblique stacks are tilted."""
    rng = np.random.default_rng(0)
    stacks = [draw_stack(rng) for _ in range(200)]
    assert {stack.placement for stack in stacks} == set(Placement)
    assert all(IN_PLANE_MM[0] <= stack.in_plane_mm <= IN_PLANE_MM[1] for stack in stacks)
    assert all(THICKNESS_MM[0] <= stack.thickness_mm <= THICKNESS_MM[1] for stack in stacks)
    assert all((stack.tilt_deg != 0) == (stack.placement is Placement.OBLIQUE) for stack in stacks)


def test_a_built_distance_at_a_limit_leaves_two_grades_true():
    """A 1b whose front stands 1.2 mm before the cord may be called 1c; one 3 mm before it may not."""
    phantom = make_case("escc-1b-t7").phantom
    lesion, spine = phantom.lesions[0], phantom.spine
    growth = lesion.growths[0]
    near = profile_at(spine, growth.span.s, growth.direction_rad).cord_near

    def graded(front_mm: float):
        return built_grades(spine, replace(lesion, growths=(replace(growth, front_mm=front_mm),)))

    assert graded(near + 1.2)[1] is EsccGrade.G1C
    assert built_grades(spine, lesion) == (EsccGrade.G1B, EsccGrade.G1B)


def test_compartments_come_in_turn():
    """Intradural, intramedullary, mixed; a dumbbell has a part in the canal and one beside it."""
    cases = [compartment_case(number) for number in range(3)]
    assert [case.compartment for case in cases] == [
        Compartment.INTRADURAL_EXTRAMEDULLARY, Compartment.INTRAMEDULLARY, Compartment.MIXED,
    ]  # fmt: skip
    assert cases[2].lesion.growths
    assert cases[2].lesion.bones
