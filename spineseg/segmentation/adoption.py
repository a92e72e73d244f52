"""Weights of one network -> start of another: what fits by name and shape is taken over, the rest stays as drawn."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from spineseg.errors import SettingsError
from spineseg.segmentation.metadata import WEIGHTS, verify

# Name of the plain UNet inside a `RefinedUNet`.
_CORE = "core."


def read_start(source: Path, *, checkpoint: str) -> dict[str, torch.Tensor]:
    """Weights to start from.

    Parameters
    ----------
    source
        A bundle, or the folder of a training.
    checkpoint
        Name of a training's checkpoint file.

    Raises
    ------
    SettingsError
        There is neither.
    ChecksumError
        The bundle's weights are not those that its metadata names.
    """
    if (source / checkpoint).is_file():
        state = torch.load(source / checkpoint, map_location="cpu", weights_only=True)["average"]
        return {name.removeprefix("module."): value for name, value in state.items() if name.startswith("module.")}
    if (source / WEIGHTS).is_file():
        verify(source)
        weights: dict[str, torch.Tensor] = torch.load(source / WEIGHTS, map_location="cpu", weights_only=True)
        return {name: value.float() for name, value in weights.items()}
    raise SettingsError("no weights to start from", str(source), "give start_from a bundle or a training's folder")


@torch.no_grad()
def adopt(network: torch.nn.Module, weights: Mapping[str, torch.Tensor]) -> float:
    """Take over weights in place.

    A tensor that is larger along some axes, as with new classes at the end, keeps its own values there. A UNet's
    weights fit the core of a `RefinedUNet`, and the other way round.

    Returns
    -------
    Share of the network's values that were taken over, in [0, 1].
    """
    taken = total = 0
    for name, own in network.state_dict().items():
        total += own.numel()
        given = next((weights[one] for one in (name, name.removeprefix(_CORE), _CORE + name) if one in weights), None)
        if given is None or given.ndim != own.ndim or any(g > o for g, o in zip(given.shape, own.shape, strict=True)):
            continue
        own[tuple(slice(0, extent) for extent in given.shape)] = given.to(own.dtype)
        taken += given.numel()
    return taken / max(total, 1)


def blended(
    weights: Mapping[str, torch.Tensor], start: Mapping[str, torch.Tensor], share: float
) -> dict[str, torch.Tensor]:
    """Weights between those of a training and of what it started from.

    A few scans teach a network little and make it forget some of the rest; on the way between both it may keep what
    both are good at. The share is chosen on validation images [P].

    Parameters
    ----------
    share
        Of the start, in [0, 1]; a tensor that the start lacks, or has in another shape, stays the training's.
    """
    return {
        name: (1 - share) * value.float() + share * start[name].float()
        if name in start and start[name].shape == value.shape
        else value
        for name, value in weights.items()
    }
