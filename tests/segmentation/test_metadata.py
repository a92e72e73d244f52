from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from spineseg.errors import BundleError, BundleNotFoundError, ChecksumError
from spineseg.segmentation.bundle import build_network, export_bundle, load_network
from spineseg.segmentation.classes import Stage, class_names
from spineseg.segmentation.metadata import METADATA, WEIGHTS, bundles_root, describe_bundles, read_metadata, verify
from tests.segmentation.conftest import REPOSITORY

CPU = torch.device("cpu")
# Required by MONAI's bundle specification (docs: mb_specification, and meta_schema_20240725.json), with the types of
# the schema; `verify_metadata` would download that schema, so its list is kept here.
REQUIRED = {
    "version": str, "changelog": dict, "monai_version": str, "pytorch_version": str, "numpy_version": str,
    "required_packages_version": dict, "task": str, "description": str, "authors": str, "copyright": str,
    "network_data_format": dict,
}  # fmt: skip
# Optional in the schema, wanted by us: who may use the model and for what.
WANTED = ("schema", "data_source", "data_type", "image_classes", "label_classes", "pred_classes", "eval_metrics",
          "intended_use", "references")  # fmt: skip
TENSOR = {
    "type": str, "format": str, "num_channels": int, "spatial_shape": list, "dtype": str, "value_range": list,
    "is_patch_data": bool, "channel_def": dict,
}  # fmt: skip


@pytest.mark.parametrize("stage", Stage)
def test_metadata_has_every_field_of_the_specification(stage: Stage) -> None:
    """Fields and types as MONAI's bundle schema asks, inputs and outputs described channel by channel."""
    content = json.loads((REPOSITORY / "models" / stage / METADATA).read_text())

    for name, kind in REQUIRED.items():
        assert isinstance(content[name], kind), name
    assert set(WANTED) <= set(content)
    assert content["version"] in content["changelog"]
    tensors = {**content["network_data_format"]["inputs"], **content["network_data_format"]["outputs"]}
    assert set(tensors) == {"image", "pred"}
    for tensor in tensors.values():
        for name, kind in TENSOR.items():
            assert isinstance(tensor[name], kind), name
        assert len(tensor["channel_def"]) == tensor["num_channels"]
    channels = tuple(content["network_data_format"]["outputs"]["pred"]["channel_def"].values())
    assert channels == class_names(stage)


def test_altered_weights_are_refused_before_they_are_opened(tiny_bundle: Path) -> None:
    """One byte more and the checksum fails; nothing is unpickled."""
    export_bundle(build_network(tiny_bundle).state_dict(), tiny_bundle, facts={})
    with (tiny_bundle / WEIGHTS).open("ab") as file:
        file.write(b"x")

    with pytest.raises(ChecksumError, match="restore the bundle"):
        load_network(tiny_bundle, CPU)


def test_missing_weights_are_named(tiny_bundle: Path) -> None:
    """An untrained bundle says so in one line."""
    with pytest.raises(BundleNotFoundError, match="weights are missing"):
        verify(tiny_bundle)


def test_a_folder_without_bundles_is_named(tmp_path: Path) -> None:
    """The error carries the folder and the way out."""
    with pytest.raises(BundleNotFoundError, match="--model") as caught:
        bundles_root(tmp_path / "nowhere")

    assert "nowhere" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_repository_holds_the_default_bundles() -> None:
    """Without --model the shipped bundles are found and described."""
    assert set(describe_bundles()) == {"model anatomy", "model lesions"}


@pytest.mark.parametrize("damage", ["{", '{"version": "1"}', "[]"])
def test_damaged_metadata_is_refused(tiny_bundle: Path, damage: str) -> None:
    """Text that is no bundle's metadata gives a BundleError, not a traceback."""
    (tiny_bundle / METADATA).write_text(damage)

    with pytest.raises(BundleError, match=r"metadata\.json"):
        read_metadata(tiny_bundle)
