from __future__ import annotations

from pathlib import Path

from spineseg.domain import vocabulary
from spineseg.domain.code_tables import code_tables
from spineseg.domain.labels import ANATOMY
from spineseg.domain.report_vocabulary import FORMER_CODES, LAYOUT

PAGE = Path(__file__).resolve().parents[2] / "docs" / "dicom_conformance.md"


def test_the_conformance_statement_lists_the_codes_of_the_program() -> None:
    """The tables in docs/dicom_conformance.md are those that the vocabulary gives now (scripts/code_tables)."""
    assert code_tables() in PAGE.read_text()


def test_every_kind_of_code_is_in_the_tables() -> None:
    """Measurements with their units, answers, parts with their side, segments, counts and former codes."""
    lines = code_tables().splitlines()

    def has(*cells: str) -> bool:
        return any(all(cell in line for cell in cells) for line in lines)

    assert has("cord_area_mm2", "SSM010", "99SPINESEG", "mm2")
    assert has("1c", "RDE1998.3", "RADELEMENT", "ESCC 1c")
    assert has("pedicle_left", "78972004", "Left")
    assert has("former", "SSV013", "RDE1998.3 RADELEMENT")
    assert has(LAYOUT.value, LAYOUT.meaning)
    assert all(has(f"{value} {label.name}", label.code.value) for value, label in ANATOMY.items())
    assert all(has(code.value) for code in (*vocabulary.QUALITY_CODES.values(), *FORMER_CODES.values()))


def test_no_row_breaks_its_table() -> None:
    """Every row of a table has as many cells as its head."""
    width = 0
    for line in code_tables().splitlines():
        cells = line.count("|")
        if not line.startswith("|"):
            width = 0
        elif width == 0:
            width = cells
        else:
            assert cells == width
