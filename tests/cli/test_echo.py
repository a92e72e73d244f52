from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.archive.commitment import VERIFICATION
from spineseg.cli import main
from spineseg.errors import EXIT_DESTINATION, EXIT_DONE, EXIT_SETTINGS
from tests.archive.peers import running_peer
from tests.cli.test_send import configuration


@pytest.mark.parametrize("name", [["pacs"], ["--to", "pacs"]])
def test_echo(name: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A peer that answers is told in one line, by either way to name it."""
    with running_peer([VERIFICATION]) as peer:
        assert main(["echo", *name, "--config", configuration(tmp_path, peer)]) == EXIT_DONE

    assert "answers C-ECHO" in capsys.readouterr().out


def test_nobody_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A peer that is gone ends with the exit code of destinations and one line."""
    with running_peer([VERIFICATION]) as peer:
        config = configuration(tmp_path, peer)

    assert main(["echo", "pacs", "--config", config]) == EXIT_DESTINATION
    assert "no route to the peer" in capsys.readouterr().err


def test_no_name(tmp_path: Path) -> None:
    """Without a name nothing is asked."""
    (tmp_path / "x.toml").write_text("")

    assert main(["echo", "--config", str(tmp_path / "x.toml")]) == EXIT_SETTINGS
