from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from spineseg.domain.settingsfile import read_settings_file
from spineseg.errors import SettingsError


class Toy(BaseModel):
    """Settings with one key."""

    model_config = ConfigDict(extra="forbid")
    size: int


def read(path: Path, text: str | None) -> Toy:
    """Settings of a file with that text."""
    if text is not None:
        path.write_text(text)
    return read_settings_file(path, Toy, what="the toy", remedy="give one")


def test_a_right_file_is_read(tmp_path: Path) -> None:
    """Keys become fields."""
    assert read(tmp_path / "a.yaml", "size: 3").size == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read"),
        ("size: [", "not YAML"),
        ("size: much", "a.yaml: size"),
        ("colour: red\nsize: 1", "a.yaml: colour"),
        ("", "whole file"),
        ("!!python/object/apply:os.system ['true']", "not YAML"),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path: Path, text: str | None, words: str) -> None:
    """Missing, no YAML, a wrong value, an unknown key, nothing, an object: one line with file and field."""
    with pytest.raises(SettingsError, match=words) as caught:
        read(tmp_path / "a.yaml", text)

    assert "\n" not in str(caught.value)
