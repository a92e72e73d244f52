"""Case of a converted set -> its image and allowed classes at a working spacing, kept as .npy files that are mapped."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spineseg.domain import labels
from spineseg.domain.dataset import NOT_KNOWN, LabelledCase
from spineseg.domain.volume import ImageGrid, LabelMap, Modality, make_grid, resample, to_patient
from spineseg.errors import SettingsError
from spineseg.files import replacing, write_bytes
from spineseg.segmentation.imagefile import read_grid
from spineseg.segmentation.partial import AllowedArray, allowed_classes
from spineseg.segmentation.transforms import CT_KNOTS_HU, patient_box, to_working, working_grid

# Kept around what is labelled: a patch of the anatomy network reaches 60 mm beyond its middle [mm] [P].
MARGIN_MM = 70.0
# MR units are arbitrary: the brightest voxel gets this value, which float16 holds to 0.05 %.
_BRIGHTEST = 10_000.0
_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CachedCase:
    """A case at the working spacing; arrays are mapped from files.

    Parameters
    ----------
    image : (x, y, z) float16
        HU (CT) or scanner units (MR, scaled).
    allowed : (x, y, z) int32
        Sets of classes (`partial`).
    middles : (N, 3) [voxels]
        Middle of what is labelled in each slice that holds a label.
    """

    image: NDArray[np.float16]
    allowed: AllowedArray
    middles: NDArray[np.float64]
    modality: Modality


def cached_case(folder: Path, case: LabelledCase, spacing_mm: float, cache: Path) -> CachedCase:
    """Case at a spacing, made at the first call and mapped from then on.

    Parameters
    ----------
    folder
        Of the converted set.
    cache
        Folder of the kept arrays; its size: docs/retraining.md.

    Raises
    ------
    SettingsError
        A file of the case is not there.
    UnreadableStudyError
        It cannot be read.
    """
    place = cache / f"{case.name}-{_mark(folder, case, spacing_mm)}"
    paths = {name: place / f"{name}.npy" for name in ("image", "allowed", "middles")}
    if not (place / "done").is_file():
        place.mkdir(parents=True, exist_ok=True)
        for name, array in _prepared(folder, case, spacing_mm).items():
            with replacing(paths[name]) as temporary, temporary.open("wb") as file:
                np.save(file, array)
        write_bytes(place / "done", b"")
    image, allowed, middles = (np.load(path, mmap_mode="r") for path in paths.values())
    return CachedCase(image=image, allowed=allowed, middles=np.array(middles), modality=case.modality)


def _mark(folder: Path, case: LabelledCase, spacing_mm: float) -> str:
    """Changes with the files, the meaning of the labels and the spacing."""
    try:
        facts = [(status.st_size, status.st_mtime_ns) for status in _status(folder, case)]
    except FileNotFoundError as error:
        raise SettingsError("a file of the data set is not there", case.name, "convert the set again") from error
    about = [_FORMAT, spacing_mm, list(case.labelled), case.complete_ends, facts]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:16]


def _status(folder: Path, case: LabelledCase) -> tuple[os.stat_result, os.stat_result]:
    return (folder / case.image).stat(), (folder / case.label).stat()


def _prepared(folder: Path, case: LabelledCase, spacing_mm: float) -> dict[str, NDArray[np.generic]]:
    image, anatomy = read_grid(folder / case.image), read_grid(folder / case.label)
    grid = working_grid(image, spacing_mm, box=_box(image, anatomy))
    grey = to_working(_float(image, case.modality), grid, outside=_outside(image, case.modality))
    values = resample(anatomy, grid, order=0).array
    if case.modality is Modality.MR:
        grey *= _BRIGHTEST / max(float(np.abs(grey).max()), float(np.finfo(np.float32).tiny))
    allowed = allowed_classes(values, case.labelled, complete_ends=case.complete_ends, spacing_mm=spacing_mm)
    return {"image": grey.astype(np.float16), "allowed": allowed, "middles": _middles(values)}


def _float(image: ImageGrid, modality: Modality) -> ImageGrid:
    array = image.array.astype(np.float32)
    # As at inference: padding below air is air.
    return make_grid(np.maximum(array, CT_KNOTS_HU[0]) if modality is Modality.CT else array, image.affine)


def _outside(image: ImageGrid, modality: Modality) -> float:
    return CT_KNOTS_HU[0] if modality is Modality.CT else float(image.array.min())


def _box(image: ImageGrid, anatomy: LabelMap) -> NDArray[np.float64]:
    """Box of the labels and a margin, inside the image: (2, 3) [mm, LPS]."""
    whole = patient_box(image)
    points = to_patient(anatomy, np.argwhere(_is_labelled(anatomy.array)))
    return np.stack(
        [
            np.maximum(whole[0], points.min(axis=0) - MARGIN_MM),
            np.minimum(whole[1], points.max(axis=0) + MARGIN_MM),
        ]
    )


def _middles(values: NDArray[np.uint8]) -> NDArray[np.float64]:
    mask = _is_labelled(values)
    heights = np.flatnonzero(mask.any(axis=(0, 1)))
    return np.array([[*np.argwhere(mask[..., height]).mean(axis=0), height] for height in heights]).reshape(-1, 3)


def _is_labelled(values: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.isin(values, (labels.BACKGROUND, NOT_KNOWN), invert=True)
