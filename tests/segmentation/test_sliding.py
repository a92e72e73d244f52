from __future__ import annotations

import numpy as np
import pytest
import torch

from spineseg.segmentation import sliding
from spineseg.segmentation.sliding import PatchNetwork, class_map, classify, probabilities, window_count


class Thresholds(torch.nn.Module):
    """Class 1 where the image is positive, else class 0; counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Logits of two classes."""
        self.calls += 1
        return 50 * torch.cat([-image[:, :1], image[:, :1]], dim=1)


def network(module: torch.nn.Module) -> PatchNetwork:
    """The module with small patches."""
    return PatchNetwork(module=module, patch_voxels=(16, 16, 16), classes=2, device=torch.device("cpu"))


@pytest.mark.parametrize("shape", [(20, 18, 37), (5, 40, 9)])
def test_slabs_and_patches_leave_no_seam(shape: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """A pointwise network gives its answer at every voxel, across slabs and in volumes below a patch."""
    monkeypatch.setattr(sliding, "SLAB_VOXELS", 12)
    monkeypatch.setattr(sliding, "HALO_VOXELS", 4)
    image = np.random.default_rng(1).uniform(-1, 1, (1, *shape)).astype(np.float32)

    found = class_map(network(Thresholds()), image)

    np.testing.assert_array_equal(found, image[0] > 0)


def test_air_is_not_computed() -> None:
    """Patches without contrast never reach the network and are background."""
    module = Thresholds()

    found = class_map(network(module), np.full((1, 32, 32, 32), 0.5, np.float32))

    assert module.calls == 0
    assert not found.any()


def test_patches_without_spine_are_not_computed() -> None:
    """Where the context names no anatomy the lesion network is not asked."""
    module = Thresholds()
    image = np.random.default_rng(1).uniform(-1, 1, (2, 16, 16, 16)).astype(np.float32)
    image[1] = 0

    class_map(network(module), image)

    assert module.calls == 0


def test_probabilities_are_those_of_the_chosen_classes() -> None:
    """They lie in [0, 1] and follow the order asked for."""
    image = np.linspace(-0.1, 0.1, 16**3, dtype=np.float32).reshape(1, 16, 16, 16)

    found = probabilities(network(Thresholds()), image, (1, 0))

    np.testing.assert_allclose(found.sum(axis=0), 1, atol=1e-5)
    np.testing.assert_allclose(found[0], 1 / (1 + np.exp(-100 * image[0])), atol=1e-4)


def test_certainty_and_groups_are_probabilities_as_bytes() -> None:
    """The certainty is the highest probability; a group is the sum of its classes; both store 1 as 255."""
    image = np.array([-1.0, 1.0], np.float32).reshape(1, 1, 1, 2).repeat(8, axis=1).repeat(8, axis=2)

    found = classify(network(Thresholds()), image, ((0,), (0, 1)))

    np.testing.assert_array_equal(found.classes, image[0] > 0)
    assert np.all(found.certainty == 255)
    np.testing.assert_array_equal(found.groups[0], np.where(image[0] > 0, 0, 255))
    assert np.all(found.groups[1] == 255)


@pytest.mark.parametrize("shape", [(16, 16, 16), (17, 30, 41), (8, 64, 5)])
def test_the_windows_are_counted_as_monai_places_them(
    shape: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The count is that of the network's calls on an image without flat patches."""
    monkeypatch.setattr(sliding, "SLAB_VOXELS", 1000)
    module = Thresholds()
    image = np.random.default_rng(2).uniform(-1, 1, (1, *shape)).astype(np.float32)

    class_map(network(module), image)

    assert window_count(network(module), shape) == module.calls
