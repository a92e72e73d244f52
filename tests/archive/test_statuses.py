from __future__ import annotations

import pytest

from spineseg.archive.statuses import is_stored, is_transient, status_words


@pytest.mark.parametrize(
    ("status", "stored", "transient"),
    [(0x0000, True, False), (0xB000, True, False), (0xA701, False, True), (0x0122, False, False),
     (0xC001, False, False)],
)  # fmt: skip
def test_meaning_of_statuses(status: int, stored: bool, transient: bool) -> None:
    """Success and warnings are stored; only a lack of resources passes by itself."""
    assert is_stored(status) is stored
    assert is_transient(status) is transient


def test_words() -> None:
    """A failure is told in words with its number, success in none."""
    assert status_words(0x0000) == ""
    assert status_words(0x0122) == "refused: sop class not supported (0x0122)"
    assert status_words(0xC122) == "the transfer syntax is not supported (0xC122)"
    assert "0x9999" in status_words(0x9999)
