"""Tests of spineseg.evaluation.casepictures."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from spineseg.domain.volume import Modality, SeriesRole, Volume
from spineseg.evaluation.casepictures import draw_case
from tests.evaluation.toys import SHAPE, label_map, numbered_bodies, segmentation


def _picture(*, found: bool, reference: bool) -> NDArray[np.int16]:
    """(row, column, 3) of the toy, with masks and reference where asked for."""
    image = np.full(SHAPE, 60, np.float32)
    image[0] = 100
    volume = Volume(
        image=label_map(image),
        modality=Modality.MR,
        role=SeriesRole.SAGITTAL_T2,
        series_instance_uid="",
    )
    nothing = label_map(np.zeros(SHAPE, np.uint8))
    masks = segmentation() if found else replace(segmentation(), anatomy=nothing, subregions=nothing)
    png = draw_case(volume, masks, [label_map(numbered_bodies())] if reference else [], title="toy", subtitle="T2")
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(np.int16)


def _magenta(picture: NDArray[np.int16]) -> int:
    red, green, blue = picture[..., 0], picture[..., 1], picture[..., 2]
    return int(np.count_nonzero((red - green > 60) & (blue - green > 60)))


def test_the_reference_is_drawn_beside_what_was_found() -> None:
    """Magenta shows where there is a reference, and only then."""
    assert _magenta(_picture(found=True, reference=True)) > 200
    assert _magenta(_picture(found=True, reference=False)) < 20


@pytest.mark.parametrize("reference", [True, False])
def test_nothing_found_is_drawn_too(reference: bool) -> None:
    """A case without masks has a picture, with its reference where it has one."""
    assert (_magenta(_picture(found=False, reference=reference)) > 200) is reference


def test_pictures_are_small() -> None:
    """No side is over 1000 pixels."""
    assert max(_picture(found=True, reference=True).shape) <= 1000
