"""Losses and Dice -> training.csv and validation.csv: the curves of a training, one row every so many steps."""

from __future__ import annotations

import csv
import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spineseg.segmentation.trackers import Tracker

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
    pending
        Loss and Dice of the steps since the last row, changed in place: a checkpoint keeps them.
    trackers
        Told everything that is written.
    """

    def __init__(
        self,
        out: Path,
        classes: Sequence[str],
        *,
        keep_until: int = 0,
        pending: list[list[float]] | None = None,
        trackers: Sequence[Tracker] = (),
    ) -> None:
        self._training = out / TRAINING_FILE
        self._validation = out / VALIDATION_FILE
        self._real = out / REAL_FILE
        self._classes = classes
        self._pending = [] if pending is None else pending
        self._trackers = trackers
        dice = [f"dice_{name}" for name in classes[1:]]
        _begin(self._training, ["step", "seconds", "learning_rate", "loss", *dice, "waiting"], keep_until)
        _begin(self._validation, ["step", "seconds", *dice, "data_loss"], keep_until)
        if keep_until and self._real.exists():
            _begin(self._real, _header(self._real), keep_until)

    def add(self, loss: float, dice: FloatArray) -> None:
        """One step."""
        self._pending.append([loss, *dice.tolist()])

    def write_row(self, step: int, seconds: float, learning_rate: float, waiting: float = math.nan) -> None:
        """Mean loss and soft Dice of the steps since the last row.

        Parameters
        ----------
        waiting
            Share of the time since the last row that was spent waiting for examples; not the same in a repetition.
        """
        rows = np.array(self._pending)
        loss, dice = float(rows[:, 0].mean()), _mean(rows[:, 1:])
        start = [step, f"{seconds:.1f}", f"{learning_rate:.3g}", f"{loss:.5f}"]
        _append(self._training, [*start, *_cells(dice), _cell(waiting)])
        self._pending.clear()
        self._track("training", step, {"loss": loss, "waiting": waiting, "learning_rate": learning_rate}, dice)
        logger.info("step %d, %.0f s, loss %.3f, %s", step, seconds, loss, self._words(dice))
        if not math.isnan(waiting):
            logger.info("step %d, waited for examples %.1f %% of the time", step, 100 * waiting)

    def write_scores(self, step: int, seconds: float, dice: FloatArray, data_loss: float = math.nan) -> None:
        """Held-out Dice of the averaged weights, and their loss on the validation cases of converted sets."""
        _append(self._validation, [step, f"{seconds:.1f}", *_cells(dice), _cell(data_loss)])
        self._track("validation", step, {"data_loss": data_loss}, dice)
        logger.info("step %d, held-out Dice: %s", step, self._words(dice))
        if not math.isnan(data_loss):
            logger.info("step %d, loss on the validation cases of the data sets: %.4f", step, data_loss)

    def write_real(self, step: int, seconds: float, scores: Mapping[str, float]) -> None:
        """Scores of the averaged weights on real images."""
        if not self._real.exists():
            _begin(self._real, ["step", "seconds", *scores], 0)
        _append(self._real, [step, f"{seconds:.1f}", *(f"{value:.4f}" for value in scores.values())])
        words = ", ".join(f"{name} {value:.3f}" for name, value in scores.items())
        self._track("real", step, scores, np.empty(0))
        logger.info("step %d, real images: %s", step, words)

    def close(self) -> None:
        """Let the trackers write what is left."""
        for tracker in self._trackers:
            tracker.close()

    def _track(self, group: str, step: int, values: Mapping[str, float], dice: FloatArray) -> None:
        named = {f"dice_{name}": float(value) for name, value in zip(self._classes[1:], dice[1:], strict=False)}
        for tracker in self._trackers:
            tracker.log(group, {**values, **named}, step)

    def _words(self, dice: FloatArray) -> str:
        named = zip(self._classes[1:], dice[1:], strict=True)
        return ", ".join(f"{name} {value:.2f}" for name, value in named if not math.isnan(value)) or "no class known"


def _mean(rows: FloatArray) -> FloatArray:
    seen = ~np.isnan(rows)
    count = seen.sum(axis=0)
    return np.where(count > 0, np.where(seen, rows, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


def _cells(dice: FloatArray) -> list[str]:
    return [_cell(float(value)) for value in dice[1:]]


def _cell(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4f}"


def _header(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as file:
        return next(csv.reader(file))


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
