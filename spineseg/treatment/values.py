"""Value of a fact as stated -> Known: an answer, or an interval with its worst end; refuses what is not allowed."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from spineseg.domain.clinical import Fact, FactValue, Provenance
from spineseg.domain.escc import ESCC_RANK, EsccGrade
from spineseg.treatment.facttable import FactSpec, FactType
from spineseg.treatment.yamlfile import nearest

NOT_APPLICABLE = EsccGrade.NOT_APPLICABLE.value
_GRADES = {grade.value: float(rank) for grade, rank in ESCC_RANK.items()}
_GRADE_OF = {rank: name for name, rank in _GRADES.items()}
_TENTH = 0.1  # of any unit; measured numbers are shown to it
_LEVEL = re.compile(r"(C[1-7]|T([1-9]|1[0-3])|L[1-6]|S[1-5])")
_NUMBER = r"(\d+(?:\.\d+)?)"
_UNDER, _OVER, _BETWEEN = (re.compile(p) for p in (rf"<\s*{_NUMBER}", rf">\s*{_NUMBER}", rf"{_NUMBER}\s*-\s*{_NUMBER}"))


class ValueRefusedError(ValueError):
    """A value is not one of those allowed; the text says which are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A fact that is known, at least within a range.

    Parameters
    ----------
    text
        Value in words.
    answer
        Value of a fact without order, or "not_applicable" for a grade outside its scale.
    low, point, high
        Ends and middle of a fact with order; grades by their rank; `point` is None where only the range is known.
    narrows
        Facts that would narrow the range; empty where only the fact itself could.
    """

    text: str
    provenance: Provenance
    answer: bool | str | frozenset[str] | None = None
    low: float | None = None
    point: float | None = None
    high: float | None = None
    narrows: tuple[str, ...] = ()
    observed_at: datetime | None = None
    verified_by: str | None = None


def check_value(spec: FactSpec, raw: Any) -> FactValue:
    """The value as `Fact.value` holds it.

    Raises
    ------
    ValueRefusedError
        It is not one that the fact allows.
    """
    if spec.type is FactType.BOOL:
        if not isinstance(raw, bool):
            raise ValueRefusedError("allowed: true, false, unknown")
        return raw
    if spec.type in (FactType.CHOICE, FactType.GRADE):
        return _chosen(spec, raw)
    if spec.type.several:
        return _several(spec, raw)
    if spec.type is FactType.TEXT:
        return str(raw)
    return _number(spec, raw)


def known(spec: FactSpec, fact: Fact) -> Known:
    """A stated fact as the rules see it; its value is one that `check_value` gave."""
    words = str(fact.value) if spec.type is FactType.TEXT else _words(fact.value)
    shown = f"{words}{' ' + spec.unit if spec.unit else ''}"
    stated = {"provenance": fact.provenance, "observed_at": fact.observed_at, "verified_by": fact.verified_by}
    if not spec.type.ordered:
        answer = frozenset(fact.value) if isinstance(fact.value, tuple) else fact.value
        return Known(text=shown, answer=answer, **stated)  # type: ignore[arg-type] # by name
    if fact.value == NOT_APPLICABLE:
        return Known(text="not applicable", answer=NOT_APPLICABLE, **stated)  # type: ignore[arg-type] # by name
    low, high = ends(spec, fact.value)
    point = low if low == high else None
    return Known(text=shown, low=low, point=point, high=high, **stated)  # type: ignore[arg-type] # by name


def ends(spec: FactSpec, value: FactValue) -> tuple[float, float]:
    """Both ends of an ordered value; a grade as its rank."""
    if spec.type is FactType.GRADE:
        return (_GRADES[str(value)],) * 2
    if isinstance(value, str):
        return _range(value)
    return (float(value), float(value))  # type: ignore[arg-type] # a number by check_value


def interval_text(spec: FactSpec, low: float, high: float, point: float | None = None) -> str:
    """An interval in words: "1c (range 1b to 2)", "4 to 7 points"."""
    unit = f" {spec.unit}" if spec.unit else ""
    first, last = _end_text(spec, low), _end_text(spec, high)
    if first == last:
        return f"{first}{unit}"
    return f"{first} to {last}{unit}" if point is None else f"{_end_text(spec, point)} (range {first} to {last}){unit}"


def _end_text(spec: FactSpec, value: float) -> str:
    """One decimal, which is finer than any voxel; below one tenth the first digit that says something."""
    if spec.type is FactType.GRADE:
        return _GRADE_OF[value]
    rounded = f"{value:.1f}" if abs(value) >= _TENTH or value == 0 else f"{value:.1g}"
    return rounded.removesuffix(".0")


def _chosen(spec: FactSpec, raw: Any) -> str:
    word = str(raw).strip() if not isinstance(raw, bool) else str(raw).lower()
    if word not in spec.allowed:
        raise ValueRefusedError(nearest(word, spec.allowed))
    return word


def _several(spec: FactSpec, raw: Any) -> tuple[str, ...]:
    words = tuple(raw) if isinstance(raw, list | tuple) else (raw,)
    if spec.type is FactType.LEVELS:
        bad = [word for word in words if not _LEVEL.fullmatch(str(word))]
        if bad:
            raise ValueRefusedError("allowed: C1 to S5")
        return tuple(str(word) for word in words)
    chosen = tuple(_chosen(spec, word) for word in words)
    if "none" in chosen and len(chosen) > 1:
        raise ValueRefusedError("none goes with nothing else")
    return chosen


def _number(spec: FactSpec, raw: Any) -> FactValue:
    if isinstance(raw, str) and spec.type is FactType.RANGE:
        if any(pattern.fullmatch(raw.strip()) for pattern in (_UNDER, _OVER, _BETWEEN)) and _in_order(raw.strip()):
            return raw.strip()
        raise ValueRefusedError(f"allowed: {', '.join(spec.choices())}")
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        raise ValueRefusedError(f"allowed: {', '.join(spec.choices())}")
    low, high = spec.minimum, spec.maximum
    if (low is not None and raw < low) or (high is not None and raw > high):
        raise ValueRefusedError(f"allowed: {', '.join(spec.choices())}")
    return raw


def _in_order(text: str) -> bool:
    low, high = _range(text)
    return low <= high


def _range(text: str) -> tuple[float, float]:
    """Ends of "<3", "3-6" or ">6"; "<3" ends just under 3, so that 3 months are not reached."""
    if match := _UNDER.fullmatch(text):
        return 0.0, math.nextafter(float(match[1]), 0.0)
    if match := _OVER.fullmatch(text):
        return math.nextafter(float(match[1]), math.inf), math.inf
    match = _BETWEEN.fullmatch(text)
    assert match is not None
    return float(match[1]), float(match[2])


def _words(value: FactValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return (", ".join(value) if isinstance(value, tuple) else str(value)).replace("_", " ")
