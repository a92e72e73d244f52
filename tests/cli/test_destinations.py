from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from spineseg.cli.destinations import CONFIG_VARIABLE, named_destination

ENTRY = '[destinations.a]\nurl = "http://127.0.0.1:1"\n'


def test_option_before_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file of the option goes before that of the environment."""
    (tmp_path / "option.toml").write_text(ENTRY)
    (tmp_path / "environment.toml").write_text(ENTRY.replace(":1", ":2"))
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "environment.toml"))

    given = named_destination(argparse.Namespace(config=tmp_path / "option.toml"), "a")
    found = named_destination(argparse.Namespace(config=None), "a")

    assert given != found
    assert ":1" in str(given)
