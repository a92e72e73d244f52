"""Training patch -> the same with what an anatomy network finds in it: a lesion network learns what it will be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from spineseg.domain.volume import SeriesRole, Volume, make_grid, resample
from spineseg.segmentation.augmentation import TrainingSample
from spineseg.segmentation.bundle import load_network
from spineseg.segmentation.classes import MaskArray
from spineseg.segmentation.device import choose_device
from spineseg.segmentation.metadata import read_metadata
from spineseg.segmentation.sliding import PatchNetwork, class_map
from spineseg.segmentation.transforms import network_image, working_grid

Source: TypeAlias = Callable[[int], TrainingSample]
# Networks need multiples of 16 voxels: four halvings.
_MULTIPLE = 16


@dataclass(slots=True, eq=False)
class SeenSource:
    """A source whose samples carry what an anatomy network finds in them (`TrainingSample.seen`).

    Parameters
    ----------
    source
        Gives the samples.
    spacing_mm
        Of their voxels.
    bundle
        Of the anatomy network; loaded at the first sample, in the process that draws it.
    """

    source: Source
    spacing_mm: float
    bundle: Path
    _network: PatchNetwork | None = field(default=None, init=False, repr=False)
    _working_mm: float = field(default=0.0, init=False, repr=False)

    def __call__(self, seed: int) -> TrainingSample:
        """Sample of a seed; the same seed and bundle give the same sample.

        Raises
        ------
        BundleNotFoundError, ChecksumError
            The bundle is missing, or its weights are not those that its metadata names.
        """
        sample = self.source(seed)
        return replace(sample, seen=self._classes(sample))

    def _classes(self, sample: TrainingSample) -> MaskArray:
        affine = np.diag([self.spacing_mm] * 3 + [1.0])
        patch = make_grid(sample.image, affine)
        volume = Volume(image=patch, modality=sample.modality, role=SeriesRole.OTHER, series_instance_uid="")
        network = self._loaded(tuple(sample.image.shape))
        grid = working_grid(patch, self._working_mm)
        found = class_map(network, network_image(volume, grid)[None])
        seen: MaskArray = resample(make_grid(found, grid.affine), patch, order=0).array
        return seen

    def _loaded(self, shape: tuple[int, ...]) -> PatchNetwork:
        if self._network is None:
            facts = read_metadata(self.bundle)
            device = choose_device("cpu")
            self._working_mm = facts.working_spacing_mm
            extent = (self.spacing_mm * size / self._working_mm for size in shape)
            x, y, z = (max(1, int(np.ceil(part / _MULTIPLE - 1e-6))) * _MULTIPLE for part in extent)
            self._network = PatchNetwork(
                module=load_network(self.bundle, device), patch_voxels=(x, y, z), classes=facts.channels, device=device
            )
        return self._network
