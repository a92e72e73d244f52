from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.datasets.sets import PUBLIC_SETS, find_cases
from spineseg.errors import SettingsError


def test_every_set_has_a_licence_and_a_citation() -> None:
    """What is trained on it must be able to say what it was trained on."""
    assert all(one.source.licence and one.source.citation for one in PUBLIC_SETS.values())


@pytest.mark.parametrize("name", PUBLIC_SETS)
def test_an_empty_folder_is_no_set(name: str, tmp_path: Path) -> None:
    """Each finder says in one line what it looked for."""
    with pytest.raises(SettingsError, match="set here"):
        find_cases(name, tmp_path)


@pytest.mark.parametrize(("name", "words"), [("spyder", "unknown data set"), ("folder", "not described")])
def test_what_cannot_be_found_is_said(name: str, words: str, tmp_path: Path) -> None:
    """An unknown name lists the known ones; one's own data need a description."""
    with pytest.raises(SettingsError, match=words):
        find_cases(name, tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """A wrong path is no empty set."""
    with pytest.raises(SettingsError, match="no such folder"):
        find_cases("spider", tmp_path / "nowhere")
