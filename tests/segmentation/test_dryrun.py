from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.segmentation.classes import Stage
from spineseg.segmentation.dryrun import estimate
from spineseg.segmentation.labelled_source import mixed_with_sets
from tests.segmentation.conftest import draw_toy
from tests.segmentation.labelled_sets import labelled_set
from tests.segmentation.test_training import short


def test_an_estimate_says_memory_time_and_data(tiny_bundle: Path, tmp_path: Path) -> None:
    """Half of the samples from two cases, each shown thrice: an epoch is 12 steps; nothing is written but the cache."""
    folder = labelled_set(tmp_path / "set")
    settings = short(tiny_bundle, data=[{"folder": folder}], phantom_weight=1.0)

    found = estimate(settings, mixed_with_sets(draw_toy, settings), Stage.ANATOMY, workers=0)

    assert found.epoch_steps == 12
    assert 0 < found.waiting < 1
    assert found.memory_mb > 50
    assert found.images_a_second == pytest.approx(1 / found.step_s)
    assert 0 < found.operations_a_second < found.matrix_operations_a_second
    words = "\n".join(found.lines())
    assert "Toy set: 2 training cases, CC0-1.0" in words
    assert "epoch" in words
    assert "patches/s in" in words
    assert ("card" in words) is (found.device != "cpu")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundles", "set"]


def test_phantoms_alone_have_no_epoch(tiny_bundle: Path) -> None:
    """They are endless: the time of 1000 steps is said instead."""
    found = estimate(short(tiny_bundle), draw_toy, Stage.ANATOMY, workers=0)

    assert found.epoch_steps == 1000
    assert any(line.startswith("1000 steps") for line in found.lines())
