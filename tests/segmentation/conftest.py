"""Small bundles and samples: networks of a few weights, trained or exact by construction."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from spineseg.domain.volume import Modality
from spineseg.segmentation.augmentation import TrainingSample
from spineseg.segmentation.bundle import INFERENCE, build_network, export_bundle
from spineseg.segmentation.classes import Stage, class_names
from spineseg.segmentation.metadata import METADATA

REPOSITORY = Path(__file__).resolve().parents[2]
TINY = {
    "_target_": "monai.networks.nets.UNet", "spatial_dims": 3, "in_channels": 1, "out_channels": 11,
    "channels": [4, 8], "strides": [2],
}  # fmt: skip
# Network values of the classes of a coded image; background in the middle, far from any.
CODES = {stage: np.linspace(-0.9, 0.9, len(class_names(stage))).astype(np.float32) for stage in Stage}


def make_bundle(folder: Path, stage: Stage, network: dict[str, object], **own: object) -> Path:
    """Copy of a shipped bundle's configuration with another network and no weights."""
    bundle = folder / stage
    shutil.copytree(REPOSITORY / "models" / stage / "configs", bundle / "configs")
    inference = json.loads((bundle / INFERENCE).read_text())
    inference["network_def"] = network
    (bundle / INFERENCE).write_text(json.dumps(inference))
    metadata = json.loads((bundle / METADATA).read_text())
    metadata["spineseg"].update(own)
    metadata["network_data_format"]["outputs"]["pred"]["num_channels"] = len(class_names(stage))
    (bundle / METADATA).write_text(json.dumps(metadata))
    return bundle


@pytest.fixture
def tiny_bundle(tmp_path: Path) -> Path:
    """Anatomy bundle of a UNet of a few hundred weights."""
    return make_bundle(tmp_path / "bundles", Stage.ANATOMY, TINY, patch_voxels=[16, 16, 16])


@pytest.fixture
def exact_bundles(tmp_path: Path) -> Path:
    """Both bundles with networks that read the class off the intensity: the nearest of `CODES`."""
    root = tmp_path / "exact"
    for stage, channels in ((Stage.ANATOMY, 1), (Stage.LESIONS, 5)):
        network = {"_target_": "torch.nn.Conv3d", "in_channels": channels, "kernel_size": 1}
        network["out_channels"] = len(class_names(stage))
        bundle = make_bundle(root, stage, network, patch_voxels=[64, 64, 64])
        codes = torch.from_numpy(CODES[stage])
        weights = build_network(bundle).state_dict()
        sharpness = 4000.0  # neighbouring codes are 0.2 apart: a logit difference above 80
        weights["weight"] = torch.zeros_like(weights["weight"])
        weights["weight"][:, 0, 0, 0, 0] = 2 * sharpness * codes
        weights["bias"] = -sharpness * codes**2
        export_bundle(weights, bundle, facts={}, kept_bits=10)
    return root


@pytest.fixture
def toy_source() -> Callable[[int], TrainingSample]:
    """Bright canal behind grey bodies, shifted by the seed: learnable in a few steps."""
    return draw_toy


def draw_toy(seed: int) -> TrainingSample:
    """Sample of a seed, 16 voxels along each axis."""
    rng = np.random.default_rng(seed)
    centre = int(rng.integers(6, 10))
    anatomy = np.zeros((16, 16, 16), np.uint8)
    anatomy[3:12, 1 : centre - 2] = 31
    anatomy[5:10, centre : centre + 4] = 62
    subregions = np.where(anatomy == 31, 49, 0).astype(np.uint8)
    lesions = np.zeros_like(anatomy)
    lesions[4:8, 2 : centre - 3, 4:9] = 1
    image = np.choose(np.digitize(anatomy, [1, 62]), [10.0, 50.0, 100.0]) + rng.normal(0, 3, anatomy.shape)
    return TrainingSample(
        image=image.astype(np.float32), anatomy=anatomy, subregions=subregions, lesions=lesions, modality=Modality.MR
    )
