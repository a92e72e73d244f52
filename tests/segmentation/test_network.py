from __future__ import annotations

import torch

from spineseg.segmentation.network import RefinedUNet


def tiny() -> RefinedUNet:
    """A network of a few hundred weights."""
    torch.manual_seed(0)
    return RefinedUNet(in_channels=2, out_channels=5, channels=(4, 8), strides=(2,), features=3, edges=2)


def test_logits_have_the_image_grid() -> None:
    """One channel a class, on the voxels of the image."""
    assert tiny()(torch.zeros(1, 2, 8, 12, 16)).shape == (1, 5, 8, 12, 16)


def test_untrained_it_answers_as_its_unet() -> None:
    """The correction starts at zero, so that a trained UNet can be refined further."""
    network, image = tiny().eval(), torch.randn(1, 2, 8, 8, 8)
    with torch.inference_mode():
        assert torch.equal(network(image), network.core(image))


def test_the_finest_details_can_change_the_answer() -> None:
    """Each voxel's own value reaches its logits through the full-resolution path, once that has learnt."""
    network = tiny()
    torch.nn.init.constant_(network.correct.weight, 0.5)
    image = torch.randn(1, 2, 8, 8, 8, requires_grad=True)
    (network(image) - network.core(image))[0, :, 3, 3, 3].square().sum().backward()
    assert image.grad is not None
    assert image.grad[0, :, 3, 3, 3].abs().min() > 0


def test_every_weight_learns_after_the_first_step() -> None:
    """A gradient reaches every parameter, once the correction is no longer zero."""
    network = tiny()
    torch.nn.init.constant_(network.correct.weight, 0.5)
    network(torch.randn(1, 2, 8, 8, 8)).square().mean().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())
