"""Tests of the image job: what a bundle's own run command writes is what `spineseg segment` writes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from spineseg.cli import main
from spineseg.domain import labels
from spineseg.domain.volume import Modality
from spineseg.errors import EXIT_DONE, SettingsError
from spineseg.imagejob import lesion_file, segment_file
from spineseg.segmentation.imagefile import write_grid
from spineseg.segmentation.inference import BundleSegmenter
from tests.segmentation.conftest import exact_bundles
from tests.segmentation.test_inference import SPINE, coded_volume

__all__ = ["exact_bundles"]  # a fixture of the bundles' own tests


def _array(path: Path) -> np.ndarray:
    return SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))


def _write_image(path: Path) -> None:
    classes, _ = SPINE.grids()
    write_grid(coded_volume(classes, Modality.CT).image, path)


def test_monais_run_command_gives_the_mask_of_segment(exact_bundles: Path, tmp_path: Path) -> None:
    """`python -m monai.bundle run` in the bundle's folder: names, lesions and grid as from `spineseg segment`."""
    image, ours, theirs = (tmp_path / name for name in ("in.nii.gz", "ours.nii.gz", "theirs.nii.gz"))
    _write_image(image)

    assert main(["segment", str(image), "-o", str(ours), "--model", str(exact_bundles)]) == EXIT_DONE
    command = [sys.executable, "-m", "monai.bundle", "run", "--config_file", "configs/inference.json"]
    command += ["--bundle_root", ".", "--input", str(image), "--output", str(theirs)]
    done = subprocess.run(
        command, cwd=exact_bundles / "anatomy", capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert labels.SPINAL_CANAL in _array(ours)
    assert np.array_equal(_array(ours), _array(theirs))
    assert np.array_equal(_array(lesion_file(ours)), _array(lesion_file(theirs)))
    assert SimpleITK.ReadImage(str(ours)).GetOrigin() == SimpleITK.ReadImage(str(theirs)).GetOrigin()


def test_a_label_file_of_an_unknown_kind_is_refused_before_the_image_is_read(
    exact_bundles: Path, tmp_path: Path
) -> None:
    """The ending is named, and the kinds that can be written."""
    with pytest.raises(SettingsError, match="nrrd"):
        segment_file(BundleSegmenter(exact_bundles, device="cpu"), tmp_path / "gone.nii.gz", tmp_path / "out.png")
