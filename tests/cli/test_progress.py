"""Tests of spineseg.cli.progress."""

from __future__ import annotations

import pytest

from spineseg.cli.progress import counted, stages


def test_a_pipe_stays_silent(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal neither output nor error stream gets a character."""
    with stages("spineseg run") as on_stage:
        on_stage("segment")

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == ""


def test_a_terminal_sees_the_stage(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal the name of the stage in progress is shown, on standard error."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")

    with stages("spineseg run") as on_stage:
        on_stage("segment")

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "segment" in captured.err


def test_a_bar_counts_finished_items(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal the bar ends at all of all; in a pipe nothing is shown."""
    with counted("convert", 3) as on_item:
        for name in "abc":
            on_item(name)
    assert capsys.readouterr() == ("", "")

    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with counted("convert", 3) as on_item:
        for name in "abc":
            on_item(name)

    shown = capsys.readouterr().err
    assert "3/3" in shown
    assert "convert: c" in shown
