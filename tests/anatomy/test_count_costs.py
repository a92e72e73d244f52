from __future__ import annotations

import numpy as np
import pytest

from spineseg.anatomy.anchors import CordEnd, gather_evidence
from spineseg.anatomy.count_costs import MASKS, NETWORK, own_cost, sacrum_cost
from spineseg.anatomy.level_profile import C2, L1, NAMES
from tests.anatomy.stacks import sacrum_below, stack


def codes(top, count):
    """One count of usual names from one level down."""
    usual = [code for code, name in enumerate(NAMES) if name not in ("T13", "L6")]
    first = usual.index(NAMES.index(top))
    return np.array([usual[first : first + count]])


def test_true_names_cost_less_than_any_shifted_ones():
    """T10 to L3 with their ribs and the conus at L1: no other name of the first vertebra costs less."""
    ordered = stack(6, "T10")
    ribs = [(True, True)] * 3 + [(False, False)] * 3
    cord = CordEnd(conus_mm=ordered[3].position_mm + 5, cord_seen=True, cauda_seen=True)
    evidence = gather_evidence(ordered, ribs=ribs, cord=cord)
    cost = {top: own_cost(codes(top, 6), evidence, MASKS)[0] for top in ("T8", "T9", "T10", "T11", "T12")}
    assert min(cost, key=cost.__getitem__) == "T10"
    assert cost["T10"] < 0.2


def test_a_dens_on_another_name_costs_the_axis():
    """A body with a dens that is called C4 costs what a false axis costs; a network's is cheaper."""
    evidence = gather_evidence(stack(3, "C2", dens=True))
    true = own_cost(codes("C2", 3), evidence, MASKS)[0]
    assert own_cost(codes("C4", 3), evidence, MASKS)[0] - true == pytest.approx(MASKS.axis, abs=1.5)
    assert NETWORK.axis < MASKS.axis
    assert evidence.axis == 0
    assert codes("C2", 3)[0, 0] == C2


def test_the_sacrum_fits_below_the_last_presacral_vertebra():
    """L5 on the sacrum costs nothing, L4 on it the sacrum; a vertebra lost between makes L4 cheap."""
    for lost, cheap in ((0, 0), (1, -1)):
        ordered = stack(4, "L2")[: 4 - lost]
        evidence = gather_evidence(ordered, sacrum_below(ordered, lost=lost))
        below_last = np.array([0, -1])
        cost, fits = sacrum_cost(below_last, np.array([L1, L1]), evidence, MASKS)
        assert below_last[cost.argmin()] == cheap
        assert fits[cost.argmin()]


def test_pieces_below_the_last_vertebra_cost_more_the_more_there_are():
    """One piece of sacrum taken for a body is dear, each further one a little dearer."""
    evidence = gather_evidence(stack(4, "L2"))
    cost, _ = sacrum_cost(np.array([0, 1, 2]), np.zeros(3, dtype=np.intp), evidence, NETWORK)
    assert cost.tolist() == pytest.approx([0.0, NETWORK.beyond, NETWORK.beyond + 0.7])
