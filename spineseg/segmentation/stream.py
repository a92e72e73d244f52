"""Sample source -> endless stream of examples, each fixed by its number, so that a resumed training sees the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from spineseg.segmentation.augmentation import TrainingSample, make_example
from spineseg.segmentation.classes import Stage
from spineseg.segmentation.cutting import cut
from spineseg.segmentation.device import choose_device
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
    Loader k of n prepares steps k, k + n, ... from samples of its own, so that none draws what another has drawn.
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
        self._a_step = settings.batch * ranks.world
        self._kept = (settings.pool + 1) * settings.loaders
        self._drawn: OrderedDict[int, TrainingSample] = OrderedDict()

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        offset, stride = (0, 1) if worker is None else (worker.id, worker.num_workers)
        self._kept = (self._settings.pool + 1) * self._settings.loaders // stride
        batch, a_step = self._settings.batch, self._a_step
        first = self._start + offset * a_step + self._ranks.rank * batch
        while True:
            for number in range(first, first + batch):
                yield self.example(number)
            first += stride * a_step

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
        loaders = self._settings.loaders
        step, place = divmod(number, self._a_step)
        loader, of_loader = step % loaders, step // loaders * self._a_step + place
        newest, repeat = divmod(of_loader, self._settings.reuse)
        if repeat:
            newest = int(rng.integers(max(0, newest + 1 - self._settings.pool), newest + 1))
        return newest * loaders + loader

    def _sample(self, key: int) -> TrainingSample:
        if key not in self._drawn:
            self._drawn[key] = self._source(FIRST_TRAINING_SEED + key)
            while len(self._drawn) > self._kept:
                self._drawn.popitem(last=False)
        return self._drawn[key]


def batches(
    source: SampleSource, stage: Stage, settings: StageSettings, *, start: int, workers: int, ranks: Ranks = ALONE
) -> Iterator[Batch]:
    """Batches from example `start` on.

    Parameters
    ----------
    workers
        0 prepares them in this process; else `settings.loaders` processes beside it do.
    """
    stream = ExampleStream(source, stage, settings, start=start, ranks=ranks)
    loader = DataLoader(
        stream,
        batch_size=settings.batch,
        num_workers=settings.loaders if workers else 0,
        prefetch_factor=8 if workers else None,
        # Copied to a GPU while it still computes.
        pin_memory=choose_device(settings.device).type == "cuda",
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
