"""Tests of spineseg.evaluation.casepictures."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from spineseg.domain.volume import Modality, SeriesRole, Volume
from spineseg.evaluation import casepictures
from spineseg.evaluation.casepictures import draw_case
from spineseg.reporting.outlines import Structure
from spineseg.reporting.planes import Plane
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


def test_names_counted_on_a_networks_masks_have_a_question_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    """Masks at a network's resolution carry assumed names only; masks that were given keep theirs."""
    told: list[set[str]] = []
    draw = casepictures.draw_plane

    def noting(grey: NDArray[np.uint8], plane: Plane, structures: Sequence[Structure] = ()) -> NDArray[np.uint8]:
        told.append({structure.label for structure in structures})
        return draw(grey, plane, structures)

    monkeypatch.setattr(casepictures, "draw_plane", noting)
    given = segmentation(offset=20)
    volume = Volume(
        image=label_map(np.full(SHAPE, 60, np.float32)), modality=Modality.MR, role=SeriesRole.SAGITTAL_T2,
        series_instance_uid="",
    )  # fmt: skip
    for outline_mm in (0.0, 1.5):
        draw_case(volume, replace(given, outline_mm=outline_mm), [], title="toy", subtitle="T2")

    assert told[0] >= {"L2", "L3", "L4"}
    assert told[2] >= {"L2?", "L3?", "L4?"}


def test_pictures_are_small() -> None:
    """No side is over 1000 pixels."""
    assert max(_picture(found=True, reference=True).shape) <= 1000
