from __future__ import annotations

import numpy as np
import pytest

from spineseg.phantom.canal_tables import CanalChange
from spineseg.phantom.spine import SpineOptions, draw_spine


def test_a_change_reaches_its_target_and_fades_away() -> None:
    """A canal diameter asked for holds at its level and is not felt 10 cm away."""
    change = CanalChange(level="T7", reach_mm=30.0, canal_ap_mm=21.0)
    plain, changed = (
        draw_spine(np.random.default_rng(4), SpineOptions(canal_changes=changes)) for changes in ((), (change,))
    )
    here, away = (plain.curve.node(np.array([plain.level_s("T7") + d], dtype=np.float32))[0] for d in (0.0, 100.0))

    assert 2 * changed.canal.canal_a[here] == pytest.approx(21.0, abs=0.1)
    assert changed.canal.canal_a[away] == pytest.approx(plain.canal.canal_a[away], abs=0.01)
    assert plain.canal.canal_a[here] != pytest.approx(10.5, abs=0.5)


def test_cord_and_sac_end() -> None:
    """Below the conus there is no cord, below the end of the sac no sac."""
    spine = draw_spine(np.random.default_rng(4))
    s = spine.curve.s

    assert np.all(spine.canal.cord_a[s > spine.conus_s + 1] == 0)
    assert np.all(spine.canal.sac_a[s > spine.sac_end_s + 1] == 0)
    assert np.all(spine.canal.sac_a[s < spine.sac_end_s - 30] > 1)
