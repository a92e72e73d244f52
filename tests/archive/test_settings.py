from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.archive import CommitmentSettings, DimsePeer, WebPeer, read_destinations
from spineseg.errors import SettingsError

SHIPPED = Path(__file__).resolve().parents[2] / "configs" / "destinations.toml"
DIMSE = 'host = "h"\nport = 104\ncalled_ae_title = "PACS"\n'


def read(folder: Path, entry: str) -> object:
    """The destination of an entry."""
    path = folder / "sites.toml"
    path.write_text(f"[other]\nx = 1\n[destinations.a]\n{entry}")
    return read_destinations(path)["a"]


def test_shipped_file() -> None:
    """The example that we ship is valid as it is and with every line that is commented out."""
    assert set(read_destinations(SHIPPED)) == {"pacs", "web"}


def test_shipped_choices(tmp_path: Path) -> None:
    """Every key that the example shows is one that is read."""
    path = tmp_path / "all.toml"
    lines = SHIPPED.read_text().splitlines()
    path.write_text("\n".join(line.removeprefix("# ") if " = " in line else line for line in lines))

    pacs, web = (read_destinations(path)[name] for name in ("pacs", "web"))

    assert isinstance(pacs.peer, DimsePeer)
    assert pacs.peer.commitment == CommitmentSettings(listen_port=11112, timeout_s=60)
    assert pacs.tls is not None
    assert pacs.tls.ca_file == tmp_path / "pacs-ca.pem"
    assert isinstance(web.peer, WebPeer)
    assert web.peer.password_file == tmp_path / "password.txt"
    assert not pacs.accepts_labelmap


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (DIMSE + 'colour = "red"', "colour: not a known key"),
        ('host = "h"\nport = 104', "host needs port and called_ae_title"),
        (DIMSE + 'url = "http://h"', "either host"),
        (DIMSE.replace("104", "70000"), "port"),
        (DIMSE.replace("PACS", "A" * 17), "called_ae_title"),
        (DIMSE.replace("PACS", "A B\\\\C"), "called_ae_title"),
        (DIMSE.replace("PACS", " "), "called_ae_title"),
        ('url = "ftp://h"', "http"),
        ('url = "https://user:secret@h/x"', "no user or password in the address"),
        ('url = "https://h"\nuser_name = "u"', "belong together"),
        (DIMSE + 'tls = { certificate_file = "c" }', "belong together"),
        (DIMSE + "timeout_s = 0", "timeout_s"),
    ],
)
def test_wrong_entries(tmp_path: Path, entry: str, words: str) -> None:
    """A wrong entry is refused in one line with file, destination and key, and never with a secret."""
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, entry)
    assert words in str(caught.value)
    assert "sites.toml, destinations.a" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["[destinations", "destinations = 3"])
def test_not_a_table(tmp_path: Path, content: str) -> None:
    """What is no TOML, or no table, is a setting that is wrong."""
    path = tmp_path / "sites.toml"
    path.write_text(content)

    with pytest.raises(SettingsError, match=r"sites\.toml"):
        read_destinations(path)


def test_no_file(tmp_path: Path) -> None:
    """A file that is not there is a setting that is wrong."""
    with pytest.raises(SettingsError, match="--config"):
        read_destinations(tmp_path / "none.toml")
