from __future__ import annotations

import multiprocessing
import os
import socket
from pathlib import Path

import torch

from spineseg.segmentation.classes import Stage
from spineseg.segmentation.parallel import ALONE, join, leave
from spineseg.segmentation.settings import StageSettings
from spineseg.segmentation.training import train
from tests.segmentation.conftest import draw_toy
from tests.segmentation.test_training import losses


def settings(bundle: Path, batch: int) -> StageSettings:
    """Six steps of so many examples a process."""
    return StageSettings(
        bundle=bundle, patch_voxels=(16, 16, 16), spacing_mm=1.5, steps=6, warmup_steps=2, pool=4, batch=batch,
        log_every=1, validate_every=100, validation_cases=1, checkpoint_every=100, device="cpu",
    )  # fmt: skip


def _process(rank: int, port: int, bundle: Path, out: Path) -> None:
    torch.set_num_threads(1)
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    ranks = join(rank, 2, rank)
    train(settings(bundle, 1), draw_toy, stage=Stage.ANATOMY, out=out, workers=0, ranks=ranks)
    leave()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_two_processes_learn_as_one_with_twice_the_batch(tiny_bundle: Path, tmp_path: Path) -> None:
    """Two gloo processes with one example each have the losses of one process with two, within 0.001."""
    train(settings(tiny_bundle, 2), draw_toy, stage=Stage.ANATOMY, out=tmp_path / "one", workers=0)
    # Forked: a new interpreter would import torch again; with one thread each they start no OpenMP of their own.
    context = multiprocessing.get_context("fork")
    port = _free_port()
    processes = [
        context.Process(target=_process, args=(rank, port, tiny_bundle, tmp_path / "two")) for rank in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        process.kill()

    assert [process.exitcode for process in processes] == [0, 0]
    one, two = ([float(row.split()[1]) for row in losses(tmp_path / name)] for name in ("one", "two"))
    assert len(one) == 6
    assert max(abs(first - second) for first, second in zip(one, two, strict=True)) < 1e-3


def test_alone_nothing_is_exchanged() -> None:
    """One process keeps its network, its means and its clock."""
    network = torch.nn.Linear(1, 1)

    assert ALONE.wrap(network) is network
    assert ALONE.agree(2.5) == 2.5
    assert torch.equal(ALONE.mean(torch.tensor([1.0])), torch.tensor([1.0]))
    assert join(0, 1, 0) is ALONE
