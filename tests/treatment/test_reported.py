from __future__ import annotations

from spineseg.domain.clinical import Provenance
from spineseg.treatment.reported import answer, interval, number


def test_words() -> None:
    """Answers of the report are shown in plain words and named as the report's."""
    assert answer(value=True).text == "yes"
    assert answer("intradural_extramedullary").text == "intradural extramedullary"
    assert answer(frozenset({"T8", "T7"})).text == "T7, T8"
    assert number("img.tumour_cord_gap_mm", 2.5).text == "2.5 mm"
    assert answer("x").provenance is Provenance.SR


def test_a_range_has_no_point() -> None:
    """A number is its own point; of a range only the ends are known."""
    assert number("img.sins.collapse", 2).point == 2
    assert interval("img.sins", 4, 7, ("clin.pain",)).point is None
