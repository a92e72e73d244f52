"""Bundle folder -> Metadata and checked weights file, without torch, so that `spineseg info` starts at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from spineseg.errors import BundleError, BundleNotFoundError, ChecksumError
from spineseg.segmentation.classes import Stage

METADATA = Path("configs", "metadata.json")
WEIGHTS = Path("models", "model.pt")

# Part of metadata.json that is ours; the bundle specification allows further keys.
SPINESEG = "spineseg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What spineseg reads of metadata.json.

    Parameters
    ----------
    content
        The whole file.
    weights_sha256
        Of models/model.pt; empty before the first training.
    working_spacing_mm
        Voxel size the network is trained at.
    patch_voxels : (x, y, z)
    channels
        Number of output channels: classes in the order of `class_names`, the last ones missing in an older network.
    temperatures
        What logits are divided by, by modality ("MR", "CT"); scripts/calibrate fits them.
    """

    content: Mapping[str, Any]
    version: str
    weights_sha256: str
    working_spacing_mm: float
    coarse_spacing_mm: float
    patch_voxels: tuple[int, int, int]
    channels: int
    lesion_probability: float
    temperatures: Mapping[str, float]

    @property
    def is_synthetic_only(self) -> bool:
        """Whether no converted data set took part in the training; a bundle that does not say is taken for such."""
        return not self.content[SPINESEG].get("training", {}).get("data")

    def temperature(self, modality: str) -> float:
        """Temperature of a modality; 1 where none was fitted."""
        return self.temperatures.get(modality, 1.0)


def bundles_root(root: Path | None = None) -> Path:
    """Folder that holds `anatomy` and `lesions`.

    Parameters
    ----------
    root
        Given by the user; else the wheel's `spineseg/models`, else the checkout's `models`.

    Raises
    ------
    BundleNotFoundError
        Neither has a bundle.
    """
    package = Path(__file__).resolve().parents[1]
    candidates = (root,) if root is not None else (package / "models", package.parent / "models")
    for candidate in candidates:
        if (candidate / Stage.ANATOMY / METADATA).is_file():
            return candidate
    raise BundleNotFoundError(
        "no model found", str(candidates[-1]), "give --model a folder with anatomy/ and lesions/, or reinstall"
    )


def read_metadata(bundle: Path) -> Metadata:
    """Metadata of a bundle.

    Raises
    ------
    BundleNotFoundError
        There is no metadata.json.
    BundleError
        It cannot be read as a spineseg bundle's.
    """
    path = bundle / METADATA
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        own = content[SPINESEG]
        return Metadata(
            content=content,
            version=content["version"],
            weights_sha256=own["weights_sha256"],
            working_spacing_mm=float(own["working_spacing_mm"]),
            coarse_spacing_mm=float(own.get("coarse_spacing_mm", own["working_spacing_mm"])),
            patch_voxels=cast("tuple[int, int, int]", tuple(int(count) for count in own["patch_voxels"])),
            channels=int(content["network_data_format"]["outputs"]["pred"]["num_channels"]),
            lesion_probability=float(own.get("lesion_probability", 0.5)),
            temperatures={str(name): float(value) for name, value in own.get("temperature", {}).items()},
        )
    except FileNotFoundError as error:
        raise BundleNotFoundError("no bundle here", str(bundle), "give --model a folder of bundles") from error
    except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise BundleError("metadata.json is not a spineseg bundle's", str(path), "restore the bundle") from error


def verify(bundle: Path) -> str:
    """SHA-256 of the weights, after comparing it with metadata.json.

    Raises
    ------
    BundleNotFoundError, ChecksumError
        As for `load_network`.
    """
    expected = read_metadata(bundle).weights_sha256
    path = bundle / WEIGHTS
    if not path.is_file():
        raise BundleNotFoundError("weights are missing", str(path), "restore the bundle, or spineseg train --export")
    found = sha256(path)
    if found != expected:
        raise ChecksumError("weights are not those that metadata.json names", str(path), "restore the bundle")
    return found


def sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe_bundles(root: Path | None = None) -> dict[str, str]:
    """Version and weights of each bundle, in words.

    Raises
    ------
    BundleNotFoundError
        There is none.
    """
    folder = bundles_root(root)
    facts = {stage: read_metadata(folder / stage) for stage in Stage}
    return {
        f"model {stage}": f"{found.version}, SHA-256 {found.weights_sha256[:16] or 'none: not trained'}"
        for stage, found in facts.items()
    }
