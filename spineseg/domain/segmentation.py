"""Volume -> Segmentation: the masks of one series and the seam through which every segmenter enters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.quality import QualityNote
from spineseg.domain.volume import LabelMap, Modality, SeriesRole, Volume


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segmentation:
    """Masks of one series, all on the same grid.

    Parameters
    ----------
    anatomy : (slice, row, column) uint8
        Values of `domain.labels.ANATOMY`. Under a lesion it says which structure the lesion occupies: bone,
        epidural space (61), inside the dura (62) or inside the cord (60). Vertebrae whose name is not known
        carry 31-58, counted from cranial; `anatomy.describe_spine` names them where an anchor is in view.
    subregions : (slice, row, column) uint8
        49 vertebral body, 41 posterior elements, 55 rib (of no vertebra); 0 elsewhere.
    lesions : (slice, row, column) uint8
        0, or the number of the lesion, from 1. Compartments are the grading's business.
    outline_mm
        Resolution that the outlines were found at, where it is coarser than the grid: a network's working spacing.
    axis_label
        Label of the vertebra that the segmenter itself knows as C2; 0 where it does not say.
    cord_probability, sac_probability, lesion_probability : (x, y, z) uint8
        How sure a network is of cord with cauda equina, of everything inside the dura, and of lesions: 255 for 1,
        each on a grid of its own; None where there is no network or the structure cannot be told.
    cord_outline_mm
        As `outline_mm`, of the cord alone, where it was redrawn finer than the rest; None where it was not.
    """

    anatomy: LabelMap
    subregions: LabelMap
    lesions: LabelMap
    modality: Modality
    role: SeriesRole
    series_instance_uid: str
    algorithm: AlgorithmIdentity
    quality: tuple[QualityNote, ...] = ()
    outline_mm: float = 0.0
    axis_label: int = 0
    cord_probability: LabelMap | None = None
    sac_probability: LabelMap | None = None
    lesion_probability: LabelMap | None = None
    cord_outline_mm: float | None = None


class Segmenter(Protocol):
    """The only seam to a network, to a phantom's truth or to masks made elsewhere."""

    @property
    def algorithm(self) -> AlgorithmIdentity:
        """Who segments."""
        ...

    def __call__(self, volume: Volume) -> Segmentation:
        """Masks on the grid of `volume`.

        Raises
        ------
        BundleError
            The model is missing or wrong.
        """
        ...
