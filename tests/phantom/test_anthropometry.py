from __future__ import annotations

import numpy as np

from spineseg.domain.labels import SACRUM
from spineseg.phantom import anthropometry as table


def test_every_level_has_every_size() -> None:
    """The table is complete: 29 levels, 12 sizes, none missing or negative."""
    sizes = table.mean_sizes_mm()

    assert set(sizes) == set(table.COLUMNS)
    assert all(len(values) == len(table.LEVELS) == 29 and np.all(values >= 0) for values in sizes.values())
    assert len(table.SPINOUS_SLOPE) == 29


def test_label_values_follow_the_label_table() -> None:
    """C1 is 1, T1 is 8, L5 is 24 and all sacral segments share 26."""
    values = dict(zip(table.LEVELS, table.label_values(), strict=True))

    assert (values["C1"], values["T1"], values["L5"]) == (1, 8, 24)
    assert {int(values[f"S{k}"]) for k in range(1, 6)} == {SACRUM}


def test_cord_sizes_agree_with_sherman() -> None:
    """Cord diameters at C2, C4 and C7 are those of Sherman 1990 (8.8 x 12.4, 8.7 x 14.0, 7.4 x 11.4 mm) within 5 %."""
    sizes = table.mean_sizes_mm()
    published = {"C2": (8.8, 12.4), "C4": (8.7, 14.0), "C7": (7.4, 11.4)}

    for name, (ap, width) in published.items():
        k = table.LEVELS.index(name)
        assert np.isclose(sizes["cord_ap"][k], ap, rtol=0.05)
        assert np.isclose(sizes["cord_width"][k], width, rtol=0.05)
