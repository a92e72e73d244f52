from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from spineseg.domain import labels
from spineseg.domain.quality import QualityCode
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import ImageGrid, Modality, SeriesRole, Volume, make_grid, resample, same_grid, to_patient
from spineseg.errors import BundleNotFoundError, SettingsError
from spineseg.segmentation.classes import AnatomyClass, LesionClass, Stage
from spineseg.segmentation.inference import BundleSegmenter
from spineseg.segmentation.metadata import METADATA, WEIGHTS
from spineseg.segmentation.transforms import CT_KNOTS, CT_KNOTS_HU
from tests.segmentation.conftest import CODES
from tests.segmentation.spines import ToySpine

SPINE = ToySpine(heights=(28, 27, 26))
CODE = CODES[Stage.ANATOMY]
# Value of a coded background: code 0 is -0.9.
EMPTY = float(CODE[0])


def coded_volume(
    classes: NDArray[np.uint8], modality: Modality, *, pad: int = 0, order: tuple[int, int, int] = (0, 2, 1)
) -> Volume:
    """Volume whose intensity tells the class: 1.5 mm voxels, sagittal slices, head first."""
    classes = np.pad(classes, pad)
    network = CODE[classes]
    image = np.interp(network, CT_KNOTS, CT_KNOTS_HU) if modality is Modality.CT else 1000 * (network + 1)
    if modality is Modality.MR:
        # A side of each extreme pins the percentiles that inference normalises with.
        image[:3], image[-3:] = 1.0, 2000.0
        image[0, 0, 0] = 0.0
    affine = np.zeros((4, 4))
    for column, axis in enumerate(order):
        affine[axis, column] = 1.5
    affine[:, 3] = (-40.0, -60.0, -80.0, 1.0)
    return Volume(
        image=make_grid(np.ascontiguousarray(image.transpose(order), dtype=np.float32), affine, "1.2.3"),
        modality=modality,
        role=SeriesRole.CT if modality is Modality.CT else SeriesRole.AXIAL_T2,
        series_instance_uid="1.2.3.4",
    )


def codes_of(segmentation: Segmentation) -> set[QualityCode]:
    """Doubts of a result."""
    return {note.code for note in segmentation.quality}


def heights(mask: ImageGrid, value: int) -> float:
    """Mean height of a label [mm, LPS z]."""
    return float(to_patient(mask, np.argwhere(mask.array == value))[:, 2].mean())


def test_ct_gives_an_undivided_canal_and_no_lesions(exact_bundles: Path) -> None:
    """On CT the canal is 64, never cord or sac, and both limits are said."""
    classes, _ = SPINE.grids()

    result = BundleSegmenter(exact_bundles, device="cpu")(coded_volume(classes, Modality.CT))

    values = set(np.unique(result.anatomy.array).tolist())
    assert {31, 32, 33, labels.SACRUM, labels.SPINAL_CANAL} <= values
    assert not values & {60, 61, 62, 63}
    assert not result.lesions.array.any()
    assert codes_of(result) == {
        QualityCode.CORD_NOT_SEPARABLE,
        QualityCode.LESIONS_NOT_ASSESSED,
        QualityCode.SYNTHETIC_TRAINING_ONLY,
    }


@pytest.mark.parametrize("order", [(0, 2, 1), (2, 1, 0), (1, 2, 0)])
def test_a_large_ct_is_searched_cropped_and_labelled_in_place(exact_bundles: Path, order: tuple[int, int, int]) -> None:
    """With the spine in a corner of a large volume every voxel still gets its label, in any plane."""
    classes, truth = SPINE.grids()
    volume = coded_volume(classes, Modality.CT, pad=20, order=order)

    result = BundleSegmenter(exact_bundles, device="cpu")(volume)

    expected = np.pad(np.where(truth > 0, truth + labels.UNNAMED_OFFSET, 0), 20).transpose(order)
    found = np.where(np.isin(result.anatomy.array, (31, 32, 33)), result.anatomy.array, 0)
    assert same_grid(result.anatomy, volume.image)
    both = (found > 0) & (expected > 0)
    # The crop's voxels lie between those of the image: coded intensities mix at borders, so some border is lost.
    assert np.count_nonzero(both) > 0.7 * np.count_nonzero(expected)
    assert np.mean(found[both] == expected[both]) > 0.99
    assert heights(result.anatomy, 31) > heights(result.anatomy, 32) > heights(result.anatomy, 33)


def test_no_spine_gives_zeros_and_says_so(exact_bundles: Path) -> None:
    """An image without a spine is a result: all masks zero, the reason among the doubts."""
    classes = np.zeros((60, 60, 60), np.uint8)
    classes[10:14, 10:14, 10:14] = AnatomyClass.VERTEBRAL_BODY

    result = BundleSegmenter(exact_bundles, device="cpu")(coded_volume(classes, Modality.CT))

    assert not any(mask.array.any() for mask in (result.anatomy, result.subregions, result.lesions))
    assert QualityCode.NO_SPINE_FOUND in codes_of(result)


def test_mr_keeps_cord_and_sac_and_names_its_limits(exact_bundles: Path) -> None:
    """On MR cord, CSF and epidural space are told apart, and subregions lie on vertebrae only."""
    classes, _ = SPINE.grids()

    result = BundleSegmenter(exact_bundles, device="cpu")(coded_volume(classes, Modality.MR))

    anatomy = result.anatomy.array
    assert {60, 61, 62} <= set(np.unique(anatomy).tolist())
    parts = result.subregions.array
    assert np.all(np.isin(anatomy[np.isin(parts, (labels.POSTERIOR_ELEMENTS, labels.VERTEBRAL_BODY))], (31, 32, 33)))
    # The bright side of a coded volume reads as the last class: ribs, which belong to no vertebra.
    assert set(np.unique(parts)) == {0, labels.POSTERIOR_ELEMENTS, labels.VERTEBRAL_BODY, labels.RIB}
    assert np.all(anatomy[parts == labels.RIB] == 0)
    assert QualityCode.SYNTHETIC_TRAINING_ONLY in codes_of(result)
    assert QualityCode.CORD_NOT_SEPARABLE not in codes_of(result)


def test_lesions_lie_where_the_convention_wants_them(exact_bundles: Path) -> None:
    """The coded lesion network calls bodies and arches lesions: they are numbered, within or near the spine."""
    classes, _ = SPINE.grids()
    # The two tables share codes: body, arch and disc of the anatomy are the three lesion classes of the other network.
    assert (LesionClass.BONE_LESION, LesionClass.EPIDURAL_TUMOUR, LesionClass.INTRADURAL_LESION) == (1, 2, 3)

    result = BundleSegmenter(exact_bundles, device="cpu")(coded_volume(classes, Modality.MR))

    lesions, anatomy = result.lesions.array, result.anatomy.array
    # Reading order: (x, z, y) with the order of `coded_volume`.
    arch = (classes == AnatomyClass.POSTERIOR_ELEMENTS).transpose(0, 2, 1) & (lesions > 0)
    disc = (classes == AnatomyClass.DISC).transpose(0, 2, 1) & (lesions > 0)
    assert lesions.max() >= 1
    assert np.mean(anatomy[arch] == labels.EPIDURAL_SPACE) > 0.8
    assert np.mean(anatomy[disc] == labels.CSF) > 0.8


def test_a_second_call_gives_the_same_masks(exact_bundles: Path) -> None:
    """Nothing is drawn at random and nothing is kept between calls."""
    classes, _ = SPINE.grids()
    segmenter = BundleSegmenter(exact_bundles, device="cpu")
    volume = coded_volume(classes, Modality.CT)

    first, second = segmenter(volume), segmenter(volume)

    np.testing.assert_array_equal(first.anatomy.array, second.anatomy.array)
    assert first.algorithm == second.algorithm
    assert len(set(first.algorithm.weights_sha256)) == 2


def test_missing_lesion_weights_are_an_error_at_once(exact_bundles: Path) -> None:
    """Both bundles are checked before the first volume."""
    (exact_bundles / Stage.LESIONS / WEIGHTS).unlink()

    with pytest.raises(BundleNotFoundError):
        BundleSegmenter(exact_bundles, device="cpu")


def test_an_unknown_device_is_refused(exact_bundles: Path) -> None:
    """A misspelt device is a setting that is wrong."""
    with pytest.raises(SettingsError, match="tpu"):
        BundleSegmenter(exact_bundles, device="tpu")


def test_lesions_are_not_looked_for_on_other_series(exact_bundles: Path) -> None:
    """On a sagittal series the same lesions stay unreported, and the result says that none was looked for."""
    classes, _ = SPINE.grids()
    volume = replace(coded_volume(classes, Modality.MR), role=SeriesRole.SAGITTAL_T2)

    result = BundleSegmenter(exact_bundles, device="cpu")(volume)

    assert not result.lesions.array.any()
    assert result.anatomy.array.any()
    assert QualityCode.LESIONS_NOT_ASSESSED in codes_of(result)


def test_probabilities_travel_with_the_masks(exact_bundles: Path) -> None:
    """On MR the probability of cord and sac lies in patient space where their masks do; on CT there is none."""
    classes, _ = SPINE.grids()

    segmenter = BundleSegmenter(exact_bundles, device="cpu")
    mr = segmenter(replace(coded_volume(classes, Modality.MR), role=SeriesRole.SAGITTAL_T2))
    sought = segmenter(coded_volume(classes, Modality.MR))
    ct = segmenter(coded_volume(classes, Modality.CT))

    for probability, values in ((mr.cord_probability, (60, 63)), (mr.sac_probability, (60, 62, 63))):
        assert probability is not None
        on_source = resample(probability, mr.anatomy, order=0).array
        inside = np.isin(mr.anatomy.array, values)
        assert np.mean(on_source[inside] > 250) > 0.95
        assert np.mean(on_source[~inside] < 5) > 0.95
    assert mr.lesion_probability is None
    assert sought.lesion_probability is not None
    assert ct.cord_probability is None
    assert ct.sac_probability is None


def test_a_network_that_saw_real_scans_does_not_say_synthetic_only(exact_bundles: Path) -> None:
    """A bundle whose metadata name a data set gives results without the note on synthetic training."""
    metadata = exact_bundles / "anatomy" / METADATA
    content = json.loads(metadata.read_text())
    content["spineseg"]["training"] = {"data": [{"title": "VerSe"}]}
    metadata.write_text(json.dumps(content))
    classes, _ = SPINE.grids()

    result = BundleSegmenter(exact_bundles, device="cpu")(coded_volume(classes, Modality.CT))

    assert QualityCode.SYNTHETIC_TRAINING_ONLY not in codes_of(result)
    assert QualityCode.CORD_NOT_SEPARABLE in codes_of(result)
