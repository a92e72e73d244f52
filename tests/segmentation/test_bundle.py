from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path

import pytest
import torch
from monai.bundle import verify_net_in_out

from spineseg.errors import BundleError, BundleNotFoundError
from spineseg.segmentation.bundle import INFERENCE, KEPT_BITS, build_network, export_bundle, load_network, rounded
from spineseg.segmentation.classes import Stage
from spineseg.segmentation.metadata import METADATA, WEIGHTS, read_metadata
from tests.segmentation.conftest import REPOSITORY

CPU = torch.device("cpu")


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
    """What is exported comes back, rounded, frozen and in evaluation mode."""
    torch.manual_seed(4)
    trained = build_network(tiny_bundle).state_dict()

    export_bundle(trained, tiny_bundle, facts={"steps": 3})
    loaded = load_network(tiny_bundle, CPU)

    for name, value in loaded.state_dict().items():
        torch.testing.assert_close(value, trained[name], rtol=2.0 ** -(KEPT_BITS + 1), atol=1e-4)
    assert not loaded.training
    assert not any(parameter.requires_grad for parameter in loaded.parameters())
    assert read_metadata(tiny_bundle).content["spineseg"]["training"] == {"steps": 3}


def test_rounding_keeps_the_nearest_number_of_few_bits() -> None:
    """Each weight moves by at most half of its last kept bit; no finite one becomes infinite, and the sign stays."""
    weights = torch.cat([torch.randn(2000, generator=torch.manual_seed(2)), torch.tensor([65504.0, -65504.0, 0.0])])
    half = weights.half()

    kept = rounded(half)

    bits = kept.view(torch.int16).to(torch.int32)
    assert not bool((bits & ((1 << (10 - KEPT_BITS)) - 1)).any())
    assert bool(torch.isfinite(kept).all())
    torch.testing.assert_close(kept[:-3].float(), half[:-3].float(), rtol=2.0 ** -(KEPT_BITS + 1), atol=0.0)
    assert torch.equal(torch.sign(kept), torch.sign(half))
    assert torch.equal(rounded(kept), kept)


def test_weights_of_another_network_are_refused(tiny_bundle: Path) -> None:
    """Neither export nor load accepts a state that does not fit."""
    with pytest.raises(BundleError, match="do not fit"):
        export_bundle({"weight": torch.zeros(3)}, tiny_bundle, facts={})


def test_an_undefined_network_is_refused(tiny_bundle: Path) -> None:
    """inference.json without a usable network_def gives a BundleError."""
    (tiny_bundle / INFERENCE).write_text('{"network_def": {"_target_": "monai.networks.nets.NoSuchNet"}}')

    with pytest.raises(BundleError, match="network_def"):
        build_network(tiny_bundle)
    shutil.rmtree(tiny_bundle / "configs")
    with pytest.raises(BundleNotFoundError):
        build_network(tiny_bundle)
