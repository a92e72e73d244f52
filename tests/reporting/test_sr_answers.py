from __future__ import annotations

import pytest
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from spineseg.domain.codes import Quantity, private
from spineseg.domain.vocabulary import MM
from spineseg.errors import ReportError
from spineseg.reporting.sr_answers import needed, read_answer, read_answers, read_quantities, whole
from spineseg.reporting.sr_tree import Group, Row, code_key

SIDE = private("SSQ999", "Side")
SIDES = {"left": codes.SCT.Left, "right": codes.SCT.Right}


def answered(*answers: Code) -> Group:
    """A group with these answers."""
    return Group(rows=tuple(Row(concept=code_key(SIDE), value=code_key(answer)) for answer in answers))


def test_answers_are_read_by_their_codes_in_order() -> None:
    """The first, or all of them; none is None."""
    both = answered(codes.SCT.Right, codes.SCT.Left)

    assert read_answer(both, SIDE, SIDES) == "right"
    assert read_answers(both, SIDE, SIDES) == ("right", "left")
    assert read_answer(answered(), SIDE, SIDES) is None


def test_an_answer_that_is_not_known_is_an_error_and_not_unknown() -> None:
    """What a later version means is not guessed."""
    with pytest.raises(ReportError, match=codes.SCT.Bilateral.value):
        read_answer(answered(codes.SCT.Bilateral), SIDE, SIDES)


def test_numbers_of_a_table_are_found_and_others_left_out() -> None:
    """A measurement that the group does not have has no key."""
    table = {
        key: Quantity(key=key, concept=private(value, key), unit=MM) for key, value in (("a", "SSM1"), ("b", "SSM2"))
    }
    group = Group(rows=(Row(concept=("SSM2", "99SPINESEG"), value=1.5),))

    assert read_quantities(group, table) == {"b": 1.5}


def test_a_missing_row_is_an_error() -> None:
    """Zero is there, None is not; a count is whole or unknown."""
    assert needed(0.0) == 0.0
    assert (whole(2.0), whole(None)) == (2, None)
    with pytest.raises(ReportError, match="lacks a row"):
        needed(None)
