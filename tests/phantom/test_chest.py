from __future__ import annotations

import numpy as np

from spineseg.phantom.tissues import Tissue
from tests.phantom.patient import healthy, maps_at


def test_lungs_lie_on_both_sides_of_a_mediastinum() -> None:
    """At T6 lung fills both sides, the heart's and great vessels' tissue lies between, and the trachea has ended."""
    maps = maps_at(healthy(), "T6", half_mm=110.0, spacing_mm=4.0)
    lung = np.mean(maps.tissues == Tissue.LUNG, axis=(1, 2))
    half = len(lung) // 2

    assert lung[:half].max() > 0.15
    assert lung[half:].max() > 0.15
    assert lung[half - 2 : half + 2].max() < 0.6 * lung.max()


def test_heart_lies_to_the_left() -> None:
    """The vessel and muscle in front of T8 has its centre to the patient's left."""
    maps = maps_at(healthy(), "T8", half_mm=130.0, spacing_mm=4.0)
    heart = np.nonzero((maps.tissues == Tissue.VESSEL)[:, :30])[0]

    assert heart.mean() > (maps.tissues.shape[0] - 1) / 2


def test_lung_ends_at_the_diaphragm() -> None:
    """There is lung in the front half at T6, none at L2."""
    high, low = (maps_at(healthy(), level, half_mm=90.0, spacing_mm=5.0) for level in ("T6", "L2"))

    assert np.any(high.tissues[:, :18] == Tissue.LUNG)
    assert not np.any(low.tissues[:, :, :18] == Tissue.LUNG)
