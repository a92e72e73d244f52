from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import BoneQuality, Compartment
from spineseg.phantom.lesions import BoneBlob, Lesion, numbered
from spineseg.phantom.rasterize import Phantom
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.tumours import body_blob
from tests.phantom.patient import healthy, maps_at


def _bone(quality: BoneQuality, *, paraspinal: bool = False) -> Phantom:
    blob = body_blob(healthy().spine, "T9", share=0.7)
    if paraspinal:
        blob = BoneBlob(centre=(blob.centre[0], 16.0, blob.centre[2]), half=(8.0, 14.0, 8.0), paraspinal=True)
    lesion = Lesion(
        number=1, level="T9", s=blob.centre[0], compartment=Compartment.EXTRADURAL, grade=EsccGrade.G0,
        bone_quality=quality, bones=(blob,),
    )  # fmt: skip
    return Phantom(spine=healthy().spine, surroundings=healthy().surroundings, lesions=(lesion,))


@pytest.mark.parametrize(
    ("quality", "tissues"),
    [
        (BoneQuality.LYTIC, {Tissue.LESION_LYTIC}),
        (BoneQuality.BLASTIC, {Tissue.LESION_BLASTIC}),
        (BoneQuality.MIXED, {Tissue.LESION_LYTIC, Tissue.LESION_BLASTIC}),
    ],
)
def test_bone_lesion_is_made_of_what_its_quality_says(quality: BoneQuality, tissues: set[Tissue]) -> None:
    """Lytic, blastic or both; the bone's own value stays under the lesion."""
    maps = maps_at(_bone(quality), "T9", half_mm=25.0)
    inside = maps.lesions == 1

    assert {Tissue(int(value)) for value in np.unique(maps.tissues[inside])} == tissues
    assert set(np.unique(maps.anatomy[inside])) == {16}


def test_discs_and_canal_resist_a_body_lesion() -> None:
    """A lesion inside a body touches neither disc nor canal."""
    maps = maps_at(_bone(BoneQuality.LYTIC), "T9", half_mm=25.0)

    assert not np.any(np.isin(maps.anatomy[maps.lesions > 0], (60, 61, 62, 115, 116)))


def test_paraspinal_part_is_background_under_the_lesion() -> None:
    """Outside bone and canal a lesion carries anatomy 0."""
    maps = maps_at(_bone(BoneQuality.LYTIC, paraspinal=True), "T9", half_mm=35.0)

    assert np.count_nonzero((maps.lesions > 0) & (maps.anatomy == 0)) > 20


def test_lesions_are_numbered_from_cranial() -> None:
    """Whatever their order, lesions get 1, 2, ... along the canal."""
    first, second = (
        Lesion(number=9, level="T9", s=s, compartment=Compartment.EXTRADURAL, grade=EsccGrade.G0) for s in (300.0, 90.0)
    )

    assert [(one.number, one.s) for one in numbered([first, second])] == [(1, 90.0), (2, 300.0)]
