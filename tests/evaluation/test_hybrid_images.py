from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from spineseg.domain.escc import EsccGrade
from spineseg.domain.volume import SeriesRole
from spineseg.evaluation.canal_site import canal_voxels, measure_site
from spineseg.evaluation.datalist import CaseRole, ImageCase
from spineseg.evaluation.hybrid_images import HybridImage, insert, reference_points
from spineseg.evaluation.implicit_tumours import ImplicitTumour, epidural_mass
from tests.evaluation.toy_canal import MIDDLE, SIGNAL, toy_anatomy, toy_volume

ANATOMY, VOLUME = toy_anatomy(), toy_volume()


def _hybrid(grade: EsccGrade) -> tuple[ImplicitTumour, HybridImage]:
    voxels = canal_voxels(ANATOMY)
    assert voxels is not None
    site = measure_site(voxels, 45.0)
    assert site is not None
    tumour = epidural_mass(site, grade, np.random.default_rng(3), least_length=2.0)
    assert tumour is not None
    return tumour, insert(VOLUME, ANATOMY, tumour, np.random.default_rng(3), dark_csf=False)


def test_nothing_changes_away_from_the_tumour() -> None:
    """Without a moved cord the pair differs at the tumour only, and there by more than the noise."""
    _, hybrid = _hybrid(EsccGrade.G1B)
    truth = hybrid.truth.array
    changed = np.abs(hybrid.volume.image.array - hybrid.twin.image.array)

    assert truth.any()
    assert changed[ndimage.distance_transform_edt(~truth) > 8].max() == 0
    assert changed[truth].mean() > 10


def test_both_images_are_looked_at_for_lesions() -> None:
    """Lesions are looked for on axial T2 only, so the pair is called that."""
    _, hybrid = _hybrid(EsccGrade.G1B)

    assert hybrid.volume.role is hybrid.twin.role is SeriesRole.AXIAL_T2


@pytest.mark.parametrize(("grade", "touches"), [(EsccGrade.G1B, False), (EsccGrade.G1C, True)])
def test_contact_with_the_cord_is_as_set(grade: EsccGrade, *, touches: bool) -> None:
    """Between a 1b mass and the cord lie at least 1.5 voxels of CSF; a 1c mass touches it."""
    _, hybrid = _hybrid(grade)
    z, y, x = np.nonzero(hybrid.truth.array)
    offset = np.asarray(hybrid.truth.affine)[:3, 3]
    away = np.hypot(x + offset[0] - MIDDLE[0], y + offset[1] - MIDDLE[1])

    assert bool(away.min() < 5.2) is touches
    assert len(z) > 50


def test_compression_moves_the_cord_away() -> None:
    """At grade 2 the cord's grey lies further from the mass than before, and CSF is still seen."""
    tumour, hybrid = _hybrid(EsccGrade.G2)
    level = int(np.bincount(np.nonzero(hybrid.truth.array)[0]).argmax())
    images = [np.asarray(one.image.array[level]) for one in (hybrid.twin, hybrid.volume)]
    y, x = np.indices(images[0].shape)
    inside = (np.hypot(x - MIDDLE[0], y - MIDDLE[1]) < 7.5) & ~hybrid.truth.array[level]
    middles = []
    for image in images:
        grey = inside & (np.abs(image - SIGNAL[60]) < 15)
        middles.append(np.array([x[grey].mean(), y[grey].mean()]))

    assert (middles[1] - middles[0]) @ tumour.direction < -0.5
    assert np.any(inside & (images[1] > 190))


def test_a_case_without_references_has_no_points(tmp_path: Path) -> None:
    """Nothing drawn gives an empty cloud, not an error."""
    case = ImageCase(
        name="toy", image="toy.nii.gz", modality="MR", contrast="T2", series="sagittal_t2",
        role=CaseRole.VALIDATION, licence="CC0", healthy=True,
    )  # fmt: skip

    assert reference_points(case, tmp_path, VOLUME).shape == (0, 3)
