"""Volume -> Segmentation by the bundles: find the spine, its anatomy at 1.5 mm, then lesions at 1 mm."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from spineseg import __version__
from spineseg.domain import labels
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.segmentation import AlgorithmIdentity, Segmentation
from spineseg.domain.volume import ImageGrid, Modality, SeriesRole, Volume, like, make_grid
from spineseg.segmentation.bundle import load_network
from spineseg.segmentation.classes import MaskArray, Stage, class_names
from spineseg.segmentation.cleanup import (
    cord_is_interrupted,
    is_spine,
    keep_column,
    largest_component,
    settle_conus,
    settle_sacrum,
)
from spineseg.segmentation.device import choose_device
from spineseg.segmentation.imagefile import read_grid, write_grid
from spineseg.segmentation.instances import label_spine
from spineseg.segmentation.lesions import FoundLesions, find_lesions, occupy, undivide_canal
from spineseg.segmentation.metadata import Metadata, bundles_root, read_metadata
from spineseg.segmentation.sliding import PatchNetwork, class_map
from spineseg.segmentation.transforms import labels_to_source, network_image, patient_box, working_grid

# Beyond the column found at low resolution; an arch or a curve may leave it. Proposal [P].
MARGIN_MM = 20.0
# Up to so many patches the whole volume costs less than a search. Proposal [P].
SMALL_PATCHES = 4
# Lesions are looked for on axial T2 only: elsewhere the network painted tumours on healthy spines (docs/model.md).
LESION_ROLES = (SeriesRole.AXIAL_T2,)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Anatomy:
    """Class map on its working grid; no spine where `grid` is None."""

    grid: ImageGrid | None
    classes: MaskArray


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
        self._anatomy, self._anatomy_facts = _load(folder, Stage.ANATOMY, place)
        self._lesions, self._lesion_facts = _load(folder, Stage.LESIONS, place)
        self._lesion_probability = (
            self._lesion_facts.lesion_probability if lesion_probability is None else lesion_probability
        )

    @property
    def algorithm(self) -> AlgorithmIdentity:
        """Name, version and the SHA-256 of both weight files."""
        return AlgorithmIdentity(
            name="spineseg",
            version=f"{__version__}, anatomy {self._anatomy_facts.version}, lesions {self._lesion_facts.version}",
            segmenter="bundle",
            weights_sha256=(self._anatomy_facts.weights_sha256, self._lesion_facts.weights_sha256),
        )

    def __call__(self, volume: Volume) -> Segmentation:
        """Masks on the grid of `volume`; all zero, with the reason in `quality`, where no spine is found."""
        found = self._find_anatomy(volume)
        if found.grid is None:
            empty = np.zeros(tuple(volume.image.spatial_shape), dtype=np.uint8)
            return self._segmentation(volume, (empty, empty, empty), [QualityCode.NO_SPINE_FOUND])
        spine = label_spine(found.classes, self._anatomy_facts.working_spacing_mm)
        anatomy, subregions = (
            labels_to_source(part, found.grid, volume.image) for part in (spine.anatomy, spine.subregions)
        )
        if volume.modality is Modality.CT:
            masks = (undivide_canal(anatomy), subregions, np.zeros_like(anatomy))
            return self._segmentation(volume, masks, [QualityCode.CORD_NOT_SEPARABLE, QualityCode.LESIONS_NOT_ASSESSED])
        if volume.role not in LESION_ROLES:
            return self._segmentation(
                volume, (anatomy, subregions, np.zeros_like(anatomy)), [QualityCode.LESIONS_NOT_ASSESSED]
            )
        lesions = self._find_lesions(volume, found.grid, found.classes)
        numbers = labels_to_source(lesions.numbers, lesions.grid, volume.image)
        kinds = labels_to_source(lesions.kinds, lesions.grid, volume.image)
        doubts = []
        if cord_is_interrupted(found.classes, self._anatomy_facts.working_spacing_mm):
            doubts.append(QualityCode.CORD_INTERRUPTED)
        occupied = occupy(anatomy, kinds)
        # What is epidural space now is no part of a vertebra any more.
        subregions[occupied != anatomy] = labels.BACKGROUND
        return self._segmentation(volume, (occupied, subregions, numbers), doubts)

    def _find_anatomy(self, volume: Volume) -> _Anatomy:
        spacing = self._anatomy_facts.working_spacing_mm
        grid = working_grid(volume.image, spacing)
        if np.prod(grid.spatial_shape) > SMALL_PATCHES * np.prod(self._anatomy.patch_voxels):
            box = self._spine_box(volume)
            if box is None:
                return _nothing()
            grid = working_grid(volume.image, spacing, box=box)
        classes = class_map(self._anatomy, network_image(volume, grid)[None])
        classes = settle_conus(settle_sacrum(keep_column(classes, spacing), spacing))
        return _Anatomy(grid=grid, classes=classes) if is_spine(classes, spacing) else _nothing()

    def _spine_box(self, volume: Volume) -> NDArray[np.float64] | None:
        """Box around the column found at low resolution: (2, 3) [mm, LPS]."""
        spacing = self._anatomy_facts.coarse_spacing_mm
        grid = working_grid(volume.image, spacing)
        classes = class_map(self._anatomy, network_image(volume, grid)[None])
        column = largest_component(classes > 0)
        if not is_spine(np.where(column, classes, np.uint8(0)), spacing):
            return None
        index = np.argwhere(column)
        origin = np.asarray(grid.affine)[:3, 3]
        lower, upper = (origin + spacing * end for end in (index.min(axis=0) - 0.5, index.max(axis=0) + 0.5))
        whole = patient_box(volume.image)
        return np.stack([np.maximum(lower - MARGIN_MM, whole[0]), np.minimum(upper + MARGIN_MM, whole[1])])

    def _find_lesions(self, volume: Volume, grid: ImageGrid, classes: MaskArray) -> FoundLesions:
        return find_lesions(
            self._lesions,
            volume,
            grid,
            classes,
            spacing=self._lesion_facts.working_spacing_mm,
            probability=self._lesion_probability,
        )

    def _segmentation(
        self, volume: Volume, masks: tuple[MaskArray, MaskArray, MaskArray], doubts: list[QualityCode]
    ) -> Segmentation:
        anatomy, subregions, lesions = (like(volume.image, mask) for mask in masks)
        series = volume.series_instance_uid or None
        codes = [*doubts, QualityCode.SYNTHETIC_TRAINING_ONLY]
        return Segmentation(
            anatomy=anatomy,
            subregions=subregions,
            lesions=lesions,
            modality=volume.modality,
            role=volume.role,
            series_instance_uid=volume.series_instance_uid,
            algorithm=self.algorithm,
            quality=tuple(QualityNote(code=code, series_instance_uid=series) for code in codes),
            outline_mm=self._anatomy_facts.working_spacing_mm,
        )


def segment_file(segmenter: BundleSegmenter, source: Path, target: Path, *, modality: str | None = None) -> Path:
    """Anatomy labels of an image file; what `python -m monai.bundle run` of a bundle calls.

    Parameters
    ----------
    modality
        "MR" or "CT"; by the values where it is not given.

    Raises
    ------
    UnreadableStudyError
        The image cannot be read.
    """
    grid = read_grid(source)
    image = make_grid(grid.array.astype(np.float32), grid.affine)
    # Air is -1000 HU, and MR magnitudes are not negative.
    kind = Modality(modality) if modality else (Modality.CT if float(image.array.min()) < -200 else Modality.MR)
    role = SeriesRole.CT if kind is Modality.CT else SeriesRole.OTHER
    result = segmenter(Volume(image=image, modality=kind, role=role, series_instance_uid=""))
    write_grid(result.anatomy, target)
    return target


def _load(root: Path, stage: Stage, device: torch.device) -> tuple[PatchNetwork, Metadata]:
    facts = read_metadata(root / stage)
    network = PatchNetwork(
        module=load_network(root / stage, device),
        patch_voxels=facts.patch_voxels,
        classes=len(class_names(stage)),
        device=device,
    )
    return network, facts


def _nothing() -> _Anatomy:
    return _Anatomy(grid=None, classes=np.zeros((1, 1, 1), dtype=np.uint8))
