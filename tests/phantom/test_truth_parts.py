from __future__ import annotations

import numpy as np
import pytest

from spineseg.phantom.anthropometry import LEVELS
from spineseg.phantom.truth_parts import true_parts
from tests.phantom.patient import healthy


@pytest.mark.parametrize("level", ["C5", "T8", "L2"])
def test_every_point_of_the_arch_has_one_part(level: str) -> None:
    """The parts of the arch do not overlap, have both sides alike, and pedicles lie beside the canal."""
    parts = true_parts(healthy(), LEVELS.index(level), step_mm=1.5)
    arch = {name: mask for name, mask in parts.masks.items() if name.startswith(("ped", "lam", "spin", "trans", "art"))}
    u = parts.canvas.points.u

    assert np.stack(list(arch.values())).sum(axis=0).max() == 1
    for name in ("pedicle", "lamina", "articular_process", "transverse_process"):
        left, right = (np.count_nonzero(arch[f"{name}_{side}"]) for side in ("left", "right"))
        assert left == pytest.approx(right, rel=0.15)
        assert (u[arch[f"{name}_left"]] > 0).all()
    assert np.abs(u[arch["pedicle_left"]]).min() > 4


def test_ribs_meet_thoracic_vertebrae_only() -> None:
    """T8 has heads of ribs on both sides, L2 none; the posterior wall is a thin part of the body."""
    thoracic, lumbar = (true_parts(healthy(), LEVELS.index(name), step_mm=1.5) for name in ("T8", "L2"))

    assert thoracic.masks["rib_head_left"].sum() * thoracic.voxel_mm3 > 100
    assert "rib_head_left" not in lumbar.masks
    body, wall = (np.count_nonzero(lumbar.masks[name]) for name in ("vertebral_body", "posterior_wall"))
    assert 0.02 < wall / body < 0.15
