"""Correction -> SR item with the value before it, what it concerns and who made it."""

from __future__ import annotations

from highdicom.sr import ContentItem, ContentSequence, PnameContentItem, RelationshipTypeValues

from spineseg.domain import revision_vocabulary as revision
from spineseg.domain.findings import Correction
from spineseg.reporting.sr_items import coded, modifier, text


def correction_item(correction: Correction) -> ContentItem:
    """TEXT beside the row that was corrected."""
    item = text(revision.VALUE_BEFORE_CORRECTION, correction.before)
    item.ContentSequence = ContentSequence(
        [
            modifier(revision.CORRECTED_ITEM, revision.CORRECTED_ITEMS[correction.item]),
            PnameContentItem(
                name=coded(revision.CORRECTED_BY),
                value=correction.corrected_by,
                relationship_type=RelationshipTypeValues.HAS_PROPERTIES,
            ),
        ]
    )
    return item
