"""Tests of the migration to version 2: a node of version 1 is brought forward with what it holds, and back."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect, text

from spineseg.service.database import open_database


def test_a_database_of_version_1_keeps_what_it_holds(tmp_path: Path) -> None:
    """Opened by this version it has the new table and its audit trail; one step back, the table alone is gone."""
    url = f"sqlite:///{tmp_path / 'node.db'}"
    engine = create_engine(url)
    settings = Config()
    settings.set_main_option("script_location", str(resources.files("spineseg.service") / "migrations"))
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0001")
        connection.execute(
            text(
                "INSERT INTO audit_trail (at, who, action, study_instance_uid, detail) "
                "VALUES ('2026-11-22 12:00:00', 'node', 'purge', '1.2', '')"
            )
        )
    assert "commitment_requests" not in inspect(engine).get_table_names()

    open_database(url).kw["bind"].dispose()
    assert "commitment_requests" in inspect(engine).get_table_names()

    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.downgrade(settings, "0001")
        assert connection.execute(text("SELECT action FROM audit_trail")).scalars().all() == ["purge"]
    assert "commitment_requests" not in inspect(engine).get_table_names()
