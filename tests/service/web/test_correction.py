"""Tests of spineseg.service.web.correction: what a form says of each lesion."""

from __future__ import annotations

import pytest
from fastapi import HTTPException

from spineseg.domain.revision import parse_changes
from spineseg.service.web.correction import CHOICES, check_run, words_of
from tests.reporting.samples import make_findings


def test_every_field_becomes_a_change() -> None:
    """Each item of the form is understood by `parse_changes`; an untouched form changes nothing."""
    findings = make_findings("1.2")
    form = {f"{item.value}-1": (values[-1],) for item, values in CHOICES.items()} | {"level-1": ("t7, T8",)}

    changes = parse_changes(words_of(form, findings))

    assert {change.item for change in changes} > set(CHOICES)
    assert [change.value for change in changes if change.item.value == "level"] == ["T7,T8"]
    assert words_of(dict.fromkeys(form, ("",)), findings) == ()
    assert words_of({"reject-1": ("yes",), "reject-2": ("yes",)}, findings) == ("lesion=1", "not-a-lesion")


def test_a_decision_on_an_older_result_is_refused() -> None:
    """What was on the screen has to be what holds."""
    check_run(2, 2)
    with pytest.raises(HTTPException):
        check_run(1, 2)
