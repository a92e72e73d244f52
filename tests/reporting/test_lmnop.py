from __future__ import annotations

from dataclasses import replace

from spineseg.domain.recommendation import Topic
from spineseg.reporting.lmnop import KEY_FACTS, sheet_rows
from spineseg.treatment.facttable import fact_table
from tests.reporting.recommendations import EMPTY, FACTS, RECOMMENDATION


def test_rows_are_in_the_order_of_lmnop() -> None:
    """Location, Mechanical, Neurology, Oncology, Patient, whatever is known."""
    assert [row.letter for row in sheet_rows(RECOMMENDATION)] == ["L", "M", "N", "O", "P"]
    assert [row.letter for row in sheet_rows(EMPTY)] == ["L", "M", "N", "O", "P"]


def test_a_key_fact_that_is_unknown_is_shown_as_unknown() -> None:
    """Without any fact every key fact is there, not known, and none has a value."""
    for row, topic in zip(sheet_rows(EMPTY), Topic, strict=True):
        assert [fact.label for fact in row.facts] == list(KEY_FACTS[topic].values())
        assert {fact.text for fact in row.facts} == {"not known"}
        assert not any(fact.known for fact in row.facts)


def test_a_known_fact_says_where_it_comes_from() -> None:
    """A value stands with its origin; parts of scores and grades do not stand beside the whole."""
    low = replace(FACTS[1], name="img.escc.low", label="ESCC, lower end", text="1c")
    rows = sheet_rows(replace(RECOMMENDATION, facts=(*FACTS, low)))

    told = {fact.label: (fact.text, fact.origin) for row in rows for fact in row.facts}
    assert told["Approximate ESCC"] == ("2 (range 1c to 2)", "report")
    assert told["Histology"] == ("renal cell carcinoma", "clinician")
    assert "ESCC, lower end" not in told


def test_several_lesions_are_told_apart() -> None:
    """Values of several lesions carry their numbers; beyond three they are counted."""
    facts = tuple(replace(FACTS[0], lesion=number, text=f"T{number}") for number in (1, 2, 3, 4, 5))

    (levels, *_) = sheet_rows(replace(RECOMMENDATION, facts=facts))[0].facts

    assert levels.text == "1: T1; 2: T2; 3: T3; and 2 more"


def test_key_facts_are_those_of_the_fact_table() -> None:
    """Every key fact exists and stands under the letter that the table of facts gives it."""
    table = fact_table()

    assert {name: table[name].topic for names in KEY_FACTS.values() for name in names} == {
        name: topic for topic, names in KEY_FACTS.items() for name in names
    }
