"""Bundle folder -> network with checked weights, and trained weights -> bundle; nothing is ever downloaded."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from monai.bundle.config_parser import ConfigParser

from spineseg.errors import BundleError, BundleNotFoundError
from spineseg.files import write_bytes
from spineseg.segmentation.classes import Stage, class_names
from spineseg.segmentation.device import to_device
from spineseg.segmentation.metadata import METADATA, SPINESEG, WEIGHTS, read_metadata, sha256, verify

INFERENCE = Path("configs", "inference.json")
# Of the ten bits behind the point of a half-precision number these are kept; the rest is noise that no archive can
# pack. Dice on validation images with and without: docs/model.md.
KEPT_BITS = 4
_HALF_BITS = 10  # mantissa of IEEE 754 binary16
_LARGEST = 0x7BFF  # its largest finite number, 65504


def build_network(bundle: Path) -> torch.nn.Module:
    """Untrained network of the bundle's `network_def`.

    Raises
    ------
    BundleNotFoundError
        There is no inference.json.
    BundleError
        It defines no network.
    """
    path = bundle / INFERENCE
    if not path.is_file():
        raise BundleNotFoundError("no bundle here", str(bundle), "give a folder with configs/inference.json")
    parser = ConfigParser()
    parser.read_config(str(path))
    try:
        return cast("torch.nn.Module", parser.get_parsed_content("network_def"))
    except (KeyError, RuntimeError, TypeError, ValueError, ModuleNotFoundError) as error:
        raise BundleError("network_def cannot be built", str(path), "restore the bundle") from error


def load_network(bundle: Path, device: torch.device) -> torch.nn.Module:
    """Trained network, float32, in evaluation mode; its weights are checked before they are opened.

    Raises
    ------
    BundleNotFoundError
        The weights are missing.
    ChecksumError
        They are not those that metadata.json names.
    BundleError
        They do not fit the network.
    """
    verify(bundle)
    network = build_network(bundle)
    try:
        state = torch.load(bundle / WEIGHTS, map_location="cpu", weights_only=True)
        network.load_state_dict({name: value.float() for name, value in state.items()})
    except (RuntimeError, AttributeError, pickle.UnpicklingError) as error:
        raise BundleError("weights do not fit the network", str(bundle / WEIGHTS), "restore the bundle") from error
    network.requires_grad_(requires_grad=False)
    return to_device(network, device).eval()


def export_bundle(
    weights: Mapping[str, torch.Tensor], bundle: Path, *, facts: Mapping[str, Any], kept_bits: int = KEPT_BITS
) -> Path:
    """Write weights in half precision, rounded, and their SHA-256 into a bundle.

    Parameters
    ----------
    weights
        State of the bundle's network.
    facts
        Of the training (steps, minutes, held-out Dice); kept under `spineseg.training`.
    kept_bits
        Behind the point of each weight, up to 10.

    Returns
    -------
    Path of models/model.pt.

    Raises
    ------
    BundleError
        The weights do not fit the bundle's network.
    """
    try:
        build_network(bundle).load_state_dict(dict(weights))
    except RuntimeError as error:
        raise BundleError("weights do not fit the network", str(bundle), "train with this bundle") from error
    content = dict(read_metadata(bundle).content)
    path = bundle / WEIGHTS
    path.parent.mkdir(parents=True, exist_ok=True)
    half = {name: value.detach().to("cpu", torch.float16) for name, value in weights.items()}
    torch.save({name: rounded(value, kept_bits) for name, value in half.items()}, path)
    content[SPINESEG] = {**content[SPINESEG], "weights_sha256": sha256(path), "training": dict(facts)}
    metadata = bundle / METADATA
    write_bytes(metadata, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())
    return path


def rounded(weights: torch.Tensor, kept_bits: int = KEPT_BITS) -> torch.Tensor:
    """Half-precision numbers with few bits behind the point, to the nearest: (...) float16."""
    step = 1 << (_HALF_BITS - kept_bits)
    bits = weights.contiguous().view(torch.int16).to(torch.int32)
    magnitude = bits & 0x7FFF
    # Exponent and mantissa count on together: a carry out of the mantissa is the next power of two, as it should be.
    nearest = torch.div(magnitude + step // 2, step, rounding_mode="floor") * step
    largest = _LARGEST // step * step  # rounding makes no infinity of a finite number
    kept = torch.where(magnitude > _LARGEST, magnitude, nearest.clamp_max(largest))
    return (kept | (bits & ~0x7FFF)).to(torch.int16).view(torch.float16)


def classes_of(stage: Stage) -> dict[str, str]:
    """Output channels as metadata.json lists them (`channel_def`)."""
    return {str(number): name for number, name in enumerate(class_names(stage))}
