from __future__ import annotations

from pathlib import Path

import pytest
import torch
from monai.networks.nets.unet import UNet

from spineseg.errors import ChecksumError, SettingsError
from spineseg.segmentation.adoption import adopt, blended, read_start
from spineseg.segmentation.bundle import build_network, export_bundle
from spineseg.segmentation.metadata import WEIGHTS
from spineseg.segmentation.network import RefinedUNet
from spineseg.segmentation.training import CHECKPOINT


def unet(classes: int) -> UNet:
    """A UNet of a few hundred weights."""
    return UNet(spatial_dims=3, in_channels=1, out_channels=classes, channels=(4, 8), strides=(2,))


def test_a_refined_network_starts_as_the_unet_it_adopts() -> None:
    """The core takes the UNet's weights, and the refinement still corrects nothing."""
    old, image = unet(3).eval(), torch.randn(1, 1, 8, 8, 8)
    new = RefinedUNet(in_channels=1, out_channels=3, channels=(4, 8), strides=(2,)).eval()

    share = adopt(new, old.state_dict())

    assert 0 < share < 1
    with torch.inference_mode():
        assert torch.allclose(new(image), old(image), atol=1e-6)


def test_new_classes_are_added_behind_the_known_ones() -> None:
    """The known classes' logits stay what they were."""
    old, new, image = unet(3).eval(), unet(5).eval(), torch.randn(1, 1, 8, 8, 8)

    adopt(new, old.state_dict())

    with torch.inference_mode():
        assert torch.allclose(new(image)[:, :3], old(image), atol=1e-6)


def test_what_does_not_fit_is_left_alone() -> None:
    """Weights of other shapes or names change nothing."""
    network = unet(3)
    before = {name: value.clone() for name, value in network.state_dict().items()}

    share = adopt(network, {"elsewhere": torch.ones(3), next(iter(before)): torch.ones(99, 1, 3, 3, 3)})

    assert share == 0
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_a_bundle_is_checked_before_it_is_adopted(tiny_bundle: Path) -> None:
    """Weights whose hash is wrong are refused."""
    export_bundle(build_network(tiny_bundle).state_dict(), tiny_bundle, facts={})
    assert read_start(tiny_bundle, checkpoint=CHECKPOINT)

    (tiny_bundle / WEIGHTS).write_bytes(b"other weights")

    with pytest.raises(ChecksumError):
        read_start(tiny_bundle, checkpoint=CHECKPOINT)


def test_nothing_to_start_from_is_said(tmp_path: Path) -> None:
    """A folder without weights is a settings error that names the folder."""
    with pytest.raises(SettingsError, match=str(tmp_path)):
        read_start(tmp_path, checkpoint=CHECKPOINT)


def test_a_unet_takes_the_core_of_a_refined_network() -> None:
    """The other way round: training can go on cheaply without the refinement."""
    refined = RefinedUNet(in_channels=1, out_channels=3, channels=(4, 8), strides=(2,)).eval()
    plain, image = unet(3).eval(), torch.randn(1, 1, 8, 8, 8)

    assert adopt(plain, refined.state_dict()) == 1

    with torch.inference_mode():
        assert torch.allclose(plain(image), refined.core(image), atol=1e-6)


def test_a_blend_lies_between_training_and_start() -> None:
    """A quarter of the start and three of the training; what the start lacks stays."""
    trained = {"a": torch.tensor([4.0]), "new": torch.tensor([1.0])}
    start = {"a": torch.tensor([0.0], dtype=torch.float16), "old": torch.tensor([9.0])}

    found = blended(trained, start, 0.25)

    assert {name: float(value) for name, value in found.items()} == {"a": 3.0, "new": 1.0}
