from __future__ import annotations

import pytest

from spineseg.treatment.kleene import Kleene, conjunction, disjunction, negation, of

TRUE, FALSE, UNKNOWN = Kleene.TRUE, Kleene.FALSE, Kleene.UNKNOWN


@pytest.mark.parametrize(
    ("values", "every", "some"),
    [
        ((TRUE, TRUE), TRUE, TRUE),
        ((TRUE, FALSE), FALSE, TRUE),
        ((TRUE, UNKNOWN), UNKNOWN, TRUE),
        ((FALSE, UNKNOWN), FALSE, UNKNOWN),
        ((UNKNOWN, UNKNOWN), UNKNOWN, UNKNOWN),
        ((FALSE, FALSE), FALSE, FALSE),
        ((), TRUE, FALSE),
    ],
)
def test_tables(values: tuple[Kleene, ...], every: Kleene, some: Kleene) -> None:
    """All and any follow the strong logic of Kleene in either order."""
    assert conjunction(values) is conjunction(reversed(values)) is every
    assert disjunction(values) is disjunction(reversed(values)) is some


def test_unknown_has_no_opposite() -> None:
    """Not turns true and false around and leaves unknown unknown."""
    assert [negation(value) for value in (TRUE, FALSE, UNKNOWN)] == [FALSE, TRUE, UNKNOWN]
    assert of(truth=True) is TRUE
    assert of(truth=False) is FALSE
