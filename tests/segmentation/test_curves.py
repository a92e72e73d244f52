from __future__ import annotations

from pathlib import Path

import numpy as np

from spineseg.segmentation.curves import TRAINING_FILE, VALIDATION_FILE, Curves

CLASSES = ("background", "body", "disc")


def test_a_row_is_the_mean_since_the_last_one(tmp_path: Path) -> None:
    """Dice is averaged over the steps that had the class; a class never seen leaves its cell empty."""
    curves = Curves(tmp_path, CLASSES)
    curves.add(2.0, np.array([np.nan, 0.2, np.nan]))
    curves.add(1.0, np.array([np.nan, np.nan, np.nan]))
    curves.add(0.0, np.array([np.nan, 0.4, np.nan]))

    curves.write_row(3, 1.25, 1e-3, waiting=0.021)

    assert (tmp_path / TRAINING_FILE).read_text().split() == [
        "step,seconds,learning_rate,loss,dice_body,dice_disc,waiting",
        "3,1.2,0.001,1.00000,0.3000,,0.0210",
    ]


def test_resuming_drops_the_rows_that_come_again(tmp_path: Path) -> None:
    """Rows up to the checkpoint stay, later ones go; a new training begins with empty tables."""
    curves = Curves(tmp_path, CLASSES)
    for step in (2, 4, 6):
        curves.add(1.0, np.full(3, np.nan))
        curves.write_row(step, 0.0, 1.0)
        curves.write_scores(step, 0.0, np.array([1.0, 0.5, np.nan]))

    Curves(tmp_path, CLASSES, keep_until=4)

    for name in (TRAINING_FILE, VALIDATION_FILE):
        assert [row.split(",")[0] for row in (tmp_path / name).read_text().split()] == ["step", "2", "4"]
    Curves(tmp_path, CLASSES)
    assert len((tmp_path / TRAINING_FILE).read_text().split()) == 1
