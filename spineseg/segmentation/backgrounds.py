"""Healthy real images -> backgrounds: crops at the working spacing with their anatomy, for tumours to be put into."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy import ndimage

from spineseg.domain.segmentation import Segmenter
from spineseg.domain.settingsfile import read_settings_file
from spineseg.domain.volume import ImageGrid, Modality, SeriesRole, Volume, make_grid, resample, spacing_mm
from spineseg.errors import SettingsError
from spineseg.files import replacing, write_bytes
from spineseg.segmentation.background_cleanup import (
    LEAST_RUN_MM,
    SPACING_MM,
    one_column,
    plausible_heights,
    with_cord,
    with_whole_bodies,
)
from spineseg.segmentation.classes import MaskArray, anatomy_targets
from spineseg.segmentation.imagefile import read_grid
from spineseg.segmentation.transforms import CT_KNOTS_HU, to_working, working_grid

logger = logging.getLogger(__name__)

AROUND_COLUMN_MM = 24.0  # muscle and fat beside the column give a tumour its setting [P]


class BackgroundEntry(BaseModel):
    """One image of configs/backgrounds.yaml; paths are relative to the data root."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    image: Path
    modality: Literal["MR", "CT"]
    contrast: str
    licence: Annotated[str, Field(min_length=2)]
    source: Annotated[str, Field(min_length=2)]
    subject: str
    cord_mask: Path | None = None

    @property
    def name(self) -> str:
        """File name without its endings."""
        return self.image.name.split(".")[0]


class _BackgroundList(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    backgrounds: tuple[BackgroundEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Background:
    """A healthy spine on the working grid.

    Parameters
    ----------
    image : (x, y, z) float32
        HU (CT) or scanner units (MR) at 1 mm; x to the patient's left, y to posterior, z to the head.
    classes : (x, y, z) uint8
        Values of `AnatomyClass`.
    heights : (N,) [voxels]
        z of the slices whose canal is plausible: tumours go there.
    native_mm : (3,) [mm]
        Voxel size of the source along x, y and z.
    """

    name: str
    image: NDArray[np.float32]
    classes: MaskArray
    heights: NDArray[np.int64]
    native_mm: tuple[float, float, float]
    modality: Modality
    contrast: str


def read_list(path: Path) -> tuple[BackgroundEntry, ...]:
    """Images of configs/backgrounds.yaml.

    Raises
    ------
    SettingsError
        The file is missing or has a key or value that is not known.
    """
    remedy = "see configs/backgrounds.yaml"
    return read_settings_file(path, _BackgroundList, what="the list of backgrounds", remedy=remedy).backgrounds


def prepare_backgrounds(list_file: Path, data_root: Path, out: Path, segmenter: Segmenter) -> list[Path]:
    """Segment every listed image once and keep what is plausible, as NAME.npz and NAME.json.

    Parameters
    ----------
    out
        Folder outside version control, such as runs/backgrounds.

    Returns
    -------
    Paths of the npz files; an image without a plausible canal is left out and logged.

    Raises
    ------
    SettingsError
        The list cannot be read.
    UnreadableStudyError
        An image cannot be read.
    """
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for entry in read_list(list_file):
        background = make_background(entry, data_root, segmenter)
        if background.heights.size < LEAST_RUN_MM:
            logger.warning("%s: no plausible canal, left out", entry.name)
            continue
        written.append(_write(background, entry, out, segmenter))
    return written


def make_background(entry: BackgroundEntry, data_root: Path, segmenter: Segmenter) -> Background:
    """One image with the anatomy that a segmenter finds on its 1 mm grid, cropped around the column."""
    source = read_grid(data_root / entry.image)
    modality = Modality(entry.modality)
    grid = working_grid(source, SPACING_MM)
    outside = CT_KNOTS_HU[0] if modality is Modality.CT else float(source.array.min())
    image = to_working(make_grid(source.array.astype(np.float32), source.affine), grid, outside=outside)
    volume = Volume(
        image=make_grid(image, grid.affine), modality=modality, role=SeriesRole.OTHER, series_instance_uid=""
    )
    masks = segmenter(volume)
    classes = anatomy_targets(masks.anatomy.array, masks.subregions.array)
    if entry.cord_mask is not None:
        classes = with_cord(classes, resample(read_grid(data_root / entry.cord_mask), grid, order=0).array > 0)
    whole = make_grid(np.ones(tuple(source.spatial_shape), dtype=np.float32), source.affine)
    classes = np.where(to_working(whole, grid, outside=0.0) > 0.5, classes, np.uint8(0))
    classes = with_whole_bodies(one_column(classes))
    crop = _around(classes > 0)
    return Background(
        name=entry.name,
        image=image[crop],
        classes=classes[crop],
        heights=plausible_heights(classes[crop]),
        native_mm=_native_mm(source),
        modality=modality,
        contrast=entry.contrast,
    )


def read_backgrounds(folder: Path, modality: Modality | None = None) -> tuple[Background, ...]:
    """Prepared backgrounds of a folder, by name.

    Parameters
    ----------
    modality
        Only these; all where it is not given.

    Raises
    ------
    SettingsError
        There are none.
    """
    found = [_read(path) for path in sorted(folder.glob("*.npz"))]
    fitting = tuple(one for one in found if modality in (None, one.modality))
    if not fitting:
        raise SettingsError("no backgrounds here", str(folder), "make them with scripts/backgrounds")
    return fitting


def backgrounds_data(folder: Path, modality: Modality | None = None) -> list[dict[str, object]]:
    """Origin, licence and number of images of each source: what a model card must say; parameters as above.

    Raises
    ------
    SettingsError
        The folder was prepared before sources were kept.
    """
    facts = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    used = [one for one in facts if modality is None or one["modality"] == modality.value]
    if any("source" not in one for one in used):
        raise SettingsError("backgrounds without their source", str(folder), "make them again with scripts/backgrounds")
    groups = dict.fromkeys((one["source"], one["licence"]) for one in used)
    return [
        {
            "title": "Healthy real images with synthetic tumours inserted",
            "training_cases": sum((one["source"], one["licence"]) == (source, licence) for one in used),
            "licence": licence,
            "citation": source,
        }
        for source, licence in groups
    ]


def _around(mask: NDArray[np.bool_]) -> tuple[slice, ...]:
    """Box around a mask with its margin; the whole grid where the mask is empty."""
    boxes = ndimage.find_objects(mask.view(np.uint8))
    if not boxes:
        return (slice(None),) * mask.ndim
    margin = round(AROUND_COLUMN_MM / SPACING_MM)
    return tuple(
        slice(max(0, part.start - margin), min(count, part.stop + margin))
        for part, count in zip(boxes[0], mask.shape, strict=True)
    )


def _native_mm(source: ImageGrid) -> tuple[float, float, float]:
    """Voxel size along the patient axis nearest to each axis of the grid."""
    steps = np.abs(np.asarray(source.affine)[:3, :3])
    size = spacing_mm(source)[steps.argmax(axis=1)]
    return (float(size[0]), float(size[1]), float(size[2]))


def _write(background: Background, entry: BackgroundEntry, out: Path, segmenter: Segmenter) -> Path:
    path = out / f"{background.name}.npz"
    with replacing(path) as temporary:
        # Half precision resolves one part in two thousand: finer than any noise.
        np.savez_compressed(
            temporary,
            image=background.image.astype(np.float16),
            classes=background.classes,
            heights=background.heights,
        )
    facts = {
        **entry.model_dump(mode="json"),
        "native_mm": background.native_mm,
        "segmenter": segmenter.algorithm.name,
        "weights_sha256": segmenter.algorithm.weights_sha256,
        "use": "training backgrounds only; not part of the project",
    }
    write_bytes(path.with_suffix(".json"), (json.dumps(facts, indent=2) + "\n").encode())
    return path


def _read(path: Path) -> Background:
    facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    native: Sequence[float] = facts["native_mm"]
    with np.load(path) as stored:
        return Background(
            name=path.stem,
            image=stored["image"].astype(np.float32),
            classes=stored["classes"],
            heights=stored["heights"],
            native_mm=(native[0], native[1], native[2]),
            modality=Modality(facts["modality"]),
            contrast=facts["contrast"],
        )
