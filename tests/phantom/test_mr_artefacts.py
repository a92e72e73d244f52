from __future__ import annotations

import numpy as np
import pytest

from spineseg.phantom import mr_artefacts
from spineseg.phantom.acquisition import Scan, Scene
from spineseg.phantom.tissues import Tissue

SHAPE = (24, 28, 32)


def _scene(tissue: Tissue | None = None) -> Scene:
    tissues = np.full(SHAPE, Tissue.MUSCLE, np.uint8)
    if tissue is not None:
        tissues[10:14, 12:16, 14:18] = tissue
    scan = Scan(plane=0, spacing_mm=3.0, thickness_mm=3.0, start=0.5, phase_axis=2, nearest=False)
    return Scene(tissues=tissues, affine=np.diag([1.5, 1.5, 1.5, 1.0]), scan=scan)


def _flat() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.full(SHAPE, 0.5, dtype=np.float32)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_metal_takes_the_signal_around_it(seed: int) -> None:
    """At an implant nothing is left; far away everything is; without metal nothing changes."""
    rng = np.random.default_rng(seed)

    image = mr_artefacts.metal_void(_flat(), _scene(Tissue.IMPLANT), rng)

    assert image[12, 14, 16] < 0.05
    assert image[0, 0, 0] == pytest.approx(0.5, abs=0.02)
    assert np.array_equal(mr_artefacts.metal_void(_flat(), _scene(), rng), _flat())


def test_signal_piles_up_beside_metal_along_the_frequency_axis() -> None:
    """Beside the void some voxels exceed the tissue, before or behind it (axis 1), never above or below it (axis 2)."""
    images = [
        mr_artefacts.metal_void(_flat(), _scene(Tissue.IMPLANT), np.random.default_rng(seed)) for seed in range(10)
    ]

    assert max(float(image[12, :, 16].max()) for image in images) > 0.55
    assert max(float(image[12, 14, :].max()) for image in images) < 0.505


def test_the_saturation_band_lies_in_front() -> None:
    """Signal is lost anteriorly (small y) and kept at the back."""
    image = mr_artefacts.saturation_band(_flat(), _scene(), np.random.default_rng(1))

    assert image[:, 0].mean() < 0.6 * image[:, -1].mean()
    assert image[:, -1] == pytest.approx(0.5)


def test_ghosts_follow_the_phase_axis() -> None:
    """A bright vessel has copies above and below it (phase axis) and none beside it."""
    image = np.full(SHAPE, 0.2, dtype=np.float32)
    scene = _scene(Tissue.VESSEL)
    image[scene.tissues == Tissue.VESSEL] = 1.0
    changed = np.zeros(4)
    for seed in range(20):
        change = np.abs(mr_artefacts.ghosts(image, scene, np.random.default_rng(seed)) - image)
        changed += (
            change[12, 14, :14].max(),
            change[12, 14, 18:].max(),
            change[12, :10, 16].max(),
            change[:8, 14, 16].max(),
        )

    # Breathing ghosts of the whole image lie everywhere; those of the vessel add to them along the phase axis only.
    assert changed[:2].min() > 1.5 * changed[2:].max()


def test_ringing_ripples_beside_an_edge_and_keeps_the_mean() -> None:
    """Truncated k-space overshoots an edge along the phase axis and moves no signal."""
    image = _flat()
    image[:, :, 16:] = 1.0

    rung = mr_artefacts.ringing(image, _scene(), np.random.default_rng(0))

    assert rung.max() > 1.02
    assert rung.mean() == pytest.approx(image.mean(), rel=1e-3)
    assert np.ptp(rung[:, :, 5]) == pytest.approx(0, abs=1e-4)


def test_fold_over_brings_one_border_to_the_other() -> None:
    """What is bright at one end of the phase axis appears at the other end."""
    image = np.zeros(SHAPE, dtype=np.float32)
    image[:, :, 0] = image[:, :, -1] = 1.0

    folded = mr_artefacts.fold_over(image, _scene(), np.random.default_rng(0))

    assert np.count_nonzero(folded > 0) > np.count_nonzero(image > 0)
    assert np.array_equal(folded[:, :, 10:22], image[:, :, 10:22])


def test_interleaving_changes_whole_slices() -> None:
    """Gains differ between slices and not within one."""
    striped = mr_artefacts.interleaving(_flat(), _scene(), np.random.default_rng(0))

    assert np.ptp(striped[:, 0, 0]) > 0.01
    assert np.ptp(striped[5]) == pytest.approx(0, abs=1e-6)


def test_spikes_are_few_and_bright() -> None:
    """Some voxels, below one in a hundred, exceed all others."""
    spiked = mr_artefacts.spikes(_flat(), _scene(), np.random.default_rng(0))

    assert 0 < np.mean(spiked > 0.9) < 0.01


def test_artefacts_do_not_depend_on_what_is_imaged() -> None:
    """Two images that differ in one voxel have the same artefacts, and the input stays as it was."""
    first, second = _flat(), _flat()
    second[3, 3, 3] += 0.1
    for seed in range(12):
        a, b = (mr_artefacts.add_artefacts(image, _scene(), np.random.default_rng(seed)) for image in (first, second))
        assert np.mean(np.abs(a - b) > 0.02) < 0.01
    assert np.array_equal(first, _flat())
