"""Code and value -> one content item of an SR, with the items that belong under it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from highdicom.sr import (
    CodeContentItem,
    CodedConcept,
    ContentItem,
    ContentSequence,
    Measurement,
    NumContentItem,
    QualitativeEvaluation,
    RelationshipTypeValues,
    TextContentItem,
    UIDRefContentItem,
)
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from spineseg.domain.codes import Quantity


def number(
    concept: Code,
    value: float,
    unit: Code,
    *,
    derivation: Code | None = None,
    under: Iterable[ContentItem] = (),
) -> Measurement:
    """NUM of a group (TID 300)."""
    row = Measurement(name=coded(concept), value=_exact(value), unit=coded(unit), derivation=derivation)
    _put_under(row[0], under)
    return row


def numbers(
    values: Mapping[str, float], table: Mapping[str, Quantity], under: Iterable[ContentItem] = ()
) -> Iterator[Measurement]:
    """NUM of each value by its row of a vocabulary table."""
    items = tuple(under)
    for key, value in values.items():
        yield number(table[key].concept, value, table[key].unit, under=items)


def answer(question: Code, value: Code, *, under: Iterable[ContentItem] = ()) -> QualitativeEvaluation:
    """CODE of a group."""
    row = QualitativeEvaluation(name=coded(question), value=coded(value))
    _put_under(row[0], under)
    return row


def evaluation(question: Code, value: Code, *, under: Iterable[ContentItem] = ()) -> CodeContentItem:
    """CODE that stands by itself and not in a group."""
    item = CodeContentItem(name=coded(question), value=coded(value), relationship_type=RelationshipTypeValues.CONTAINS)
    _put_under(item, under)
    return item


def text(concept: Code, value: str) -> TextContentItem:
    """TEXT of a group."""
    return TextContentItem(name=coded(concept), value=value, relationship_type=RelationshipTypeValues.CONTAINS)


def uid(concept: Code, value: str, *, under: Iterable[ContentItem] = ()) -> UIDRefContentItem:
    """UIDREF of a group; de-identification remaps it, where a text would stay."""
    item = UIDRefContentItem(name=coded(concept), value=value, relationship_type=RelationshipTypeValues.CONTAINS)
    _put_under(item, under)
    return item


def modifier(concept: Code, value: Code) -> CodeContentItem:
    """CODE that narrows what the row above it speaks of."""
    return CodeContentItem(
        name=coded(concept), value=coded(value), relationship_type=RelationshipTypeValues.HAS_CONCEPT_MOD
    )


def code_property(concept: Code, value: Code) -> CodeContentItem:
    """CODE that describes the row above it."""
    return CodeContentItem(
        name=coded(concept), value=coded(value), relationship_type=RelationshipTypeValues.HAS_PROPERTIES
    )


def text_property(concept: Code, value: str) -> TextContentItem:
    """TEXT that describes the row above it."""
    return TextContentItem(name=coded(concept), value=value, relationship_type=RelationshipTypeValues.HAS_PROPERTIES)


def number_property(concept: Code, value: float, unit: Code) -> NumContentItem:
    """NUM that describes the row above it."""
    return NumContentItem(
        name=coded(concept), value=_exact(value), unit=coded(unit),
        relationship_type=RelationshipTypeValues.HAS_PROPERTIES,
    )  # fmt: skip


def uid_property(concept: Code, value: str) -> UIDRefContentItem:
    """UIDREF that describes the row above it."""
    return UIDRefContentItem(name=coded(concept), value=value, relationship_type=RelationshipTypeValues.HAS_PROPERTIES)


def coded(code: Code) -> CodedConcept:
    """A code as highdicom wants it."""
    return CodedConcept(value=code.value, meaning=code.meaning, scheme_designator=code.scheme_designator)


def _exact(value: float) -> float:
    """A plain number; a count stays a count."""
    return value if isinstance(value, int) else float(value)


def _put_under(item: Dataset, under: Iterable[ContentItem]) -> None:
    children = list(under)
    if not children:
        return
    if "ContentSequence" in item:
        item.ContentSequence.extend(children)
    else:
        item.ContentSequence = ContentSequence(children)
