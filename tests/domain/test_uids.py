from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import UID

from spineseg.domain.uids import derive_uid

words = st.lists(st.text(alphabet="0123456789.", min_size=1, max_size=12), min_size=1, max_size=4)


@given(words)
def test_valid(parts: list[str]) -> None:
    """Every derived UID is a valid DICOM UID of at most 64 characters (PS3.5 section 9.1)."""
    uid = UID(derive_uid(*parts))

    assert uid.is_valid
    assert len(uid) <= 64


@given(words)
def test_repeatable(parts: list[str]) -> None:
    """The same parts give the same UID, so that a second run replaces the first one's results."""
    assert derive_uid(*parts) == derive_uid(*parts)


@given(words, words)
def test_distinct(first: list[str], second: list[str]) -> None:
    """Two inputs share a UID only where they are the same input."""
    assert (derive_uid(*first) == derive_uid(*second)) == (first == second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("1.2.3", "11"), ("1.2.31", "1")),
        (("series", "lesion"), ("lesion", "series")),
        (("series",), ("series", "")),
    ],
)
def test_borders(first: tuple[str, ...], second: tuple[str, ...]) -> None:
    """Where one part ends and the order of the parts count: lesion 11 of series .3 is not lesion 1 of series .31."""
    assert derive_uid(*first) != derive_uid(*second)
