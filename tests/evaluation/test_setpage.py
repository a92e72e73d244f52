from __future__ import annotations

from pathlib import Path

from spineseg.evaluation.reliability import Reliability
from spineseg.evaluation.setpage import render


def test_the_plot_shows_what_was_said(tmp_path: Path) -> None:
    """A bin that says 0.75 and is true in half of the voxels lies at three quarters across, half up."""
    found = Reliability(voxels=(0,) * 7 + (100, 0, 0), said=(0.0,) * 7 + (75.0, 0, 0), true=(0,) * 7 + (50, 0, 0))

    page = render("t", {"Empty": (["a"], [])}, {"best": tmp_path / "none.png"}, found)

    assert 'cx="180.0" cy="120.0"' in page
    assert "Not measured." in page
    assert "data:image" not in page
