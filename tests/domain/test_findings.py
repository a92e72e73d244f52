from __future__ import annotations

from dataclasses import replace

import pytest

from spineseg.domain.escc import EsccGrade, EsccResult
from spineseg.domain.findings import Compartment, LesionFinding, LesionOrigin
from spineseg.domain.sins import SinsScore

LESION = LesionFinding(
    number=1,
    tracking_uid="1.2.3",
    series_instance_uid="1.2",
    origin=LesionOrigin.AUTOMATIC,
    levels=("T7",),
    compartment=Compartment.EXTRADURAL,
    compartment_fractions=None,
    volume_mm3=1000.0,
    max_diameter_mm=12.0,
    escc=EsccResult(low=EsccGrade.G0, point=EsccGrade.G0, high=EsccGrade.G0),
    sins=SinsScore(components={}),
)


def test_a_lesion_that_surely_stays_in_bone_is_bone_only() -> None:
    """Extradural and grade 0 at both ends of the interval."""
    assert LESION.bone_only


@pytest.mark.parametrize("high", [EsccGrade.G1A, EsccGrade.UNDETERMINED, EsccGrade.NOT_APPLICABLE])
def test_a_doubt_about_the_canal_is_not_bone_only(high: EsccGrade) -> None:
    """An upper end other than 0 means that the canal may be involved."""
    assert not replace(LESION, escc=replace(LESION.escc, high=high)).bone_only


def test_an_undetermined_compartment_is_not_bone_only() -> None:
    """Grade 0 of a lesion whose compartment is not known says nothing about the canal."""
    assert not replace(LESION, compartment=Compartment.UNDETERMINED).bone_only
