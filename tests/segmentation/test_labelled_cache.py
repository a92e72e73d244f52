from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from spineseg.domain.dataset import read_labelled_set
from spineseg.domain.volume import Modality
from spineseg.errors import SettingsError
from spineseg.segmentation.classes import AnatomyClass
from spineseg.segmentation.labelled_cache import cached_case
from spineseg.segmentation.partial import bits
from tests.segmentation.labelled_sets import labelled_set

VERTEBRA = bits(AnatomyClass.VERTEBRAL_BODY, AnatomyClass.POSTERIOR_ELEMENTS)


def test_a_case_lies_on_the_working_grid(tmp_path: Path) -> None:
    """At 4 mm bright bone lies where the labels allow bone only, and each slice with labels has its middle."""
    folder = labelled_set(tmp_path)
    case = read_labelled_set(folder).training[0]

    cached = cached_case(folder, case, 4.0, tmp_path / "cache")

    assert cached.image.shape == (16, 18, 20)
    is_bone = np.asarray(cached.allowed) == VERTEBRA
    grey = np.asarray(cached.image, np.float32)
    assert grey[is_bone].mean() > 300
    assert grey[~is_bone].mean() < 120
    np.testing.assert_allclose(cached.middles[0], [*np.argwhere(is_bone[..., 2]).mean(axis=0), 2], atol=0.6)


def test_a_second_call_maps_the_files(tmp_path: Path) -> None:
    """What was made once is not made again: the source can even be unreadable, as long as it looks the same."""
    folder = labelled_set(tmp_path)
    case = read_labelled_set(folder).training[0]
    first = cached_case(folder, case, 4.0, tmp_path / "cache")
    image = folder / case.image
    status = image.stat()
    image.write_bytes(b"x" * status.st_size)
    os.utime(image, ns=(status.st_mtime_ns, status.st_mtime_ns))

    again = cached_case(folder, case, 4.0, tmp_path / "cache")

    np.testing.assert_array_equal(again.image, first.image)
    assert isinstance(again.image, np.memmap)


def test_a_corrected_label_file_is_read_anew(tmp_path: Path) -> None:
    """A newer file leads to a new entry."""
    folder = labelled_set(tmp_path)
    case = read_labelled_set(folder).training[0]
    cached_case(folder, case, 4.0, tmp_path / "cache")
    os.utime(folder / case.label, (1, 1))

    cached_case(folder, case, 4.0, tmp_path / "cache")

    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_mr_keeps_its_contrast(tmp_path: Path) -> None:
    """Units of MR are scaled into half precision; the ratio of two tissues stays."""
    folder = labelled_set(tmp_path, modality=Modality.MR)
    case = read_labelled_set(folder).training[0]

    cached = cached_case(folder, case, 2.0, tmp_path / "cache")

    is_bone = np.asarray(cached.allowed) == VERTEBRA
    grey = np.asarray(cached.image, np.float32)
    assert grey.max() == 10_000
    assert grey[is_bone].mean() / grey[~is_bone].mean() == pytest.approx(440 / 40, rel=0.35)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    """A set whose files were moved away ends with one line."""
    folder = labelled_set(tmp_path)
    case = read_labelled_set(folder).training[0]
    (folder / case.label).unlink()

    with pytest.raises(SettingsError, match="convert the set again"):
        cached_case(folder, case, 4.0, tmp_path / "cache")
