from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from spineseg.errors import SettingsError
from spineseg.segmentation.classes import Stage, class_names
from spineseg.segmentation.metadata import WEIGHTS
from spineseg.segmentation.settings import DataShare, StageSettings, read_train_settings
from tests.segmentation.conftest import REPOSITORY

SHIPPED = REPOSITORY / "configs" / "train.yaml"


def changed(folder: Path, **keys: object) -> Path:
    """The shipped file with other values in its anatomy section; None takes a key away."""
    content = yaml.safe_load(SHIPPED.read_text())
    content["anatomy"] = {key: value for key, value in {**content["anatomy"], **keys}.items() if value is not None}
    path = folder / "train.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


@pytest.mark.parametrize("stage", Stage)
def test_the_shipped_settings_are_valid(stage: Stage) -> None:
    """Both sections validate and name only classes that exist."""
    settings = read_train_settings(SHIPPED, stage)

    assert len(settings.weights_in_order(stage)) == len(class_names(stage))
    assert settings.bundle == Path("models") / stage


def test_weights_follow_the_channels() -> None:
    """A class that the file leaves out weighs 1, the others what the file says."""
    settings = read_train_settings(SHIPPED, Stage.ANATOMY)

    weights = settings.weights_in_order(Stage.ANATOMY)

    assert weights[0] == settings.class_weights["background"]
    assert weights[1] == 1.0


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ({"epochs": 3}, "epochs"),
        ({"minutes": None}, "either minutes or steps"),
        ({"steps": 5}, "either minutes or steps"),
        ({"batch": 0}, "batch"),
        ({"patch_voxels": [64, 64]}, "patch_voxels"),
    ],
)
def test_wrong_settings_name_their_field(tmp_path: Path, keys: dict[str, object], named: str) -> None:
    """An unknown key, a missing or doubled budget and values out of range are refused by name."""
    with pytest.raises(SettingsError, match=named):
        read_train_settings(changed(tmp_path, **keys), Stage.ANATOMY)


def test_a_weight_for_an_unknown_class_is_refused(tmp_path: Path) -> None:
    """A misspelt class must not silently weigh 1."""
    settings = read_train_settings(changed(tmp_path, class_weights={"vertebra": 2.0}), Stage.ANATOMY)

    with pytest.raises(SettingsError, match="vertebra"):
        settings.weights_in_order(Stage.ANATOMY)


def test_minutes_of_the_command_line_replace_the_budget(tmp_path: Path) -> None:
    """--minutes wins over minutes and over steps."""
    path = changed(tmp_path, minutes=None, steps=10)

    settings = read_train_settings(path, Stage.ANATOMY, minutes=3.0)

    assert (settings.minutes, settings.steps) == (3.0, None)


@pytest.mark.parametrize("content", [None, "anatomy: [", "just words"])
def test_an_unreadable_file_is_a_settings_error(tmp_path: Path, content: str | None) -> None:
    """Missing, not YAML, or not a mapping: one line, exit code 2."""
    path = tmp_path / "train.yaml"
    if content is not None:
        path.write_text(content)

    with pytest.raises(SettingsError) as caught:
        read_train_settings(path, Stage.ANATOMY)

    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


def test_data_sets_refine_the_bundle(tmp_path: Path) -> None:
    """With data sets the bundle's weights are the start, unless another is named; phantoms alone start from nothing."""
    weights = tmp_path / WEIGHTS
    weights.parent.mkdir()
    weights.touch()
    settings = StageSettings(bundle=tmp_path, patch_voxels=(16, 16, 16), spacing_mm=1.5, steps=1)
    with_data = settings.model_copy(update={"data": (DataShare(folder=tmp_path),)})

    assert settings.start is None
    assert with_data.start == tmp_path
    assert with_data.model_copy(update={"start_from": Path("runs/old")}).start == Path("runs/old")
    assert with_data.model_copy(update={"start_from": Path("scratch")}).start is None
