from __future__ import annotations

from enum import StrEnum

from pydicom.sr.coding import Code

from spineseg.domain.codes import Quantity, answers, private, quantities


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def test_private_codes_are_of_the_private_scheme() -> None:
    """A code of ours names its scheme, so that nobody takes it for one of a standard."""
    assert private("SSM001", "Width") == Code("SSM001", "99SPINESEG", "Width")


def test_answers_are_numbered_in_their_order() -> None:
    """The first answer has the first number, with leading zeros."""
    assert answers("SSV", 7, {Colour.RED: "Red", Colour.BLUE: "Blue"}) == {
        Colour.RED: private("SSV007", "Red"), Colour.BLUE: private("SSV008", "Blue"),
    }  # fmt: skip


def test_a_measurement_is_found_under_its_key() -> None:
    """Key, concept and unit of a row stay together."""
    width, unit = private("SSM001", "Width"), Code("mm", "UCUM", "millimeter")

    assert quantities(("width_mm", width, unit)) == {
        "width_mm": Quantity(key="width_mm", concept=width, unit=unit),
    }  # fmt: skip
