"""Tests of spineseg.service.commitment_requests: kept until they are answered."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from spineseg.service.commitment_requests import (
    RETRY,
    due_requests,
    note_not_reported,
    note_reported,
    note_request,
)
from spineseg.service.database import Sessions

PAIRS = [("1.2.840.1", "1.2.3"), ("1.2.840.1", "../x")]


def test_a_request_waits_until_it_is_answered(sessions: Sessions, now: datetime) -> None:
    """It comes back as it was asked, in another session, and never after its report was taken."""
    with sessions.begin() as session:
        note_request(session, "PACS", "1.2.99", PAIRS, now=now)
    with sessions.begin() as session:
        (asked,) = due_requests(session, now)
        note_reported(session, asked.id)

    assert (asked.ae_title, asked.transaction_uid, list(asked.references)) == ("PACS", "1.2.99", PAIRS)
    with sessions.begin() as session:
        assert due_requests(session, now + timedelta(days=9)) == ()


def test_the_same_transaction_again_is_one_request(sessions: Sessions, now: datetime) -> None:
    """A peer that asks again under the same transaction gets one report, on what it named last; others their own."""
    with sessions.begin() as session:
        note_request(session, "PACS", "1.2.99", PAIRS, now=now)
        note_request(session, "PACS", "1.2.99", PAIRS[:1], now=now)
        note_request(session, "OTHER", "1.2.99", PAIRS, now=now)

        assert [len(asked.references) for asked in due_requests(session, now)] == [1, 2]


def test_attempts_come_later_and_later_and_end(sessions: Sessions, now: datetime) -> None:
    """After a failure it is due after the back-off, not before; after the last one it is given up."""
    with sessions.begin() as session:
        note_request(session, "PACS", "1.2.99", PAIRS, now=now)
        (asked,) = due_requests(session, now)
        assert note_not_reported(session, asked.id, now=now)
        assert due_requests(session, now + timedelta(seconds=4)) == ()
        assert due_requests(session, now + timedelta(seconds=5)) == (asked,)
        kept = [note_not_reported(session, asked.id, now=now) for _ in range(RETRY.attempts - 1)]

        assert kept == [True] * (RETRY.attempts - 2) + [False]
        assert due_requests(session, now + timedelta(days=9)) == ()


@pytest.mark.parametrize("wrong", [("PACS", "no uid", PAIRS), ("PACS", "1.2.99", [("no uid", "1.2")])])
def test_what_cannot_be_reported_on_is_not_kept(
    sessions: Sessions, now: datetime, wrong: tuple[str, str, list[tuple[str, str]]]
) -> None:
    """A transaction or class without a UID is refused."""
    with sessions.begin() as session, pytest.raises(ValueError, match="UID"):
        note_request(session, *wrong, now=now)
