"""Case of a datalist + data folder -> Volume and its reference labels on the same voxels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import highdicom
import numpy as np

from spineseg.domain.volume import LabelMap, Modality, Volume, make_grid, resample
from spineseg.errors import SettingsError
from spineseg.evaluation.datalist import ImageCase
from spineseg.ingest import load_image_file
from spineseg.pipeline import load_series_folder

_HIGHEST_LABEL = np.iinfo(np.uint8).max


def check_data_folder(data_root: Path) -> Path:
    """The data folder itself.

    Raises
    ------
    SettingsError
        It is not there.
    """
    if not data_root.is_dir():
        raise SettingsError("the data folder is not there", str(data_root), "name it with --data DIR")
    return data_root


def check_any_image(cases: Sequence[ImageCase], data_root: Path) -> None:
    """Tell a wrong data folder from one that lacks some files.

    Raises
    ------
    SettingsError
        No image of any case is there.
    """
    check_data_folder(data_root)
    if not any((data_root / case.image).exists() for case in cases):
        raise SettingsError("the data folder holds no image of the list", str(data_root), "check --data and --list")


def missing_files(case: ImageCase, data_root: Path) -> tuple[str, ...]:
    """Files of a case that are not there, relative to the data folder."""
    wanted = dict.fromkeys([case.image, *(reference.mask for reference in case.references)])
    return tuple(path for path in wanted if not (data_root / path).exists())


def load_case(case: ImageCase, data_root: Path) -> Volume:
    """Image of a case, in the role that the datalist gives it.

    Raises
    ------
    InputError
        It cannot be used.
    """
    path = data_root / case.image
    volume = load_series_folder(path) if path.is_dir() else load_image_file(path, modality=case.modality)
    return replace(volume, role=case.series)


def load_labels(path: Path, grid: highdicom.Volume) -> LabelMap:
    """Label file on the voxels of an image, nearest neighbour.

    Raises
    ------
    InputError
        It cannot be read.
    """
    labels = load_image_file(path, modality=Modality.MR).image
    whole = np.clip(np.rint(labels.array), 0, _HIGHEST_LABEL).astype(np.uint8)
    return resample(make_grid(whole, labels.affine), grid, order=0)
