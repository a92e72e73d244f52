"""Tests of spineseg.segmentation.cord_redrawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.labels import CAUDA_EQUINA, CSF, EPIDURAL_SPACE, SPINAL_CORD
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import Modality, SeriesRole, Volume, like, make_grid
from spineseg.segmentation.cord_redrawn import redraw_cord

SLICES, SIDE, SPACING_MM = 20, 40, (4.0, 0.7, 0.7)
LESION = slice(8, 12)
CORD_GREY, TUMOUR_GREY, FLUID_GREY = 300.0, 380.0, 800.0


def disc(row: float, column: float, radius: float) -> np.ndarray:
    """Voxels of a slice around a point."""
    rows, columns = np.ogrid[:SIDE, :SIDE]
    return (rows - row) ** 2 + (columns - column) ** 2 <= radius**2


def scene(*, noise: float = 20.0, dark_fluid: bool = False) -> tuple[Segmentation, Volume, np.ndarray]:
    """A sac with a cord that a tumour presses to one side; the network took them for each other.

    Returns
    -------
    Masks with the lesion, the image, and the true cord.
    """
    sac, middle, aside = disc(20, 20, 10), disc(20, 20, 5), disc(20, 26, 3.5)
    tumour = disc(20, 14, 8)
    cord = np.stack([aside if LESION.start <= k < LESION.stop else middle for k in range(SLICES)])
    cord &= sac
    lesion = np.zeros(cord.shape, dtype=bool)
    lesion[LESION] = tumour
    cord &= ~lesion
    labels = np.where(sac, CSF, 0) * np.ones((SLICES, 1, 1), dtype=int)
    labels[:, middle] = SPINAL_CORD  # as if there were no tumour
    labels[lesion] = EPIDURAL_SPACE
    inside, outside = (FLUID_GREY, CORD_GREY) if dark_fluid else (CORD_GREY, FLUID_GREY)
    grey = np.where(cord, inside, np.where(lesion, TUMOUR_GREY, outside))
    grey *= np.linspace(1.3, 0.8, SLICES)[:, None, None]  # a coil's shading
    grey += np.random.default_rng(0).normal(0, noise, grey.shape)
    affine = np.array([[0, 0, SPACING_MM[2], 0], [0, SPACING_MM[1], 0, 0], [-SPACING_MM[0], 0, 0, 0], [0, 0, 0, 1.0]])
    anatomy = make_grid(labels.astype(np.uint8), affine)
    masks = Segmentation(
        anatomy=anatomy, subregions=like(anatomy, np.zeros_like(anatomy.array)),
        lesions=like(anatomy, lesion.astype(np.uint8)), modality=Modality.MR, role=SeriesRole.AXIAL_T2,
        series_instance_uid="1", algorithm=AlgorithmIdentity(name="spineseg", version="0", segmenter="bundle"),
        outline_mm=1.5, cord_probability=like(anatomy, (labels == SPINAL_CORD).astype(np.uint8) * np.uint8(255)),
    )  # fmt: skip
    image = like(anatomy, grey.astype(np.float32))
    return masks, Volume(image=image, modality=Modality.MR, role=SeriesRole.AXIAL_T2, series_instance_uid="1"), cord


def dice(first: np.ndarray, second: np.ndarray) -> float:
    """Overlap of two masks."""
    return float(2 * np.count_nonzero(first & second) / (np.count_nonzero(first) + np.count_nonzero(second)))


def test_the_cord_is_found_where_the_tumour_has_pushed_it():
    """Through shading and noise, to nine tenths; the sac and the lesion stay, the outline is fine."""
    masks, volume, cord = scene()
    redrawn = redraw_cord(masks, volume)

    assert dice((masks.anatomy.array == SPINAL_CORD)[LESION], cord[LESION]) < 0.5
    assert dice((redrawn.anatomy.array == SPINAL_CORD)[LESION], cord[LESION]) > 0.9
    sacs = [np.isin(one.anatomy.array, (SPINAL_CORD, CSF)) for one in (masks, redrawn)]
    assert np.array_equal(*sacs)
    assert (redrawn.cord_outline_mm, redrawn.outline_mm) == (pytest.approx(0.7), 1.5)
    assert redrawn.cord_probability is None


def test_an_inverted_contrast_is_read_as_well():
    """Dark fluid around a bright cord, as on T1."""
    masks, volume, cord = scene(dark_fluid=True)

    assert dice((redraw_cord(masks, volume).anatomy.array == SPINAL_CORD)[LESION], cord[LESION]) > 0.9


@pytest.mark.parametrize("why", ["noise", "flat", "other place", "intradural", "ct"])
def test_without_a_sure_answer_the_network_is_left_alone(why: str):
    """Noise like the contrast, no contrast, another cord in the image, a lesion inside the dura, CT."""
    masks, volume, _ = scene(noise=400.0 if why == "noise" else 20.0)
    if why == "flat":
        volume = replace(volume, image=like(volume.image, np.full_like(volume.image.array, 500.0)))
    if why == "other place":
        volume = replace(volume, image=like(volume.image, np.roll(volume.image.array, 5, axis=1)))
    if why == "intradural":
        inside = np.where(masks.lesions.array > 0, CSF, masks.anatomy.array).astype(np.uint8)
        masks = replace(masks, anatomy=like(masks.anatomy, inside))
    if why == "ct":
        masks = replace(masks, modality=Modality.CT)

    assert redraw_cord(masks, volume) is masks


def test_roots_below_the_conus_are_not_called_cord():
    """Where the cauda equina begins nothing is told anew."""
    masks, volume, _ = scene()
    labels = masks.anatomy.array.copy()
    labels[15:][labels[15:] == SPINAL_CORD] = CAUDA_EQUINA
    masks = replace(masks, anatomy=like(masks.anatomy, labels))
    redrawn = redraw_cord(masks, volume).anatomy.array

    assert np.array_equal(redrawn[15:], labels[15:])
    assert not np.array_equal(redrawn[:15], labels[:15])
