"""Tests of spineseg.reporting.pdf_parts."""

from __future__ import annotations

import pytest
from reportlab.lib.units import mm

from spineseg.reporting.page_tables import Table
from spineseg.reporting.pdf_parts import NO_GLYPH, PAGE_WIDTH_MM, shown, table, text


def test_a_character_without_a_glyph_is_marked() -> None:
    """Greek, Cyrillic and units are shown; what the font lacks becomes a mark and is never dropped."""
    assert shown("κ≈0.64 mm² ≥ Ж") == "κ≈0.64 mm² ≥ Ж"
    assert shown("山田") == NO_GLYPH * 2


def test_words_stay_words() -> None:
    """Markup in a patient's name is text."""
    assert text("<b>x</b> & <img src=y>").getPlainText() == "<b>x</b> & <img src=y>"


@pytest.mark.parametrize("columns", [1, 5, 11])
def test_a_table_fits_the_page(columns: int) -> None:
    """Long identifiers and many columns never push a table beyond its width."""
    content = Table(
        header=tuple(f"Column {number}" for number in range(columns)),
        rows=(("1.2.826.0.1.3680043.8.498.12345678901234567890",) * columns, ("short",) * columns),
    )

    width, _ = table(content).wrap(PAGE_WIDTH_MM * mm, 1000)

    assert width <= PAGE_WIDTH_MM * mm + 0.01


def test_an_empty_table_says_so() -> None:
    """Nothing found is a sentence, not a blank."""
    assert table(Table(header=("A",), rows=()), "None is listed.").getPlainText() == "None is listed."
