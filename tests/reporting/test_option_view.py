from __future__ import annotations

from dataclasses import fields

from spineseg.reporting.option_view import option_view
from tests.reporting.recommendations import BLOCKED, RECOMMENDATION, SURGERY


def test_a_view_keeps_every_field_of_its_entry() -> None:
    """No entry loses its text, reasons or conflicts on the way to the page."""
    view = option_view(SURGERY, RECOMMENDATION)

    assert (view.text, view.because, view.contra) == (
        SURGERY.text, SURGERY.because, SURGERY.contra,
    )  # fmt: skip
    assert view.about == "lesion 1"
    assert "rule not checked by a clinician" in view.evidence


def test_no_part_of_an_entry_is_lost() -> None:
    """Every field of an entry that a reader needs changes what is shown."""
    shown = " ".join(str(getattr(option_view(BLOCKED, RECOMMENDATION), name)) for name in _names())

    assert "Does anything speak against steroids?" in shown
    for word in ("R013", "Blocked until known", "now", "Dexamethasone", "lesion 1", "S11, laufer2013"):
        assert word in shown


def _names() -> list[str]:
    return [one.name for one in fields(type(option_view(BLOCKED, RECOMMENDATION)))]
