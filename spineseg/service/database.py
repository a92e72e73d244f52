"""Database URL -> sessions: an engine that survives power cuts and waits for locks, brought to the newest schema."""

from __future__ import annotations

from importlib import resources
from sqlite3 import Connection as SqliteConnection
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from spineseg.errors import SettingsError

Sessions = sessionmaker[Session]

LOCK_WAIT_S = 30.0  # how long a statement waits while another process holds the database [P]


def open_database(url: str) -> Sessions:
    """Sessions on the database of a URL, its tables made or migrated.

    Use `with sessions.begin() as session:`: everything inside is one transaction.

    Raises
    ------
    SettingsError
        The URL is wrong, or the database cannot be reached or migrated.
    """
    try:
        engine = _engine(url)
        migrate(engine)
    except (SQLAlchemyError, OSError, ImportError) as error:
        # The message of a driver may hold the password of the URL.
        raise SettingsError(
            f"the database cannot be opened: {type(error).__name__}", "storage.database", "check the URL and the server"
        ) from error
    return sessionmaker(engine, expire_on_commit=False)


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision; what is there stays."""
    config = Config()
    config.set_main_option("script_location", str(resources.files("spineseg.service") / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": LOCK_WAIT_S})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _set_up_sqlite(connection: SqliteConnection, _record: Any) -> None:
    connection.isolation_level = None  # pysqlite's own BEGIN comes too late for a transaction that first reads
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")  # a commit outlives a power cut also in WAL mode
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_immediate(connection: Connection) -> None:
    # A deferred transaction that reads first and then writes is refused at once when another one has written.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
