"""Sample source -> endless stream of examples, each fixed by its number, so that a resumed training sees the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset

from spineseg.segmentation.augmentation import TrainingSample, make_example
from spineseg.segmentation.classes import Stage
from spineseg.segmentation.cutting import cut
from spineseg.segmentation.parallel import ALONE, Ranks
from spineseg.segmentation.partial import from_classes
from spineseg.segmentation.settings import StageSettings

SampleSource: TypeAlias = Callable[[int], TrainingSample]
Batch: TypeAlias = tuple[torch.Tensor, torch.Tensor]

# Seeds below are held out: validation takes them from 0 up, published scores from 500 up.
FIRST_TRAINING_SEED = 1000
HELD_OUT_SEED = 500


class ExampleStream(IterableDataset[Batch]):
    """Examples number `start`, `start` + 1, ... as (image (C, x, y, z), target (x, y, z)) tensors.

    Drawing a phantom costs more than a training step, so each is shown `reuse` times on average: every
    `reuse`-th example is new, the others come from the last `pool`, each with an augmentation of its own.
    Of several processes each takes its part of every step: together they see what one would with a larger batch.
    """

    def __init__(
        self, source: SampleSource, stage: Stage, settings: StageSettings, *, start: int = 0, ranks: Ranks = ALONE
    ) -> None:
        super().__init__()
        self._source = source
        self._stage = stage
        self._settings = settings
        self._start = start
        self._ranks = ranks
        self._drawn: OrderedDict[int, TrainingSample] = OrderedDict()

    def __iter__(self) -> Iterator[Batch]:
        batch = self._settings.batch
        first = self._start + self._ranks.rank * batch
        while True:
            for number in range(first, first + batch):
                yield self.example(number)
            first += self._ranks.world * batch

    def example(self, number: int) -> Batch:
        """Example of a number; the same whatever was asked for before."""
        rng = np.random.default_rng([self._settings.seed, number])
        sample = self._sample(self._key(number, rng))
        made = make_example(cut(sample, self._settings.patch_voxels, rng), self._stage, rng)
        # One kind of target in a batch, where phantoms stand beside images that are labelled in part.
        is_mixed = bool(self._settings.data) and self._settings.batch > 1 and made.target.dtype == np.uint8
        target = from_classes(made.target) if is_mixed else made.target
        return torch.from_numpy(made.image), torch.from_numpy(target)

    def _key(self, number: int, rng: np.random.Generator) -> int:
        newest, repeat = divmod(number, self._settings.reuse)
        if repeat == 0:
            return newest
        return int(rng.integers(max(0, newest + 1 - self._settings.pool), newest + 1))

    def _sample(self, key: int) -> TrainingSample:
        if key not in self._drawn:
            self._drawn[key] = self._source(FIRST_TRAINING_SEED + key)
            while len(self._drawn) > self._settings.pool + 1:
                self._drawn.popitem(last=False)
        return self._drawn[key]


def batches(
    source: SampleSource, stage: Stage, settings: StageSettings, *, start: int, workers: int, ranks: Ranks = ALONE
) -> Iterator[Batch]:
    """Batches from example `start` on.

    Parameters
    ----------
    workers
        0 in this process, 1 beside it; more would break the order.
    """
    stream = ExampleStream(source, stage, settings, start=start, ranks=ranks)
    loader = DataLoader(
        stream,
        batch_size=settings.batch,
        num_workers=workers,
        prefetch_factor=8 if workers else None,
        worker_init_fn=_single_thread if workers else None,
    )
    return iter(loader)


def held_out(source: SampleSource, stage: Stage, settings: StageSettings) -> list[Batch]:
    """Validation examples: seeds that training never draws, no augmentation."""
    examples = (
        make_example(cut(source(seed), settings.patch_voxels, None), stage, None)
        for seed in range(settings.validation_cases)
    )
    return [(torch.from_numpy(made.image)[None], torch.from_numpy(made.target)[None]) for made in examples]


def _single_thread(_: int) -> None:
    torch.set_num_threads(1)
