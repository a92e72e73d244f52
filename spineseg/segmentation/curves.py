"""Losses and Dice -> training.csv and validation.csv: the curves of a training, one row every so many steps."""

from __future__ import annotations

import csv
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TRAINING_FILE = "training.csv"
VALIDATION_FILE = "validation.csv"
REAL_FILE = "real.csv"

logger = logging.getLogger(__name__)

FloatArray = NDArray[np.float64]


class Curves:
    """Means since the last row; NaN where a class did not occur.

    Parameters
    ----------
    keep_until
        Rows of later steps are dropped: a resumed training writes them again.
    """

    def __init__(self, out: Path, classes: Sequence[str], *, keep_until: int = 0) -> None:
        self._training = out / TRAINING_FILE
        self._validation = out / VALIDATION_FILE
        self._real = out / REAL_FILE
        self._classes = classes
        self._losses: list[float] = []
        self._dice: list[FloatArray] = []
        dice = [f"dice_{name}" for name in classes[1:]]
        _begin(self._training, ["step", "seconds", "learning_rate", "loss", *dice], keep_until)
        _begin(self._validation, ["step", "seconds", *dice], keep_until)

    def add(self, loss: float, dice: FloatArray) -> None:
        """One step."""
        self._losses.append(loss)
        self._dice.append(dice)

    def write_row(self, step: int, seconds: float, learning_rate: float) -> None:
        """Mean loss and soft Dice of the steps since the last row."""
        loss, dice = float(np.mean(self._losses)), _mean(np.stack(self._dice))
        _append(self._training, [step, f"{seconds:.1f}", f"{learning_rate:.3g}", f"{loss:.5f}", *_cells(dice)])
        self._losses, self._dice = [], []
        logger.info("step %d, %.0f s, loss %.3f, %s", step, seconds, loss, self._words(dice))

    def write_scores(self, step: int, seconds: float, dice: FloatArray) -> None:
        """Held-out Dice of the averaged weights."""
        _append(self._validation, [step, f"{seconds:.1f}", *_cells(dice)])
        logger.info("step %d, held-out Dice: %s", step, self._words(dice))

    def write_real(self, step: int, seconds: float, scores: Mapping[str, float]) -> None:
        """Scores of the averaged weights on real images."""
        if not self._real.exists():
            _begin(self._real, ["step", "seconds", *scores], 0)
        _append(self._real, [step, f"{seconds:.1f}", *(f"{value:.4f}" for value in scores.values())])
        words = ", ".join(f"{name} {value:.3f}" for name, value in scores.items())
        logger.info("step %d, real images: %s", step, words)

    def _words(self, dice: FloatArray) -> str:
        return ", ".join(f"{name} {value:.2f}" for name, value in zip(self._classes[1:], dice[1:], strict=True))


def _mean(rows: FloatArray) -> FloatArray:
    seen = ~np.isnan(rows)
    count = seen.sum(axis=0)
    return np.where(count > 0, np.where(seen, rows, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


def _cells(dice: FloatArray) -> list[str]:
    return ["" if np.isnan(value) else f"{value:.4f}" for value in dice[1:]]


def _begin(path: Path, header: list[str], keep_until: int) -> None:
    kept: list[list[str]] = []
    if keep_until and path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            kept = [row for row in list(csv.reader(file))[1:] if int(row[0]) <= keep_until]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *kept])


def _append(path: Path, row: list[object]) -> None:
    with path.open("a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(row)
