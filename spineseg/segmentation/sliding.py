"""Network + image on the working grid -> class map or probabilities, by overlapping patches and bounded memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from monai.inferers.utils import sliding_window_inference
from numpy.typing import NDArray

from spineseg.segmentation.device import autocast, memory_format
from spineseg.segmentation.transforms import OUTSIDE

# Share of a patch: at a quarter, bodies cut by a patch border and seen without their canal were missed. [P]
OVERLAP = 0.5
# Slabs along z hold the accumulators of all classes below some 200 MB for a cropped spine. [P]
SLAB_VOXELS = 160
HALO_VOXELS = 24
# A patch whose image varies by less is air or padding (network values in [-1, 1]). [P]
FLAT = 0.02


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PatchNetwork:
    """A network with what is needed to slide it.

    Parameters
    ----------
    patch_voxels : (x, y, z)
        As in training.
    classes
        Number of output channels.
    temperature
        Divides the logits, so that probabilities mean what they say.
    """

    module: torch.nn.Module
    patch_voxels: tuple[int, int, int]
    classes: int
    device: torch.device
    temperature: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Classified:
    """What a network says of each voxel; probabilities are stored as bytes, 255 for 1.

    Parameters
    ----------
    classes : (x, y, z) uint8
        Most probable class.
    certainty : (x, y, z) uint8
        Its probability.
    groups : (G, x, y, z) uint8
        Summed probability of each group of classes.
    """

    classes: NDArray[np.uint8]
    certainty: NDArray[np.uint8]
    groups: NDArray[np.uint8]


def window_count(network: PatchNetwork, shape: tuple[int, ...]) -> int:
    """Patches that sliding over an image of this shape takes, as MONAI places them."""
    steps = (
        math.ceil(max(0, size - patch) / max(1, int(patch * (1 - OVERLAP)))) + 1
        for size, patch in zip(shape, network.patch_voxels, strict=True)
    )
    return math.prod(steps)


def class_map(network: PatchNetwork, image: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Most probable class of each voxel.

    Parameters
    ----------
    image : (C, x, y, z) float32
        As the network was trained: channel 0 normalised intensities.

    Returns
    -------
    (x, y, z) uint8
    """
    return classify(network, image, ()).classes


def classify(network: PatchNetwork, image: NDArray[np.float32], groups: Sequence[tuple[int, ...]]) -> Classified:
    """Most probable class of each voxel, and the probability of some groups of classes.

    Parameters
    ----------
    image : (C, x, y, z) float32
    groups
        Classes whose probabilities are added up.
    """
    shape = image.shape[1:]
    classes = np.zeros(shape, dtype=np.uint8)
    certainty = np.zeros(shape, dtype=np.uint8)
    grouped = np.zeros((len(groups), *shape), dtype=np.uint8)
    for core, probability in _slabs(network, image):
        highest, chosen = probability.max(dim=0)
        classes[..., core] = chosen.to(torch.uint8).numpy()
        certainty[..., core] = _bytes(highest)
        for number, members in enumerate(groups):
            grouped[number, ..., core] = _bytes(probability[list(members)].sum(dim=0))
    return Classified(classes=classes, certainty=certainty, groups=grouped)


def probabilities(network: PatchNetwork, image: NDArray[np.float32], chosen: tuple[int, ...]) -> NDArray[np.float32]:
    """Probability of the chosen classes only.

    Parameters
    ----------
    image : (C, x, y, z) float32

    Returns
    -------
    (len(chosen), x, y, z) float32
    """
    result = np.zeros((len(chosen), *image.shape[1:]), dtype=np.float32)
    for core, probability in _slabs(network, image):
        result[..., core] = probability[list(chosen)].numpy()
    return result


def _bytes(probability: torch.Tensor) -> NDArray[np.uint8]:
    stored: NDArray[np.uint8] = (probability.clamp(0.0, 1.0) * 255.0).round().to(torch.uint8).numpy()
    return stored


def _slabs(network: PatchNetwork, image: NDArray[np.float32]) -> Iterator[tuple[slice, torch.Tensor]]:
    """Slabs along z with their class probabilities (C, x, y, z of the slab); the halo around each is cut off."""
    depth = image.shape[-1]
    for first in range(0, depth, SLAB_VOXELS):
        last = min(first + SLAB_VOXELS, depth)
        start, stop = max(0, first - HALO_VOXELS), min(depth, last + HALO_VOXELS)
        slab = torch.from_numpy(np.ascontiguousarray(image[..., start:stop]))[None]
        with torch.inference_mode(), autocast(network.device):
            found = sliding_window_inference(
                slab,
                network.patch_voxels,
                sw_batch_size=1,
                predictor=_predictor(network),
                overlap=OVERLAP,
                mode="gaussian",
                cval=OUTSIDE,
                sw_device=network.device,
                device=torch.device("cpu"),
            )
        assert isinstance(found, torch.Tensor)  # one output, not several
        yield slice(first, last), found[0, ..., first - start : last - start]


def _predictor(network: PatchNetwork) -> Callable[[torch.Tensor], torch.Tensor]:
    background = torch.zeros(1, network.classes, *network.patch_voxels, device=network.device)
    background[:, 0] = 1.0

    def predict(patch: torch.Tensor) -> torch.Tensor:
        if _is_empty(patch):
            return background
        logits = network.module(patch.contiguous(memory_format=memory_format(network.device)))
        return torch.softmax(logits.float() / network.temperature, dim=1)

    return predict


def _is_empty(patch: torch.Tensor) -> bool:
    """Whether the image is flat, or a lesion network is told of no spine here."""
    image, context = patch[:, 0], patch[:, 1:]
    return bool(image.max() - image.min() < FLAT) or (context.shape[1] > 0 and not bool(context.any()))
