"""Tests of spineseg.service.settings: what a site may write, and what it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.errors import SettingsError
from spineseg.service.settings import is_loopback, read_settings

ROOT = Path(__file__).resolve().parents[2]


def _read(tmp_path: Path, text: str) -> object:
    path = tmp_path / "node.toml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path)


def test_the_example_is_valid() -> None:
    """configs/node.toml is accepted as it stands, and with every commented line of it in force."""
    path = ROOT / "configs" / "node.toml"

    assert read_settings(path).receive.ae_title == "SPINESEG"


def test_every_commented_default_is_one(tmp_path: Path) -> None:
    """The example with its comments taken off is accepted: no key in it is misspelt."""
    lines = (ROOT / "configs" / "node.toml").read_text(encoding="utf-8").splitlines()
    bare = [
        line.removeprefix("# ") if line.startswith("# ") and ("=" in line or "[" in line) else line for line in lines
    ]

    settings = read_settings(_written(tmp_path, "\n".join(line for line in bare[4:])))

    assert settings.destinations["pacs"].name == "pacs"
    assert settings.send.routes[0].to == ("pacs",)


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "node.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[receive]\nporrt = 1", "receive.porrt"),
        ('[receive]\nae_title = "SEVENTEEN_LETTERS"', "receive.ae_title"),
        ('[receive]\nhost = "0.0.0.0"', "receive.peers"),
        ('[[send.routes]]\nto = ["nowhere"]', "destination that is not there"),
        ('[alert]\nat_least = "undetermined"', "alert.at_least"),
        ("[work]\nworkers = 0", "work.workers"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, line: str, said: str) -> None:
    """A wrong key or value is refused with its name."""
    with pytest.raises(SettingsError, match=said):
        _read(tmp_path, f'[storage]\nfolder = "x"\n{line}\n')


def test_paths_are_beside_the_file(tmp_path: Path) -> None:
    """Relative paths are those of the settings' folder, not of the working directory."""
    path = _written(tmp_path, '[storage]\nfolder = "data"\n')

    assert read_settings(path).storage.folder == tmp_path / "data"


@pytest.mark.parametrize(
    ("host", "only_here"), [("127.0.0.1", True), ("::1", True), ("::", False), ("10.0.0.1", False)]
)
def test_loopback(host: str, only_here: bool) -> None:
    """Only addresses of the loopback network count as this machine alone."""
    assert is_loopback(host) is only_here
