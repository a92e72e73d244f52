"""Database, folders and clock of a node."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the extra 'service' is not installed")

from sqlalchemy import create_engine

from spineseg.service.database import Sessions, open_database
from spineseg.service.layout import Layout


@pytest.fixture
def now() -> datetime:
    """A moment."""
    return datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database, made once."""
    path = tmp_path_factory.mktemp("database") / "node.db"
    sessions = open_database(f"sqlite:///{path}")
    sessions.kw["bind"].dispose()
    return path


@pytest.fixture
def sessions(empty_database: Path, tmp_path: Path) -> Sessions:
    """Sessions on a database of its own; on PostgreSQL where SPINESEG_TEST_POSTGRESQL is the URL of an empty one."""
    server = os.environ.get("SPINESEG_TEST_POSTGRESQL")
    if server:
        with create_engine(server).begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        return open_database(server)
    (tmp_path / "node.db").write_bytes(empty_database.read_bytes())
    return open_database(f"sqlite:///{tmp_path / 'node.db'}")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Folders of a node."""
    made = Layout(tmp_path / "node")
    made.prepare()
    return made
