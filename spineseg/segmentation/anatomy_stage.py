"""Volume -> anatomy: find the spine at low resolution, its classes at the working spacing, its vertebrae one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.labels import BACKGROUND
from spineseg.domain.quality import QualityCode
from spineseg.domain.volume import ImageGrid, LabelMap, Modality, Volume, like
from spineseg.segmentation.classes import AnatomyClass, MaskArray
from spineseg.segmentation.cleanup import (
    column_of,
    cord_is_interrupted,
    is_spine,
    keep_column,
    large_components,
    settle_axis,
    settle_conus,
    settle_sacrum,
)
from spineseg.segmentation.instances import label_spine
from spineseg.segmentation.lesions import undivide_canal
from spineseg.segmentation.metadata import Metadata
from spineseg.segmentation.sliding import PatchNetwork, class_map, classify, window_count
from spineseg.segmentation.transforms import labels_to_source, network_image, patient_box, working_grid

# Beyond the column found at low resolution; an arch or a curve may leave it. Proposal [P].
MARGIN_MM = 20.0
# Up to so many patches the whole volume is looked at: sagittal stacks are narrow, and a search that loses a part of
# the spine cannot be mended (one real lumbar T2 of five lost its upper half; docs/model.md).
WHOLE_WINDOWS = 48
# Beside the largest piece of spine that the search finds, pieces of this share of it count. Proposal [P].
PIECE_SHARE = 0.05
_CORD = (AnatomyClass.SPINAL_CORD, AnatomyClass.CAUDA_EQUINA)
_SAC = (*_CORD, AnatomyClass.CSF)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoundAnatomy:
    """What the network found on its working grid; no spine where `grid` is None.

    Parameters
    ----------
    classes : (x, y, z) uint8
        Cleaned class map.
    certainty : (x, y, z) uint8
        Probability of the most probable class before cleaning, 255 for 1.
    cord, sac : (x, y, z) uint8
        Probability of cord with cauda equina, and of all that the dura holds.
    """

    grid: ImageGrid | None
    classes: MaskArray
    certainty: MaskArray
    cord: MaskArray
    sac: MaskArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnatomyMasks:
    """Masks on the grid of a volume, the rest as in `domain.segmentation.Segmentation`."""

    anatomy: MaskArray
    subregions: MaskArray
    axis_label: int = BACKGROUND
    cord_probability: LabelMap | None = None
    sac_probability: LabelMap | None = None
    doubts: tuple[QualityCode, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class AnatomyStage:
    """The anatomy network and how it is used."""

    network: PatchNetwork
    facts: Metadata

    def find(self, volume: Volume) -> FoundAnatomy:
        """Cleaned class map of the spine in a volume."""
        spacing = self.facts.working_spacing_mm
        grid = working_grid(volume.image, spacing)
        if window_count(self.network, tuple(grid.spatial_shape)) > WHOLE_WINDOWS:
            box = self._spine_box(volume)
            if box is None:
                return _nothing()
            grid = working_grid(volume.image, spacing, box=box)
        calibrated = replace(self.network, temperature=self.facts.temperature(volume.modality.value))
        found = classify(calibrated, network_image(volume, grid)[None], (_CORD, _SAC))
        classes = settle_axis(settle_sacrum(keep_column(found.classes, spacing), spacing), spacing)
        classes = settle_conus(classes)
        if not is_spine(classes, spacing):
            return _nothing()
        cord, sac = found.groups
        return FoundAnatomy(grid=grid, classes=classes, certainty=found.certainty, cord=cord, sac=sac)

    def _spine_box(self, volume: Volume) -> NDArray[np.float64] | None:
        """Box around all of the spine found at low resolution: (2, 3) [mm, LPS]."""
        spacing = self.facts.coarse_spacing_mm
        grid = working_grid(volume.image, spacing)
        classes = class_map(self.network, network_image(volume, grid)[None])
        column = large_components(column_of(classes), PIECE_SHARE)
        if not is_spine(np.where(column, classes, np.uint8(0)), spacing):
            return None
        index = np.argwhere(column)
        origin = np.asarray(grid.affine)[:3, 3]
        lower, upper = (origin + spacing * end for end in (index.min(axis=0) - 0.5, index.max(axis=0) + 0.5))
        whole = patient_box(volume.image)
        return np.stack([np.maximum(lower - MARGIN_MM, whole[0]), np.minimum(upper + MARGIN_MM, whole[1])])

    def masks(self, volume: Volume, grid: ImageGrid, found: FoundAnatomy) -> AnatomyMasks:
        """What was found, on the grid of the volume; the canal undivided on CT."""
        spacing = self.facts.working_spacing_mm
        spine = label_spine(found.classes, spacing)
        anatomy, subregions = (labels_to_source(part, grid, volume.image) for part in (spine.anatomy, spine.subregions))
        if volume.modality is Modality.CT:
            return AnatomyMasks(
                anatomy=undivide_canal(anatomy),
                subregions=subregions,
                axis_label=spine.axis_label,
                doubts=(QualityCode.CORD_NOT_SEPARABLE,),
            )
        interrupted = cord_is_interrupted(found.classes, spacing)
        return AnatomyMasks(
            anatomy=anatomy,
            subregions=subregions,
            axis_label=spine.axis_label,
            cord_probability=like(grid, found.cord),
            sac_probability=like(grid, found.sac),
            doubts=(QualityCode.CORD_INTERRUPTED,) if interrupted else (),
        )


def _nothing() -> FoundAnatomy:
    empty = np.zeros((1, 1, 1), dtype=np.uint8)
    return FoundAnatomy(grid=None, classes=empty, certainty=empty, cord=empty, sac=empty)
