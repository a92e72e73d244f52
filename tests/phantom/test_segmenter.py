from __future__ import annotations

import numpy as np

from spineseg.domain.labels import CANAL_CONTENT, SPINAL_CANAL
from spineseg.domain.segmentation import Segmenter
from spineseg.domain.volume import Modality, SeriesRole, Volume
from spineseg.phantom.protocols import empty_grid
from spineseg.phantom.rasterize import label_maps
from spineseg.phantom.segmenter import TruthSegmenter, in_view, without_names
from tests.phantom.patient import block, case


def _volume(modality: Modality = Modality.MR) -> Volume:
    phantom = case("escc-2-t7").phantom
    shape = (30, 40, 40)
    affine = block(phantom.spine.curve.to_patient(phantom.lesions[0].s, 0.0, 10.0), shape, 2.0)
    return Volume(
        image=empty_grid(shape, affine, "1.2"), modality=modality, role=SeriesRole.OTHER, series_instance_uid="1"
    )


def test_named_truth_is_the_label_map() -> None:
    """With names, anatomy and lesions are the phantom's own, on the volume's grid."""
    phantom = case("escc-2-t7").phantom
    segmenter: Segmenter = TruthSegmenter(phantom, named=True)

    found = segmenter(_volume())

    truth = label_maps(phantom, _volume().image)
    assert np.array_equal(found.anatomy.array, truth.anatomy.array)
    assert np.array_equal(found.lesions.array, truth.lesions.array)
    assert np.array_equal(found.anatomy.affine, _volume().image.affine)
    assert found.algorithm.segmenter == "truth"


def test_without_names_vertebrae_are_counted_from_cranial() -> None:
    """The most cranial vertebra in view is 31, and discs follow theirs."""
    found = TruthSegmenter(case("escc-2-t7").phantom)(_volume()).anatomy.array
    named = label_maps(case("escc-2-t7").phantom, _volume().image).anatomy.array
    vertebrae = [int(value) for value in np.unique(named) if 0 < value < 26]

    for number, value in enumerate(vertebrae, start=1):
        assert set(np.unique(found[named == value])) == {30 + number}
        assert set(np.unique(found[named == 100 + value])) <= {130 + number}
    assert np.any(found > 130)
    assert np.array_equal(found == 60, named == 60)


def test_ct_gives_the_canal_undivided() -> None:
    """On CT cord, CSF and epidural space are one canal, unless asked otherwise."""
    phantom = case("escc-2-t7").phantom
    plain = TruthSegmenter(phantom)(_volume(Modality.CT)).anatomy.array
    visible = TruthSegmenter(phantom, cord_visible_on_ct=True)(_volume(Modality.CT)).anatomy.array

    assert np.array_equal(plain == SPINAL_CANAL, np.isin(visible, CANAL_CONTENT))
    assert np.any(visible == 60)


def test_a_disc_without_its_vertebra_is_background() -> None:
    """The disc below a vertebra that is out of view has no number."""
    anatomy = np.array([[[114, 15, 115, 16, 26]]], dtype=np.uint8)

    assert without_names(anatomy).tolist() == [[[0, 31, 131, 32, 26]]]


def test_lesion_numbers_close_up() -> None:
    """Lesions in view are numbered from 1 without gaps, in their order."""
    assert in_view(np.array([0, 3, 2, 3], dtype=np.uint8)).tolist() == [0, 2, 1, 2]
