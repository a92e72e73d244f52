from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from spineseg.domain.clinical import ClinicalContext, Fact, FactValue, Provenance


def _fact(value: FactValue) -> Fact:
    return Fact(name="myelopathy", value=value, provenance=Provenance.CLINICIAN)


@pytest.mark.parametrize("value", [False, 0, 0.0, "", ()])
def test_known_though_empty(value: FactValue) -> None:
    """A fact that is false, zero or empty is known; it is not the same as an unknown one."""
    context = ClinicalContext(facts={"myelopathy": _fact(value)})

    assert context.get("myelopathy") == _fact(value)


def test_unknown() -> None:
    """A fact that nobody gave is unknown: no default takes its place."""
    assert ClinicalContext().get("myelopathy") is None
    assert ClinicalContext(facts={"myelopathy": _fact(value=True)}).get("steroids") is None


def test_contexts_share_nothing() -> None:
    """Two empty contexts are equal but hold facts of their own."""
    first, second = ClinicalContext(), ClinicalContext()

    assert first == second
    assert first.facts is not second.facts


def test_frozen() -> None:
    """A fact cannot change after it was stated."""
    fact = _fact(value=True)

    with pytest.raises(dataclasses.FrozenInstanceError):
        fact.value = False  # type: ignore[misc] # the assignment is what must fail


@pytest.mark.parametrize(
    "change",
    [
        {"provenance": Provenance.SR},
        {"unit": "mm"},
        {"observed_at": datetime(2026, 11, 22, tzinfo=UTC)},
        {"verified_by": "a reader"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_origin_counts(change: dict[str, object]) -> None:
    """The same value from another origin, time or reader is another fact."""
    assert dataclasses.replace(_fact(value=True), **change) != _fact(value=True)  # type: ignore[arg-type] # by name
