from __future__ import annotations

from typing import Any

import pytest

from spineseg.domain.clinical import Fact, FactValue, Provenance
from spineseg.treatment.facttable import fact_table
from spineseg.treatment.values import ValueRefusedError, check_value, interval_text, known

TABLE = fact_table()


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("clin.sphincter", False, False),
        ("clin.neuro_deficit", "none", "none"),
        ("clin.pain", "mechanical", ("mechanical",)),
        ("clin.pain", ["biologic", "radicular"], ("biologic", "radicular")),
        ("img.escc", 2, "2"),
        ("img.escc", "1c", "1c"),
        ("clin.ecog", 0, 0),
        ("clin.life_expectancy_months", "<3", "<3"),
        ("clin.life_expectancy_months", 4.5, 4.5),
        ("img.levels", ["T7", "T8"], ("T7", "T8")),
    ],
)
def test_allowed(name: str, raw: Any, value: FactValue) -> None:
    """Values of every type are taken as they are written in YAML."""
    assert check_value(TABLE[name], raw) == value


@pytest.mark.parametrize(
    ("name", "raw", "remedy"),
    [
        ("clin.sphincter", "yes", "true, false"),
        ("clin.sphincter", 0, "true, false"),
        ("clin.neuro_deficit", "myelopaty", "did you mean myelopathy"),
        ("clin.neuro_deficit", False, "allowed: none"),
        ("clin.pain", ["none", "mechanical"], "nothing else"),
        ("clin.ecog", 5, "0 to 4"),
        ("clin.ecog", True, "0 to 4"),
        ("clin.ecog", float("nan"), "0 to 4"),
        ("clin.life_expectancy_months", "6-3", "<3"),
        ("clin.life_expectancy_months", "soon", "<3"),
        ("img.levels", ["T8", "X1"], "C1 to S5"),
        ("img.escc", "1d", "did you mean"),
    ],
)
def test_refused(name: str, raw: Any, remedy: str) -> None:
    """What a fact does not allow is refused with what it does allow."""
    with pytest.raises(ValueRefusedError, match=remedy):
        check_value(TABLE[name], raw)


@pytest.mark.parametrize(("text", "reaches"), [("<3", False), ("3-6", True), (">6", True)])
def test_ranges(text: str, reaches: bool) -> None:
    """Three months are reached by "3-6" and not by "<3"."""
    fact = Fact(name="clin.life_expectancy_months", value=text, provenance=Provenance.CLINICIAN)

    low = known(TABLE[fact.name], fact).low

    assert low is not None
    assert (low >= 3) is reaches


def test_interval_text() -> None:
    """Grades and points are shown in words with their range."""
    assert interval_text(TABLE["img.escc"], 2, 4, 3) == "1c (range 1b to 2)"
    assert interval_text(TABLE["img.escc"], 2, 2, 2) == "1b"
    assert interval_text(TABLE["img.sins"], 4, 7) == "4 to 7 points"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("img.volume_cm3", 2.14466, "2.1 cm³"),
        ("img.volume_cm3", 0.0432, "0.04 cm³"),
        ("img.max_diameter_mm", 16.0, "16 mm"),
        ("img.tumour_cord_gap_mm", 0.0, "0 mm"),
        ("img.tumour_cord_gap_mm", 0.6249999, "0.6 mm"),
        ("img.collapse_pct", 33.333333, "33.3 %"),
        ("img.volume_cm3", 1234.56, "1234.6 cm³"),
    ],
)
def test_measured_numbers_are_rounded(name: str, value: float, text: str) -> None:
    """A measured number is shown to a tenth of its unit, and never as nothing where it is something."""
    assert interval_text(TABLE[name], value, value) == text
