"""Rows of an SR group -> what persons corrected of a lesion, and what they rejected; loads no library for writing."""

from __future__ import annotations

from pydicom.sr.codedict import codes

from spineseg.domain import revision_vocabulary as revision
from spineseg.domain import vocabulary as words
from spineseg.domain.findings import Correction, RejectedLesion
from spineseg.reporting.sr_answers import known_answer, needed
from spineseg.reporting.sr_tree import Group, Row, code_key


def read_corrections(group: Group) -> tuple[Correction, ...]:
    """What persons corrected of a lesion, oldest first."""
    mark = code_key(revision.VALUE_BEFORE_CORRECTION)
    return tuple(_correction(row) for row in group.rows if row.concept == mark)


def read_rejected(group: Group) -> RejectedLesion:
    """The group of what a person says is no lesion.

    Raises
    ------
    ReportError
        Rows that must be there are missing.
    """
    return RejectedLesion(
        tracking_uid=needed(group.text(codes.DCM.TrackingUniqueIdentifier)),
        levels=group.texts(words.LEVEL),
        rejection=needed(next(reversed(read_corrections(group)), None)),
    )


def _correction(row: Row) -> Correction:
    own = Group(rows=row.children)
    return Correction(
        item=known_answer(needed(own.code(revision.CORRECTED_ITEM)), revision.CORRECTED_ITEMS),
        before=str(row.value),
        corrected_by=needed(own.text(revision.CORRECTED_BY)),
    )
