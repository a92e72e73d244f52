"""Masks made by another program + Volume -> Segmentation: the same seam as the networks, `--segmenter masks:PATH`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spineseg import __version__
from spineseg.domain import labels
from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import LabelMap, Volume, like, make_grid, resample, to_patient
from spineseg.errors import SettingsError
from spineseg.segmentation.classes import MaskArray
from spineseg.segmentation.cleanup import lesion_instances
from spineseg.segmentation.foreign import TOTALSEGMENTATOR, MaskKind, read_foreign
from spineseg.segmentation.imagefile import IMAGE_SUFFIXES, read_grid, read_segmentation_object
from spineseg.segmentation.placing import place_numbers

# Half the sagittal diameter of the canal, 15-18 mm (Panjabi et al. 1991): where bodies end and arches begin.
CANAL_RADIUS_MM = 8.0
LESIONS_SUFFIX = "-lesions"


class MaskSegmenter:
    """Label maps from a file as a `Segmenter`.

    Parameters
    ----------
    path
        NIfTI, MHA, NRRD or DICOM SEG with the values of `domain.labels`, or a TotalSegmentator v2 "total" map.
        Lesions, if any, in `NAME-lesions` beside it.
    kind
        Program that made the map; ours or TotalSegmentator's "total", told by their values, where it is not given.

    Raises
    ------
    SettingsError
        There is no such file.
    UnreadableStudyError
        It cannot be read.
    """

    def __init__(self, path: Path, kind: MaskKind | None = None) -> None:
        if not path.is_file():
            raise SettingsError("no mask file", str(path), "give --segmenter masks:FILE")
        self._kind = kind
        self._subregions: LabelMap | None = None
        if kind is None:
            self._anatomy, lesions_only = _read(path)
            if lesions_only:
                raise SettingsError("the masks hold no anatomy", str(path), "give them with --lesions instead")
        else:
            self._anatomy, parts = read_foreign(path, kind)
            self._subregions = None if parts is None else like(self._anatomy, parts)
        beside = _lesion_file(path)
        self._lesions = None if beside is None else _read(beside)[0]

    @property
    def algorithm(self) -> AlgorithmIdentity:
        """Masks from elsewhere; no network of ours took part."""
        who = "masks" if self._kind is None else f"masks of {self._kind}"
        return AlgorithmIdentity(name="spineseg", version=__version__, segmenter=who)

    def __call__(self, volume: Volume) -> Segmentation:
        """The masks on the grid of `volume`, nearest neighbour."""
        anatomy = resample(self._anatomy, volume.image, order=0)
        empty = like(volume.image, np.zeros_like(anatomy.array))
        lesions = empty if self._lesions is None else number_lesions(self._lesions, volume)
        codes = [] if anatomy.array.any() else [QualityCode.NO_SPINE_FOUND]
        if self._lesions is None:
            codes.append(QualityCode.LESIONS_NOT_ASSESSED)
        return Segmentation(
            anatomy=like(volume.image, anatomy.array),
            subregions=like(volume.image, self._parts(anatomy, volume)),
            lesions=lesions,
            modality=volume.modality,
            role=volume.role,
            series_instance_uid=volume.series_instance_uid,
            algorithm=self.algorithm,
            quality=tuple(
                QualityNote(code=code, series_instance_uid=volume.series_instance_uid or None) for code in codes
            ),
        )

    def _parts(self, anatomy: LabelMap, volume: Volume) -> MaskArray:
        if self._subregions is None:
            return split_vertebrae(anatomy)
        parts: MaskArray = resample(self._subregions, volume.image, order=0).array
        return parts


def number_lesions(mask: LabelMap, volume: Volume) -> LabelMap:
    """Connected parts of a mask as lesions 1..n on the grid of `volume`, cranial to caudal."""
    parts = lesion_instances(like(mask, (mask.array > 0).astype(np.uint8)), least_mm3=0.0)
    return place_numbers(like(mask, parts), volume.image)


def split_vertebrae(anatomy: LabelMap) -> MaskArray:
    """Body or posterior elements of each vertebra voxel: bodies lie anterior to the canal.

    Parameters
    ----------
    anatomy : (slice, row, column) uint8
        Label values.

    Returns
    -------
    (slice, row, column) uint8
        Subregions; every vertebra voxel is body where no canal is given.
    """
    result = np.zeros(anatomy.array.shape, dtype=np.uint8)
    bone = np.argwhere(np.isin(anatomy.array, [value for value in labels.ANATOMY if labels.is_vertebra(value)]))
    if len(bone) == 0:
        return result
    points = to_patient(anatomy, bone)
    border = _posterior_wall(anatomy, points[:, 2])
    is_body = points[:, 1] < border
    result[tuple(bone.T)] = np.where(is_body, labels.VERTEBRAL_BODY, labels.POSTERIOR_ELEMENTS)
    return result


def _posterior_wall(anatomy: LabelMap, heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where bodies end [mm, LPS y] at given heights [mm, LPS z]."""
    canal = to_patient(anatomy, np.argwhere(np.isin(anatomy.array, labels.CANAL_CONTENT)))
    if len(canal) == 0:
        return np.full(len(heights), np.inf)
    bins = np.round(canal[:, 2] / 2).astype(int)  # of 2 mm
    levels, inverse = np.unique(bins, return_inverse=True)
    middle = np.bincount(inverse, weights=canal[:, 1]) / np.bincount(inverse)
    wall: NDArray[np.float64] = np.interp(heights, 2.0 * levels, middle - CANAL_RADIUS_MM)
    return wall


def _read(path: Path) -> tuple[LabelMap, bool]:
    if not path.name.endswith(IMAGE_SUFFIXES):
        return read_segmentation_object(path)
    grid = read_grid(path)
    values = _to_our_values(np.rint(grid.array).astype(np.int64), path)
    return make_grid(np.clip(values, 0, 255).astype(np.uint8), grid.affine), False


def _to_our_values(values: NDArray[np.int64], path: Path) -> NDArray[np.int64]:
    present = set(np.unique(values).tolist()) - {0}
    if present <= set(labels.ANATOMY):
        return values
    # 29, 30, 59 and 65-100 are no values of ours: a map that has them is TotalSegmentator's.
    if not present <= set(range(1, 118)):
        raise SettingsError("unknown values in the masks", path.name, "use the values of docs/architecture.md")
    table = np.zeros(118, dtype=np.int64)
    table[list(TOTALSEGMENTATOR)] = list(TOTALSEGMENTATOR.values())
    translated: NDArray[np.int64] = table[values]
    return translated


def _lesion_file(path: Path) -> Path | None:
    for suffix in IMAGE_SUFFIXES:
        if path.name.endswith(suffix):
            beside = path.with_name(path.name.removesuffix(suffix) + LESIONS_SUFFIX + suffix)
            return beside if beside.is_file() else None
    return None
