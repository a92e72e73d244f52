from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.optim.swa_utils import AveragedModel

from spineseg.errors import SettingsError
from spineseg.segmentation.runstate import Run, averager, read_state, restore, save, write_state


def new_run() -> Run:
    """State of a training of one linear layer."""
    network = torch.nn.Linear(2, 1)
    optimiser = torch.optim.AdamW(network.parameters())
    return Run(network, AveragedModel(network, multi_avg_fn=averager(0.9)), optimiser, torch.device("cpu"))


def test_a_checkpoint_holds_everything(tmp_path: Path) -> None:
    """Step, scores, pending losses and weights come back."""
    run = new_run()
    run.step, run.best_validation, run.since_best, run.pending = 7, 0.5, 2, [[1.0, 0.25]]
    save(run, tmp_path / "c.pt")

    other = new_run()
    restore(other, tmp_path / "c.pt")

    assert (other.step, other.best_validation, other.since_best, other.pending) == (7, 0.5, 2, [[1.0, 0.25]])
    assert torch.equal(other.network.weight, run.network.weight)


def test_a_checkpoint_of_before_still_loads(tmp_path: Path) -> None:
    """One without the newer keys is gone on from, as if nothing had been watched."""
    run = new_run()
    save(run, tmp_path / "c.pt")
    state = read_state(tmp_path / "c.pt")
    for key in ("best_validation", "since_best", "pending"):
        del state[key]
    write_state(state, tmp_path / "c.pt")

    restore(run, tmp_path / "c.pt")

    assert run.since_best == 0
    assert run.pending == []


def test_no_checkpoint_is_said(tmp_path: Path) -> None:
    """Nothing to resume names the file."""
    with pytest.raises(SettingsError, match="go on with"):
        read_state(tmp_path / "c.pt")


def test_a_full_disk_leaves_the_checkpoint_of_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state that cannot be written is one line with what to do; the old file stays and no part of the new one."""
    write_state({"step": 1}, tmp_path / "c.pt")

    def full(_: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise RuntimeError("[enforce fail at inline_container.cc] PytorchStreamWriter failed writing file")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(SettingsError, match="make room"):
        write_state({"step": 2}, tmp_path / "c.pt")

    assert read_state(tmp_path / "c.pt")["step"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["c.pt"]
