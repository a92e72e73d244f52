from __future__ import annotations

import json
from pathlib import Path

import pytest

from spineseg.domain.dataset import (
    DATALIST,
    LabelledCase,
    LabelledSet,
    Names,
    Source,
    Structure,
    read_labelled_set,
    write_labelled_set,
)
from spineseg.domain.volume import Modality
from spineseg.errors import SettingsError

CASE = LabelledCase(
    name="a", patient="p", image="cases/a/image.nii.gz", label="cases/a/label.nii.gz", modality=Modality.CT,
    labelled=(Structure.VERTEBRA,), names=Names.GIVEN, complete_ends=False,
)  # fmt: skip
SET = LabelledSet(source=Source(name="s", title="S", licence="CC0", citation="c"), training=(CASE,))


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """A datalist comes back as it was."""
    write_labelled_set(SET, tmp_path)

    assert read_labelled_set(tmp_path) == SET


def test_monai_reads_the_datalist(tmp_path: Path) -> None:
    """MONAI's own reader finds image and label of the training cases."""
    from monai.data.decathlon_datalist import load_decathlon_datalist

    path = write_labelled_set(SET, tmp_path)

    (item,) = load_decathlon_datalist(str(path), True, "training", str(tmp_path))

    assert item["image"].endswith("cases/a/image.nii.gz")


@pytest.mark.parametrize(("key", "value"), [("image", "../secret.nii.gz"), ("label", "/etc/passwd"), ("colour", "red")])
def test_a_wrong_datalist_is_refused(tmp_path: Path, key: str, value: str) -> None:
    """Paths out of the folder and unknown keys end with the file and the field."""
    content = SET.model_dump(mode="json")
    content["training"][0][key] = value
    (tmp_path / DATALIST).write_text(json.dumps(content))

    with pytest.raises(SettingsError, match=f"training.0.{key}"):
        read_labelled_set(tmp_path)


def test_a_folder_without_one_says_how_to_make_it(tmp_path: Path) -> None:
    """The error names the command."""
    with pytest.raises(SettingsError, match="spineseg data"):
        read_labelled_set(tmp_path)
