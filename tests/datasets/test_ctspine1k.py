from __future__ import annotations

from pathlib import Path

from spineseg.datasets.convert import convert
from spineseg.datasets.sets import find_cases
from spineseg.domain.dataset import Split
from tests.datasets import miniatures


def test_dotted_names_and_a_header_slightly_off(tmp_path: Path) -> None:
    """Names full of dots keep all their parts and find their split; a header off by 0.001 voxels is taken and said."""
    source, cases = find_cases("ctspine1k", miniatures.ctspine1k(tmp_path / "src"))

    conversion = convert(source, cases, tmp_path / "out")

    assert [case.name for case in conversion.labelled.of(Split.TRAINING)] == ["1.3.6.1.4.1.9328.50.4.0001"]
    assert [case.name for case in conversion.labelled.of(Split.VALIDATION)] == ["1.3.6.1.4.1.9328.50.4.0002"]
    assert any("header off" in note for note in conversion.records[0].notes)
    assert any("COLONOG" in note for note in conversion.records[0].notes), "sub-collections have own terms"


def test_a_header_off_by_voxels_is_refused(tmp_path: Path) -> None:
    """Three voxels beside its image is no rounding: such a mask would teach a wrong place."""
    source, cases = find_cases("ctspine1k", miniatures.ctspine1k(tmp_path / "src", shift_voxels=3))

    records = convert(source, cases, tmp_path / "out").records

    assert all("3.0 voxels beside" in record.refused[0] for record in records)


def test_the_licence_is_not_commercial() -> None:
    """Whoever trains on it is told: the terms are in the table."""
    from spineseg.datasets.sets import PUBLIC_SETS

    assert "NC" in PUBLIC_SETS["ctspine1k"].source.licence
