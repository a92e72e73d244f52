"""Tests of spineseg.service.database and its migrations."""

from __future__ import annotations

import sqlite3
import threading
import time
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from spineseg.errors import SettingsError
from spineseg.service.database import Sessions, migrate, open_database
from spineseg.service.jobs import note_received
from spineseg.service.studies import list_studies
from spineseg.service.tables import Base


def test_migrations_make_what_the_tables_say(sessions: Sessions) -> None:
    """The migrated schema is the one of the tables, and migrating again changes nothing."""
    engine = sessions.kw["bind"]
    migrate(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []
        assert context.get_current_revision() == "0002"


def test_opening_keeps_what_is_there(sessions: Sessions, now: datetime) -> None:
    """A database that is opened a second time has its studies."""
    with sessions.begin() as session:
        note_received(session, "1.2", now=now, sent_by="CT1", count=1)
    url = sessions.kw["bind"].url.render_as_string(hide_password=False)

    with open_database(url).begin() as session:
        assert [row.study.study_instance_uid for row in list_studies(session)] == ["1.2"]


def test_a_locked_database_is_waited_for(tmp_path: Path, now: datetime) -> None:
    """A writer waits while another process holds the database, and then succeeds."""
    path = tmp_path / "locked.db"
    own = open_database(f"sqlite:///{path}")
    other = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    threading.Timer(0.5, lambda: other.execute("COMMIT")).start()
    start = time.monotonic()

    with own.begin() as session:
        note_received(session, "1.2", now=now, sent_by="CT1", count=1)

    assert time.monotonic() - start > 0.3
    other.close()


def test_times_come_back_aware(sessions: Sessions, now: datetime) -> None:
    """SQLite keeps no time zone; we do."""
    with sessions.begin() as session:
        note_received(session, "1.2", now=now, sent_by="CT1", count=1)
    with sessions.begin() as session:
        (row,) = list_studies(session)

    assert row.study.last_received_at == now


def test_a_wrong_url_is_one_line_without_its_password() -> None:
    """Neither the driver's message nor the password is shown."""
    with pytest.raises(SettingsError) as caught:
        open_database("postgresql+psycopg://user:secret@127.0.0.1:1/none")

    assert "secret" not in str(caught.value)
    assert "storage.database" in str(caught.value)
