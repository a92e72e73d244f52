from __future__ import annotations

from pathlib import Path

from spineseg.datasets.convert import convert
from spineseg.datasets.sets import find_cases
from spineseg.domain.dataset import Split, Structure
from tests.datasets import miniatures


def test_bodies_and_discs_are_numbered_from_the_head(tmp_path: Path) -> None:
    """One value for all bodies gives one number a body; only bodies and discs are claimed to be complete."""
    source, cases = find_cases("cspineseg", miniatures.cspineseg(tmp_path / "src"))

    conversion = convert(source, cases, tmp_path / "out")

    assert conversion.records[0].values == (31, 32, 33, 131, 132)
    (case,) = (case for split in Split for case in conversion.labelled.of(split))
    assert case.labelled == (Structure.BODY, Structure.DISC)
    assert case.patient == "593973"
    assert "not confirmed" in source.licence
