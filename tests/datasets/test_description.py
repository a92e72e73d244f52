from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.datasets.description import Description, read_description
from spineseg.errors import SettingsError

GOOD = "licence: CC0\ncitation: none\nmodality: MR\nlabelled: [spinal cord]\nvalues: {1: spinal cord, 2: unknown}\n"


def written(path: Path, text: str) -> Path:
    """A description file."""
    path.write_text(text)
    return path


def test_values_become_ours(tmp_path: Path) -> None:
    """A structure's value is ours, "unknown" is the value that says nothing, a level its vertebra."""
    described = read_description(written(tmp_path / "dataset.yaml", GOOD))
    named = Description.model_validate(
        {"licence": "CC0", "citation": "none", "modality": "CT", "labelled": ["vertebra"], "values": {"T7": "T7"}}
    )

    assert described.label_values() == {1: 60, 2: 255}
    assert named.label_values() == {"T7": 14}
    assert not described.parts


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("licence: CC0", "licence"),
        ("spinal cord, 2: unknown", "unknown meaning"),
        ("values: {1: spinal cord, 2: unknown}", "levels"),
        ("modality: MR", "patient"),
        ("citation: none", "Extra"),
    ],
)
def test_a_wrong_description_names_its_field(tmp_path: Path, change: str, words: str) -> None:
    """No licence, a word that is no structure, mixed values, a bad expression, an unknown key: refused."""
    replaced = {
        "licence: CC0": "",
        "spinal cord, 2: unknown": "spinal chord",
        "values: {1: spinal cord, 2: unknown}": "values: {1: T7, 2: vertebra}",
        "modality: MR": "modality: MR\npatient: 'sub'",
        "citation: none": "citation: none\nlicense: CC0",
    }[change]

    with pytest.raises(SettingsError, match=words):
        read_description(written(tmp_path / "dataset.yaml", GOOD.replace(change, replaced)))


def test_no_description_says_what_to_write(tmp_path: Path) -> None:
    """Without a file the error names it and the option."""
    with pytest.raises(SettingsError, match="--description"):
        read_description(tmp_path / "dataset.yaml")
