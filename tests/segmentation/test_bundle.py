from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path

import pytest
import torch
from monai.bundle import verify_net_in_out

from spineseg.errors import BundleError, BundleNotFoundError, ChecksumError
from spineseg.segmentation.bundle import (
    INFERENCE,
    METADATA,
    WEIGHTS,
    build_network,
    bundles_root,
    describe_bundles,
    export_bundle,
    load_network,
    read_metadata,
    verify,
)
from spineseg.segmentation.classes import Stage, class_names
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


@pytest.mark.parametrize("stage", Stage)
def test_monai_verifies_the_networks_input_and_output(stage: Stage) -> None:
    """`monai.bundle verify_net_in_out` accepts the shipped configuration."""
    configs = REPOSITORY / "models" / stage
    level = logging.getLogger().level

    verify_net_in_out(
        net_id="network_def", meta_file=str(configs / METADATA), config_file=str(configs / INFERENCE), device="cpu",
        n=4,
    )  # fmt: skip

    logging.getLogger().setLevel(level)


@pytest.mark.parametrize("stage", Stage)
def test_training_and_inference_define_the_same_network(stage: Stage) -> None:
    """train.json cannot drift from inference.json."""
    configs = REPOSITORY / "models" / stage / "configs"
    training, inference = (json.loads((configs / name).read_text()) for name in ("train.json", "inference.json"))

    assert training["network_def"] == inference["network_def"]


@pytest.mark.parametrize("stage", Stage)
def test_shipped_weights_are_those_of_the_metadata(stage: Stage) -> None:
    """The repository's weights load, are half precision and small."""
    bundle = REPOSITORY / "models" / stage
    if not (bundle / WEIGHTS).is_file():
        pytest.skip("this checkout has no trained weights")

    network = load_network(bundle, CPU)

    assert next(network.parameters()).dtype == torch.float32
    assert (bundle / WEIGHTS).stat().st_size < 12.5e6  # bytes; both under 25 MB


def test_exported_weights_load_again(tiny_bundle: Path) -> None:
    """What is exported comes back, to half precision, frozen and in evaluation mode."""
    torch.manual_seed(4)
    trained = build_network(tiny_bundle).state_dict()

    export_bundle(trained, tiny_bundle, facts={"steps": 3})
    loaded = load_network(tiny_bundle, CPU)

    for name, value in loaded.state_dict().items():
        torch.testing.assert_close(value, trained[name], rtol=1e-3, atol=1e-4)
    assert not loaded.training
    assert not any(parameter.requires_grad for parameter in loaded.parameters())
    assert read_metadata(tiny_bundle).content["spineseg"]["training"] == {"steps": 3}


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


def test_weights_of_another_network_are_refused(tiny_bundle: Path) -> None:
    """Neither export nor load accepts a state that does not fit."""
    with pytest.raises(BundleError, match="do not fit"):
        export_bundle({"weight": torch.zeros(3)}, tiny_bundle, facts={})


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


def test_an_undefined_network_is_refused(tiny_bundle: Path) -> None:
    """inference.json without a usable network_def gives a BundleError."""
    (tiny_bundle / INFERENCE).write_text('{"network_def": {"_target_": "monai.networks.nets.NoSuchNet"}}')

    with pytest.raises(BundleError, match="network_def"):
        build_network(tiny_bundle)
    shutil.rmtree(tiny_bundle / "configs")
    with pytest.raises(BundleNotFoundError):
        build_network(tiny_bundle)
