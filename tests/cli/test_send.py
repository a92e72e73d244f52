from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.archive import DimsePeer
from spineseg.cli import main
from spineseg.errors import EXIT_DESTINATION, EXIT_DONE, EXIT_INPUT, EXIT_SETTINGS
from tests.archive.peers import Peer, running_peer

SR_CLASS = "1.2.840.10008.5.1.4.1.1.88.34"  # Comprehensive 3D SR Storage (PS3.4 B.5)


def configuration(folder: Path, peer: Peer) -> str:
    """File that names the peer "pacs"."""
    assert isinstance(peer.destination.peer, DimsePeer)
    path = folder / "sites.toml"
    port = peer.destination.peer.port
    path.write_text(f'[destinations.pacs]\nhost = "127.0.0.1"\nport = {port}\ncalled_ae_title = "PEER"\n')
    return str(path)


def test_report_is_sent(report_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that the peer takes is told as stored, with exit code 0."""
    with running_peer([SR_CLASS]) as peer:
        code = main(["send", str(report_file), "--to", "pacs", "--config", configuration(tmp_path, peer)])

    assert code == EXIT_DONE
    assert capsys.readouterr().out == "report.sr.dcm: stored\n"
    assert len(peer.received) == 1


def test_a_part_is_not_taken(report_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a peer takes only some of a folder, each file is told, and the exit code says that not all is there."""
    with running_peer([SR_CLASS]) as peer:
        code = main(["send", str(report_file.parent), "--to", "pacs", "--config", configuration(tmp_path, peer)])

    told = capsys.readouterr()
    assert code == EXIT_DESTINATION
    assert "report.sr.dcm: stored" in told.out
    assert "anatomy.seg.dcm: NOT stored, the peer does not take Segmentation Storage" in told.out
    assert told.err.count("\n") == 1


def test_an_empty_folder(tmp_path: Path) -> None:
    """A folder without results is an input that cannot be used."""
    with running_peer([SR_CLASS]) as peer:
        assert main(["send", str(tmp_path), "--to", "pacs", "--config", configuration(tmp_path, peer)]) == EXIT_INPUT


def test_unknown_name(report_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that the configuration does not have: one line names those that it has."""
    with running_peer([SR_CLASS]) as peer:
        code = main(["send", str(report_file), "--to", "x", "--config", configuration(tmp_path, peer)])

    assert code == EXIT_SETTINGS
    assert "there is no destination x (sites.toml); known: pacs" in capsys.readouterr().err
