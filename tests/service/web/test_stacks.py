"""Tests of spineseg.service.web.stacks: slices as acquired, with outlines where the masks are."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from spineseg.domain.labels import LESION_RGB
from spineseg.errors import InputError
from spineseg.reporting import read_findings
from spineseg.segmentation.prior import read_prior_masks
from spineseg.service.web.stacks import Stack, Stacks, _elsewhere


@pytest.fixture(scope="module")
def stack(analysed_files: Path) -> Stack:
    """The axial series with its lesion."""
    (one,) = _stacks(analysed_files)
    return one


def _stacks(folder: Path) -> tuple[Stack, ...]:
    findings = read_findings(folder / "result" / "report.sr.dcm")
    return Stacks().of(folder / "images", folder / "result", findings)


def _picture(stack: Stack, folder: Path, *, outlines: bool) -> NDArray[np.int32]:
    findings = read_findings(folder / "result" / "report.sr.dcm")
    png = stack.png(stack.start(findings), findings, outlines=outlines)
    return np.asarray(Image.open(io.BytesIO(png)), dtype=np.int32)


def test_the_lesion_is_outlined_where_it_lies(stack: Stack, analysed_files: Path) -> None:
    """It lies to the patient's left, the right half of an axial slice as acquired; without outlines, nothing."""
    plain, outlined = (_picture(stack, analysed_files, outlines=on) for on in (False, True))
    red = np.abs(outlined - np.array(LESION_RGB)).max(axis=-1) < 12
    columns = np.nonzero(red)[1]

    assert max(plain.shape) == 640
    assert len(columns) > 200
    assert columns.mean() > plain.shape[1] / 2
    assert not np.any(np.abs(plain - np.array(LESION_RGB)).max(axis=-1) < 12)


def test_the_grey_is_the_image_s_own(stack: Stack, analysed_files: Path) -> None:
    """CSF is brighter than the cord beside it, wherever the picture's pixels are finer than the image's."""
    plain = _picture(stack, analysed_files, outlines=False)[..., 0]
    scale = plain.shape[0] / 72  # pixels for each of the image's 72 rows
    middle = int(35.5 * scale)

    assert plain[middle, int(25 * scale)] > plain[middle, int(31 * scale)]


def test_a_lesion_has_its_number_on_every_series_that_shows_it(stack: Stack, analysed_files: Path) -> None:
    """A series whose masks track it under another UID takes the number by place, in one frame only."""
    findings = read_findings(analysed_files / "result" / "report.sr.dcm")
    (measured,) = read_prior_masks(analysed_files / "result")
    other = replace(measured, series_instance_uid="1.9", tracking_uids={1: "1.9.1"})
    volume = replace(stack.volume, series_instance_uid="1.9")
    masks = {measured.series_instance_uid: measured, "1.9": other}
    frame = volume.image.frame_of_reference_uid
    numbers = []
    for measured_in in (frame, "1.8"):
        frames = {measured.series_instance_uid: measured_in, "1.9": frame}
        shown = replace(stack, volume=volume, masks=other, elsewhere=_elsewhere(volume, masks, frames))
        numbers.append(shown._ranks(findings))

    assert numbers == [{1: 1}, {}]
    assert stack._ranks(findings) == {1: 1}


def test_purged_images_are_said_to_be_gone(analysed_files: Path, tmp_path: Path) -> None:
    """In one line, not as a defect."""
    findings = read_findings(analysed_files / "result" / "report.sr.dcm")

    with pytest.raises(InputError, match="not there any more"):
        Stacks().of(tmp_path / "images", analysed_files / "result", findings)


def test_two_studies_are_kept(analysed_files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A study that is looked at again is not read again, and the oldest goes."""
    read: list[Path] = []
    monkeypatch.setattr("spineseg.service.web.stacks._read", lambda images, _result: read.append(images) or ())
    findings = read_findings(analysed_files / "result" / "report.sr.dcm")
    stacks = Stacks()
    for name in "aabcba":
        stacks.of(Path(name), Path(name), findings)

    assert [path.name for path in read] == ["a", "b", "c", "a"]
