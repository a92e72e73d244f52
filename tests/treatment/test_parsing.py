from __future__ import annotations

from typing import Any

import pytest

from spineseg.treatment.conditions import Operator
from spineseg.treatment.parsing import ConditionRefusedError, named_condition, parse_condition


@pytest.mark.parametrize(
    ("raw", "what", "place"),
    [
        ({"al": []}, "did you mean all", ("al",)),
        ({"eval": "1 == 1"}, "not an operator", ("eval",)),
        ("True", "one operator", ()),
        ({"is": {"clin.pain": "none"}, "in": {}}, "one operator", ()),
        ({"all": {"is": {}}}, "list of conditions", ("all",)),
        ({"is": {"clin.neuro_deficits": "none"}}, "did you mean clin.neuro_deficit", ("is",)),
        ({"is": {"clin.neuro_deficit": "non"}}, "did you mean none", ("is", "clin.neuro_deficit")),
        ({"is": {"clin.neuro_deficit": ["none", "radicular"]}}, "one value", ("is", "clin.neuro_deficit")),
        ({"at_least": {"clin.neuro_deficit": "none"}}, "no order", ("at_least", "clin.neuro_deficit")),
        ({"at_least": {"img.escc": "1d"}}, "not a value", ("at_least", "img.escc")),
        ({"any": [{"known": "clin.nothing"}]}, "not a fact", ("any", 0, "known")),
        ({"is": "clin.pain"}, "one fact", ("is",)),
    ],
)
def test_refused(raw: Any, what: str, place: tuple[str | int, ...]) -> None:
    """Operators, facts and values that do not exist are refused at their place, with the nearest that does."""
    with pytest.raises(ConditionRefusedError, match=what) as refusal:
        parse_condition(raw)

    assert refusal.value.place == place


def test_closed_set() -> None:
    """The operators are those of the clinical basis and no more."""
    words = {operator.value for operator in Operator if operator is not Operator.NAMED}

    assert words == {"all", "any", "not", "is", "in", "at_least", "at_most", "crosses", "known"}


def test_named() -> None:
    """A named condition carries the facts behind it."""
    condition = parse_condition({"is": {"case.cord_syndrome": True}})

    assert set(condition.facts()) == {"case.cord_syndrome", "clin.neuro_deficit"}
    assert named_condition("clin.pain") is None
