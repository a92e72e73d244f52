"""Value that the report gives -> Known, with its words."""

from __future__ import annotations

from collections.abc import Iterable

from spineseg.domain.clinical import Provenance
from spineseg.treatment.facttable import fact_table
from spineseg.treatment.values import Known, interval_text


def answer(value: bool | str | frozenset[str], text: str = "") -> Known:
    """An answer, with its words where they are not those of the value."""
    if not text:
        text = ("yes" if value else "no") if isinstance(value, bool) else listed(value)
    return Known(text=text, answer=value, provenance=Provenance.SR)


def listed(values: str | Iterable[object]) -> str:
    """Words of one value or of several."""
    if isinstance(values, str):
        return values.replace("_", " ")
    words = [str(value) for value in values]
    return ", ".join(sorted(words) if isinstance(values, frozenset) else words) or "none"


def number(name: str, value: float) -> Known:
    """A measured value."""
    return interval(name, value, value)


def interval(name: str, low: float, high: float, narrows: tuple[str, ...] = ()) -> Known:
    """A range, with the facts that would narrow it."""
    point = float(low) if low == high else None
    text = interval_text(fact_table()[name], float(low), float(high))
    return Known(text=text, provenance=Provenance.SR, low=float(low), point=point, high=float(high), narrows=narrows)
