"""VerSe 2019/2020 folder (CT), BIDS-like or flat -> SourceCases with the set's own centroids as landmarks."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np

from spineseg.datasets.sourcecase import Landmark, SourceCase, image_reader, label_reader, no_landmarks, stem
from spineseg.domain import labels
from spineseg.domain.dataset import Names, Split, Structure
from spineseg.domain.volume import LabelMap, Modality, spacing_mm, to_patient
from spineseg.errors import SettingsError, UnreadableStudyError

_COCCYX = 27  # in the table of the set, never used
# T13 is 28 and L6 25: order by value is not order along the spine.
VALUES = {value: value for value in (*labels.VERTEBRA_VALUES.values(), labels.SACRUM)}
# Unit vectors [LPS] of the letters of an orientation code: an axis P runs to posterior.
_LETTERS = {"L": (1, 0, 0), "R": (-1, 0, 0), "P": (0, 1, 0), "A": (0, -1, 0), "S": (0, 0, 1), "I": (0, 0, -1)}
_ISOTROPIC_MM = 1.0  # grid of the points in *_iso-ctd.json
_FOLDERS = {"training": Split.TRAINING, "validation": Split.VALIDATION, "test": Split.TEST}


def find(src: Path) -> list[SourceCase]:
    """Scans below a folder, one subset or several.

    Raises
    ------
    SettingsError
        There is neither rawdata/sub-*/ nor verse*.nii.gz.
    """
    images = sorted(src.glob("**/rawdata/sub-*/*_ct.nii.gz"))
    flat = sorted(path for path in src.glob("**/verse*.nii.gz") if not stem(path).endswith("_seg"))
    if not images and not flat:
        raise SettingsError("no VerSe set here", str(src), "give a folder with rawdata/ and derivatives/")
    return [*(_bids(image) for image in images), *(_flat(image) for image in flat)]


def _bids(image: Path) -> SourceCase:
    derivatives = image.parents[2] / "derivatives" / image.parent.name
    start = stem(image).removesuffix("_ct")
    entities = dict(part.split("-", 1) for part in start.split("_") if "-" in part)
    return _case(
        image,
        derivatives / f"{start}_seg-vert_msk.nii.gz",
        derivatives / f"{start}_seg-subreg_ctd.json",
        name=start,
        patient=entities.get("split", entities["sub"]),  # parts of one scan name the scan that was split
        isotropic=False,
    )


def _flat(image: Path) -> SourceCase:
    name = stem(image)
    points = image.with_name(f"{name}_iso-ctd.json")
    return _case(
        image, image.with_name(f"{name}_seg.nii.gz"), points, name=name, patient=name, isotropic=True
    )  # fmt: skip


def _case(image: Path, mask: Path, points: Path, *, name: str, patient: str, isotropic: bool) -> SourceCase:
    has_points = points.is_file()
    return SourceCase(
        name=name,
        patient=patient,
        modality=Modality.CT,
        files=(image, mask, *([points] if has_points else [])),
        read_image=image_reader(image, Modality.CT),
        read_labels=label_reader(mask),
        values=VALUES,
        # Some scans carry a sacrum, most do not: the map is not complete about it.
        labelled=(Structure.VERTEBRA,),
        names=Names.GIVEN,
        complete_ends=False,
        split=_split(image),
        landmarks=partial(_landmarks, points, isotropic=isotropic) if has_points else no_landmarks,
    )


def _split(image: Path) -> Split | None:
    for folder in image.parents:
        for word, split in _FOLDERS.items():
            if word in folder.name:
                return split
    return None


def _landmarks(path: Path, grid: LabelMap, *, isotropic: bool) -> tuple[Landmark, ...]:
    """Centroids [voxels along the axes that the file names] in patient space."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        axes = next(entry["direction"] for entry in entries if "direction" in entry)
        points = [(int(entry["label"]), [float(entry[key]) for key in "XYZ"]) for entry in entries if "label" in entry]
        vectors = np.array([_LETTERS[letter] for letter in axes], dtype=np.float64)
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
        raise UnreadableStudyError("centroids cannot be read", path.name, "restore or delete the file") from error
    spacing = spacing_mm(grid)
    directions = np.asarray(grid.affine, dtype=np.float64)[:3, :3] / spacing
    found = []
    for label, coordinates in points:
        index = np.zeros(3)
        for vector, coordinate in zip(vectors, coordinates, strict=True):
            along = vector @ directions
            axis = int(np.argmax(np.abs(along)))
            voxels = coordinate * _ISOTROPIC_MM / spacing[axis] if isotropic else coordinate
            index[axis] = voxels if along[axis] > 0 else grid.spatial_shape[axis] - 1 - voxels
        x, y, z = to_patient(grid, index).tolist()
        if label != _COCCYX:
            found.append(Landmark(value=VALUES.get(label, label), point_mm=(x, y, z)))
    return tuple(found)
