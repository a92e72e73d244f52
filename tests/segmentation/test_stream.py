from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from spineseg.segmentation import stream
from spineseg.segmentation.augmentation import TrainingSample
from spineseg.segmentation.classes import Stage
from spineseg.segmentation.settings import StageSettings
from spineseg.segmentation.stream import FIRST_TRAINING_SEED, ExampleStream, batches, held_out

Source = Callable[[int], TrainingSample]
SETTINGS = StageSettings(bundle=Path("unused"), patch_voxels=(16, 16, 16), spacing_mm=1.5, steps=1, pool=3, reuse=3)


def test_an_example_depends_on_its_number_alone(toy_source: Source) -> None:
    """Asked for in any order, by any stream, an example is the same: what makes resuming exact."""
    one = ExampleStream(toy_source, Stage.ANATOMY, SETTINGS)
    early = [one.example(number) for number in range(12)]
    late = ExampleStream(toy_source, Stage.ANATOMY, SETTINGS, start=9)

    for expected, found in zip(early[9:], late, strict=False):
        assert torch.equal(expected[0], found[0])
        assert torch.equal(expected[1], found[1])


def test_each_sample_is_drawn_once_and_shown_about_three_times(toy_source: Source) -> None:
    """Thirty examples at a reuse of 3 draw ten samples, none of them held out."""
    drawn: list[int] = []

    def counting(seed: int) -> TrainingSample:
        drawn.append(seed)
        return toy_source(seed)

    examples = ExampleStream(counting, Stage.ANATOMY, SETTINGS)
    for number in range(30):
        examples.example(number)

    assert drawn == [FIRST_TRAINING_SEED + key for key in range(10)]


def test_a_worker_process_gives_the_same_batches(toy_source: Source) -> None:
    """With one worker the order and the values are those of this process."""
    inside, beside = (batches(toy_source, Stage.ANATOMY, SETTINGS, start=2, workers=workers) for workers in (0, 1))

    for _ in range(3):
        here, there = next(inside), next(beside)
        assert torch.equal(here[0], there[0])
        assert torch.equal(here[1], there[1])


def test_held_out_examples_are_not_augmented(toy_source: Source) -> None:
    """Validation sees every case the same way each time, with the lesion network's four context channels."""
    first, second = (held_out(toy_source, Stage.LESIONS, SETTINGS) for _ in range(2))

    assert all(torch.equal(a[0], b[0]) for a, b in zip(first, second, strict=True))
    assert first[0][0].shape == (1, 5, 16, 16, 16)
    assert first[0][1].shape == (1, 16, 16, 16)


def test_several_loaders_keep_the_order(toy_source: Source) -> None:
    """Two processes from an odd step on give, in turn, what this process alone gives with the same setting."""
    settings = SETTINGS.model_copy(update={"loaders": 2, "batch": 2})
    inside, beside = (batches(toy_source, Stage.ANATOMY, settings, start=6, workers=workers) for workers in (0, 1))

    for _ in range(5):
        here, there = next(inside), next(beside)
        assert torch.equal(here[0], there[0])
        assert torch.equal(here[1], there[1])


def test_loaders_share_no_sample(toy_source: Source) -> None:
    """What the steps of one loader draw, those of the other never draw: twice the loaders, half the work of each."""
    settings = SETTINGS.model_copy(update={"loaders": 2})
    drawn: list[int] = []

    def counting(seed: int) -> TrainingSample:
        drawn.append(seed)
        return toy_source(seed)

    by_loader = []
    for loader in (0, 1):
        examples = ExampleStream(counting, Stage.ANATOMY, settings)
        for number in range(loader, 40, 2):
            examples.example(number)
        by_loader.append(set(drawn))
        drawn.clear()

    assert not by_loader[0] & by_loader[1]
    assert [len(one) for one in by_loader] == [7, 7]


@pytest.mark.parametrize("device", ["cuda", "cpu"])
def test_batches_for_a_card_lie_in_pinned_memory(
    toy_source: Source, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From there they are copied while the card computes; a CPU has no use for it."""
    asked: dict[str, object] = {}

    def loader(_: object, **keys: object) -> list[object]:
        asked.update(keys)
        return []

    monkeypatch.setattr(stream, "choose_device", lambda _: torch.device(device))
    monkeypatch.setattr(stream, "DataLoader", loader)

    batches(toy_source, Stage.ANATOMY, SETTINGS.model_copy(update={"loaders": 4}), start=0, workers=1)

    assert asked["pin_memory"] is (device == "cuda")
    assert asked["num_workers"] == 4
