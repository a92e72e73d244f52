from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from spineseg.datasets.convert import convert
from spineseg.datasets.sets import find_cases
from spineseg.domain.dataset import Split
from spineseg.segmentation.imagefile import read_grid
from tests.datasets import miniatures


def test_a_sagittal_mask_lies_on_axial_slices(tmp_path: Path) -> None:
    """Slices sorted by place, not by name, and a mask in sagittal storage: bright bone under every label."""
    source, cases = find_cases("rsna2022", miniatures.rsna2022(tmp_path / "src"))

    conversion = convert(source, cases, tmp_path / "out")

    assert conversion.records[0].refused == ()
    (case,) = (case for split in Split for case in conversion.labelled.of(split))
    image, label = read_grid(tmp_path / "out" / case.image), read_grid(tmp_path / "out" / case.label)
    assert sorted(np.unique(label.array)) == [0, 6, 7, 8]
    assert image.array[label.array > 0].min() > 300
    assert image.array[label.array == 0].max() < 300


def test_a_mask_read_without_its_header_is_refused(tmp_path: Path) -> None:
    """The Z-flip that users of the set met: the order of the levels, or the fit to the image, gives it away."""
    folder = miniatures.rsna2022(tmp_path / "src")
    mask = next((folder / "segmentations").iterdir())
    import SimpleITK

    image = SimpleITK.ReadImage(str(mask))
    turned = SimpleITK.GetImageFromArray(np.flip(SimpleITK.GetArrayFromImage(image), axis=1))
    turned.CopyInformation(image)
    SimpleITK.WriteImage(turned, str(mask))
    source, cases = find_cases("rsna2022", folder)

    (record,) = convert(source, cases, tmp_path / "out").records

    assert any(reason.startswith(("order", "left-right")) for reason in record.refused)


def test_known_bad_masks_are_refused(tmp_path: Path) -> None:
    """The two masks that participants reported as wrong stay out."""
    folder = miniatures.rsna2022(tmp_path / "src", uid="1.2.826.0.1.3680043.20574")
    source, cases = find_cases("rsna2022", folder)

    assert convert(source, cases, tmp_path / "out").records[0].refused == (
        "known: reported as wrong by users of the set",
    )


@pytest.mark.skipif(shutil.which("dcmcjpeg") is None, reason="DCMTK's dcmcjpeg is not on this machine")
def test_a_jpeg_lossless_slice_is_read(tmp_path: Path) -> None:
    """One slice of the series in JPEG lossless, as in the set: the case converts with the same voxels."""
    folder = miniatures.rsna2022(tmp_path / "src")
    slice_file = next((folder / "train_images").glob("*/20.dcm"))
    subprocess.run(["dcmcjpeg", "+e1", str(slice_file), str(slice_file)], check=True)
    source, cases = find_cases("rsna2022", folder)

    (record,) = convert(source, cases, tmp_path / "out").records

    assert record.refused == ()
    assert record.values == (6, 7, 8)
