from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from spineseg.errors import SettingsError
from spineseg.segmentation import training
from spineseg.segmentation.augmentation import TrainingSample
from spineseg.segmentation.bundle import build_network
from spineseg.segmentation.classes import Stage
from spineseg.segmentation.curves import REAL_FILE, TRAINING_FILE, VALIDATION_FILE
from spineseg.segmentation.parallel import Ranks
from spineseg.segmentation.settings import StageSettings
from spineseg.segmentation.training import BEST, CHECKPOINT, SUMMARY, TrainingResult, averaged_weights, train

Source = Callable[[int], TrainingSample]


def short(bundle: Path, **keys: object) -> StageSettings:
    """Settings of a training of eight steps."""
    base: dict[str, object] = {
        "bundle": bundle, "patch_voxels": (16, 16, 16), "spacing_mm": 1.5, "steps": 8, "warmup_steps": 2, "pool": 4,
        "log_every": 2, "validate_every": 4, "validation_cases": 2, "checkpoint_every": 3, "device": "cpu",
    }  # fmt: skip
    return StageSettings.model_validate({**base, **keys})


def run(settings: StageSettings, source: Source, out: Path, **keys: object) -> TrainingResult:
    """Train the anatomy network in this process."""
    options = {"stage": Stage.ANATOMY, "workers": 0, **keys}
    return train(settings, source, out=out, **options)  # type: ignore[arg-type]  # keywords of train


def losses(folder: Path) -> list[str]:
    """Step and loss of every row."""
    with (folder / TRAINING_FILE).open(newline="") as file:
        return [f"{row['step']} {row['loss']}" for row in csv.DictReader(file)]


def test_a_resumed_training_repeats_the_unbroken_one(tiny_bundle: Path, toy_source: Source, tmp_path: Path) -> None:
    """Stopped after 4 of 8 steps and resumed: the same losses, weights and averages, bit for bit."""
    settings = short(tiny_bundle)
    whole = run(settings, toy_source, tmp_path / "whole")
    run(settings, toy_source, tmp_path / "broken", stop_at_step=4)

    resumed = run(settings, toy_source, tmp_path / "broken", resume=True)

    assert losses(tmp_path / "broken") == losses(tmp_path / "whole")
    assert resumed.dice == pytest.approx(whole.dice, nan_ok=True)
    first, second = averaged_weights(whole.checkpoint), averaged_weights(resumed.checkpoint)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_steps_after_the_last_checkpoint_are_repeated_alike(
    tiny_bundle: Path, toy_source: Source, tmp_path: Path
) -> None:
    """A crash loses the steps since the checkpoint; their rows are replaced, not doubled."""
    settings = short(tiny_bundle)
    run(settings, toy_source, tmp_path / "whole")

    def failing(seed: int) -> TrainingSample:
        if seed >= 1002:  # the third sample: steps 7 and 8 need it
            raise KeyboardInterrupt
        return toy_source(seed)

    with pytest.raises(KeyboardInterrupt):
        run(settings, failing, tmp_path / "broken")
    run(settings, toy_source, tmp_path / "broken", resume=True)

    assert losses(tmp_path / "broken") == losses(tmp_path / "whole")


def test_training_learns(tiny_bundle: Path, toy_source: Source, tmp_path: Path) -> None:
    """Sixty steps on an easy source bring the canal's held-out Dice well above chance."""
    settings = short(tiny_bundle, steps=60, learning_rate=2e-2, log_every=10, validate_every=30, ema_decay=0.8)

    result = run(settings, toy_source, tmp_path)

    assert result.dice["csf"] > 0.6
    with (tmp_path / VALIDATION_FILE).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["30", "60"]
    assert float(rows[-1]["dice_csf"]) == pytest.approx(result.dice["csf"], abs=1e-3)


def test_the_clock_ends_a_training_of_minutes(tiny_bundle: Path, toy_source: Source, tmp_path: Path) -> None:
    """A budget of minutes is spent on the clock that is given, not on steps."""
    ticks = iter(range(0, 10_000, 10))  # every look at the clock is 10 s later

    result = run(short(tiny_bundle, steps=None, minutes=1.0), toy_source, tmp_path, clock=lambda: float(next(ticks)))

    assert result.steps == 6
    assert result.seconds == 60


def test_a_finished_folder_is_not_overwritten(tiny_bundle: Path, toy_source: Source, tmp_path: Path) -> None:
    """Without --resume a folder with a checkpoint is refused, and with it an empty one is."""
    with pytest.raises(SettingsError, match="without --resume"):
        run(short(tiny_bundle), toy_source, tmp_path, resume=True)
    run(short(tiny_bundle, steps=1), toy_source, tmp_path)

    with pytest.raises(SettingsError, match="--resume"):
        run(short(tiny_bundle), toy_source, tmp_path)


def test_the_averaged_weights_fit_the_network(tiny_bundle: Path, toy_source: Source, tmp_path: Path) -> None:
    """They load into the bundle's own network and differ from its first weights."""
    result = run(short(tiny_bundle, steps=3), toy_source, tmp_path)
    torch.manual_seed(0)
    network = build_network(tiny_bundle)
    before = {name: value.clone() for name, value in network.state_dict().items()}

    network.load_state_dict(averaged_weights(result.checkpoint))

    assert any(not torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_the_best_weights_on_real_images_are_kept(tiny_bundle: Path, toy_source: Source, tmp_path: Path) -> None:
    """The averaged weights of the best-scored step are kept, whatever comes after, and every score is in real.csv."""
    given = iter([0.2, 0.6, 0.4])
    seen: list[torch.Tensor] = []

    def score(module: torch.nn.Module) -> dict[str, float]:
        seen.append(next(module.parameters()).detach().clone())
        return {SUMMARY: next(given), "cord": 0.5}

    run(short(tiny_bundle, steps=6, score_every=2), toy_source, tmp_path / "run", score=score)

    best = averaged_weights(tmp_path / "run" / BEST)
    assert torch.equal(next(iter(best.values())), seen[1])
    rows = (tmp_path / "run" / REAL_FILE).read_text().splitlines()
    assert rows[0] == "step,seconds,summary,cord"
    assert [row.split(",")[0] for row in rows[1:]] == ["2", "4", "6"]


def test_a_training_starts_from_given_weights(tiny_bundle: Path, toy_source: Source, tmp_path: Path) -> None:
    """With start_from the first step moves the given weights, not drawn ones."""
    run(short(tiny_bundle, steps=3), toy_source, tmp_path / "first")
    given = averaged_weights(tmp_path / "first" / CHECKPOINT)
    settings = short(tiny_bundle, steps=1, start_from=tmp_path / "first", learning_rate=1e-9)
    run(settings, toy_source, tmp_path / "second")
    moved = averaged_weights(tmp_path / "second" / CHECKPOINT)
    assert all(torch.allclose(moved[name], given[name], atol=1e-6) for name in given)


def test_each_process_has_a_card_of_its_own(
    tiny_bundle: Path, toy_source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second process of a machine with CUDA works on its second card, and on no other."""
    cards: list[torch.device] = []

    def taken(card: torch.device) -> None:
        cards.append(card)
        raise KeyboardInterrupt  # there is no card to go on with

    monkeypatch.setattr(training, "choose_device", lambda _: torch.device("cuda"))
    monkeypatch.setattr(torch.cuda, "set_device", taken)
    with pytest.raises(KeyboardInterrupt):
        run(short(tiny_bundle), toy_source, tmp_path, ranks=Ranks(rank=1, world=2, local=1))

    assert cards == [torch.device("cuda", 1)]
