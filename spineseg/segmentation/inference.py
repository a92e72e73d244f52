"""Volume -> Segmentation by the bundles: anatomy at 1.5 mm on the whole spine, then lesions at 1 mm."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from spineseg import __version__
from spineseg.domain import labels
from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import ImageGrid, SeriesRole, Volume, like
from spineseg.segmentation.anatomy_stage import AnatomyMasks, AnatomyStage
from spineseg.segmentation.bundle import load_network
from spineseg.segmentation.classes import MaskArray, Stage
from spineseg.segmentation.device import choose_device
from spineseg.segmentation.lesions import FoundLesions, LesionEvidence, find_lesions, lesion_evidence, occupy
from spineseg.segmentation.metadata import Metadata, bundles_root, read_metadata
from spineseg.segmentation.out_of_domain import doubts
from spineseg.segmentation.sliding import PatchNetwork
from spineseg.segmentation.transforms import labels_to_source

# Lesions are looked for on axial T2 only: elsewhere the network painted tumours on healthy spines (docs/model.md).
LESION_ROLES = (SeriesRole.AXIAL_T2,)


class BundleSegmenter:
    """The shipped networks as a `Segmenter`.

    Parameters
    ----------
    root
        Folder with the bundles `anatomy` and `lesions`; the shipped ones where it is not given.
    device
        "auto", "cpu" or "cuda".
    lesion_probability
        Least probability of a lesion's voxels, instead of the bundle's.

    Raises
    ------
    BundleNotFoundError, ChecksumError
        A bundle is missing, or its weights are not those that its metadata names.
    SettingsError
        The device is unknown or absent.
    """

    def __init__(
        self, root: Path | None = None, *, device: str = "auto", lesion_probability: float | None = None
    ) -> None:
        folder = bundles_root(root)
        place = choose_device(device)
        self._anatomy = AnatomyStage(*_load(folder, Stage.ANATOMY, place))
        self._lesions, self._lesion_facts = _load(folder, Stage.LESIONS, place)
        self._lesion_probability = (
            self._lesion_facts.lesion_probability if lesion_probability is None else lesion_probability
        )

    @property
    def algorithm(self) -> AlgorithmIdentity:
        """Name, version and the SHA-256 of both weight files."""
        anatomy, lesions = self._anatomy.facts, self._lesion_facts
        return AlgorithmIdentity(
            name="spineseg",
            version=f"{__version__}, anatomy {anatomy.version}, lesions {lesions.version}",
            segmenter="bundle",
            weights_sha256=(anatomy.weights_sha256, lesions.weights_sha256),
        )

    def __call__(self, volume: Volume) -> Segmentation:
        """Masks on the grid of `volume`; all zero, with the reason in `quality`, where no spine is found."""
        found = self._anatomy.find(volume)
        if found.grid is None:
            return _nothing(volume, self._anatomy.facts, self.algorithm)
        unlike = doubts(volume, found)
        if QualityCode.LOW_CONFIDENCE in unlike:
            return _doubted(_nothing(volume, self._anatomy.facts, self.algorithm), *unlike)
        masks = self._anatomy.masks(volume, found.grid, found)
        result = _doubted(_segmentation(volume, masks, self._anatomy.facts, self.algorithm), *unlike)
        if volume.role not in LESION_ROLES:
            return _doubted(result, QualityCode.LESIONS_NOT_ASSESSED)
        lesions = self._find_lesions(volume, found.grid, found.classes)
        numbers, kinds = (
            labels_to_source(part, lesions.grid, volume.image) for part in (lesions.numbers, lesions.kinds)
        )
        occupied = occupy(masks.anatomy, kinds)
        # What is epidural space now is no part of a vertebra any more.
        subregions = np.where(occupied != masks.anatomy, np.uint8(labels.BACKGROUND), masks.subregions)
        return replace(
            result,
            anatomy=like(volume.image, occupied),
            subregions=like(volume.image, subregions),
            lesions=like(volume.image, numbers),
            lesion_probability=like(lesions.grid, lesions.probability),
        )

    def lesion_evidence(self, volume: Volume) -> LesionEvidence | None:
        """What the lesion network says of an MR volume of any role, before thresholds; None without a spine."""
        found = self._anatomy.find(volume)
        if found.grid is None:
            return None
        return lesion_evidence(
            self._calibrated(volume),
            volume,
            found.grid,
            found.classes,
            spacing=self._lesion_facts.working_spacing_mm,
        )

    def _calibrated(self, volume: Volume) -> PatchNetwork:
        return replace(self._lesions, temperature=self._lesion_facts.temperature(volume.modality.value))

    def _find_lesions(self, volume: Volume, grid: ImageGrid, classes: MaskArray) -> FoundLesions:
        return find_lesions(
            self._calibrated(volume),
            volume,
            grid,
            classes,
            spacing=self._lesion_facts.working_spacing_mm,
            probability=self._lesion_probability,
        )


class AnatomySegmenter:
    """One anatomy network alone as a `Segmenter`: scores a training on real images. Lesions are not looked for.

    Parameters
    ----------
    module
        A network of the bundle; used as it is, also while it is being trained.
    """

    def __init__(self, module: torch.nn.Module, bundle: Path, device: torch.device) -> None:
        facts = read_metadata(bundle)
        self._stage = AnatomyStage(_patch_network(module, facts, device), facts)

    @property
    def algorithm(self) -> AlgorithmIdentity:
        """Who segments; weights in training have no hash yet."""
        return AlgorithmIdentity(
            name="spineseg", version=f"{__version__}, anatomy {self._stage.facts.version}", segmenter="training"
        )

    def __call__(self, volume: Volume) -> Segmentation:
        """Anatomy on the grid of `volume`; all zero where no spine is found."""
        found = self._stage.find(volume)
        if found.grid is None:
            return _nothing(volume, self._stage.facts, self.algorithm)
        masks = self._stage.masks(volume, found.grid, found)
        result = _segmentation(volume, masks, self._stage.facts, self.algorithm)
        return _doubted(result, QualityCode.LESIONS_NOT_ASSESSED)


def _segmentation(volume: Volume, masks: AnatomyMasks, facts: Metadata, algorithm: AlgorithmIdentity) -> Segmentation:
    """Anatomy with its doubts, without lesions."""
    result = Segmentation(
        anatomy=like(volume.image, masks.anatomy),
        subregions=like(volume.image, masks.subregions),
        lesions=like(volume.image, np.zeros_like(masks.anatomy)),
        modality=volume.modality,
        role=volume.role,
        series_instance_uid=volume.series_instance_uid,
        algorithm=algorithm,
        outline_mm=facts.working_spacing_mm,
        axis_label=masks.axis_label,
        cord_probability=masks.cord_probability,
        sac_probability=masks.sac_probability,
    )
    doubts = (QualityCode.SYNTHETIC_TRAINING_ONLY,) if facts.is_synthetic_only else ()
    return _doubted(result, *masks.doubts, *doubts)


def _nothing(volume: Volume, facts: Metadata, algorithm: AlgorithmIdentity) -> Segmentation:
    empty = np.zeros(tuple(volume.image.spatial_shape), dtype=np.uint8)
    doubts = (QualityCode.NO_SPINE_FOUND,)
    return _segmentation(volume, AnatomyMasks(anatomy=empty, subregions=empty, doubts=doubts), facts, algorithm)


def _doubted(result: Segmentation, *codes: QualityCode) -> Segmentation:
    series = result.series_instance_uid or None
    notes = tuple(QualityNote(code=code, series_instance_uid=series) for code in codes)
    return replace(result, quality=(*result.quality, *notes))


def _load(root: Path, stage: Stage, device: torch.device) -> tuple[PatchNetwork, Metadata]:
    facts = read_metadata(root / stage)
    return _patch_network(load_network(root / stage, device), facts, device), facts


def _patch_network(module: torch.nn.Module, facts: Metadata, device: torch.device) -> PatchNetwork:
    return PatchNetwork(module=module, patch_voxels=facts.patch_voxels, classes=facts.channels, device=device)
