from __future__ import annotations

from pydicom.sr.codedict import codes

from spineseg.domain.codes import Quantity, private
from spineseg.domain.vocabulary import MM
from spineseg.reporting.sr_items import answer, code_property, modifier, number, numbers, text, text_property, uid

CONCEPT = private("SSM999", "Width")
SIDE = modifier(codes.SCT.Laterality, codes.SCT.Left)


def test_a_number_keeps_its_derivation_beside_what_is_put_under_it() -> None:
    """What narrows a number does not replace how it was derived."""
    row = number(CONCEPT, 2, MM, derivation=codes.SCT.Minimum, under=(SIDE,))

    assert (row.value, row.unit.value, row.derivation) == (2.0, "mm", codes.SCT.Minimum)
    assert [item.value for item in row[0].ContentSequence] == [codes.SCT.Minimum, codes.SCT.Left]


def test_numbers_follow_their_table() -> None:
    """Each value has the concept and unit of its key, and each its own items under it."""
    table = {"width_mm": Quantity(key="width_mm", concept=CONCEPT, unit=MM)}

    (row,) = numbers({"width_mm": 3.5}, table, under=iter([SIDE]))

    assert (row.name, row.value) == (CONCEPT, 3.5)
    assert [item.value for item in row[0].ContentSequence] == [codes.SCT.Left]


def test_nothing_under_a_row_leaves_no_empty_sequence() -> None:
    """An empty Content Sequence would break the standard (PS3.3 C.17.3, type 1C)."""
    rows = (answer(CONCEPT, codes.SCT.Left)[0], number(CONCEPT, 1, MM)[0], text(CONCEPT, "a"), uid(CONCEPT, "1.2"))

    assert not [row for row in rows if "ContentSequence" in row]
    assert [row.RelationshipType for row in rows] == ["CONTAINS"] * 4


def test_rows_under_an_answer_say_how_they_belong_to_it() -> None:
    """What narrows an answer is a modifier, what describes it a property (PS3.3 table A.35.13-1)."""
    row = answer(
        CONCEPT, codes.SCT.Left, under=(SIDE, code_property(CONCEPT, codes.SCT.Right), text_property(CONCEPT, "a"))
    )

    kinds = [item.RelationshipType for item in row[0].ContentSequence]
    assert kinds == ["HAS CONCEPT MOD", "HAS PROPERTIES", "HAS PROPERTIES"]
