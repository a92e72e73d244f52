from __future__ import annotations

import dataclasses

import pytest

from spineseg.domain.recommendation import Option, OptionStatus, Recommendation, Urgency


def _option(**change: object) -> Option:
    option = Option(
        rule_id="stability-1",
        status=OptionStatus.OPTION,
        urgency=Urgency.ROUTINE,
        text="Consider a surgical opinion on stability.",
        strength="moderate",
        because=("SINS 7-12",),
        contra=(),
        missing=("pain",),
        sources=("doi:10.1097/BRS.0b013e3181e16ae2",),
    )
    return dataclasses.replace(option, **change)  # type: ignore[arg-type] # fields by name


def test_no_directive() -> None:
    """No status orders anything: the strongest words are alert, option and avoid."""
    assert {status.value for status in OptionStatus} == {"alert", "option", "avoid", "ask", "info", "blocked_pending"}


def test_urgencies() -> None:
    """Urgencies are those of the ruleset: now, within 24 hours, within a week, routine, none."""
    assert [urgency.value for urgency in Urgency] == ["E0", "E1", "U1", "R", "none"]


@pytest.mark.parametrize("field", ["because", "contra", "missing", "sources"])
def test_reasons_are_mandatory(field: str) -> None:
    """An option cannot be stated without its reasons, what speaks against it, what is missing and its sources."""
    fields = {item.name: getattr(_option(), item.name) for item in dataclasses.fields(Option) if item.name != field}

    with pytest.raises(TypeError, match=field):
        Option(**fields)


def test_order_is_part_of_the_result() -> None:
    """The same options in another order are another recommendation."""
    alert, option = _option(status=OptionStatus.ALERT, urgency=Urgency.E0), _option()
    first = Recommendation(study_instance_uid="1.2", ruleset_version="1", verified=False, options=(alert, option))

    assert first == dataclasses.replace(first, options=(alert, option))
    assert first != dataclasses.replace(first, options=(option, alert))


def test_verification_is_stated() -> None:
    """A recommendation always says whether the report under it was verified; nothing is assumed."""
    with pytest.raises(TypeError, match="verified"):
        Recommendation(study_instance_uid="1.2", ruleset_version="1", options=())  # type: ignore[call-arg] # on purpose
