"""Tests of spineseg.evaluation.datalist."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from spineseg.errors import SettingsError
from spineseg.evaluation.datalist import CaseRole, Datalist, default_datalist, name_of, read_datalist
from tests.evaluation.toys import LIST


def _write(path: Path, change: Callable[[Any], None] = lambda _: None) -> Path:
    content = copy.deepcopy(LIST)
    change(content)
    path.write_text(yaml.safe_dump(content))
    return path


def test_a_list_is_read(tmp_path: Path) -> None:
    """A whole list comes back with its values, groups and goals."""
    datalist = read_datalist(_write(tmp_path / "list.yaml"))

    (case,) = datalist.cases
    assert case.role is CaseRole.VALIDATION
    assert case.groups == {"bodies T2"}
    assert case.references[0].values == dict.fromkeys((1, 2, 3), "vertebral body")
    assert datalist.goals[0].at_least == 0.8


_CHANGES: dict[str, Callable[[Any], None]] = {
    "healty": lambda content: content["cases"][0].update(healty=True),
    "unknown structure": lambda content: content["cases"][0]["references"][0].update(values={1: "vertebal body"}),
    "needs level names": lambda content: content["cases"][0]["references"][0].update(rule="named"),
    "the rule owned": lambda content: content["cases"][0]["references"][0].update(values={1: "spinal cord"}),
    "inside the data folder": lambda content: content["cases"][0].update(image="../elsewhere.nii.gz"),
    "two cases": lambda content: content["cases"].append(content["cases"][0]),
    "no validation case": lambda content: content["goals"][0].update(groups=["bodies T1"]),
    "no background case": lambda content: content["goals"][0].update(role="background"),
    "role": lambda content: content["cases"][0].update(role="training"),
}


@pytest.mark.parametrize("word", _CHANGES)
def test_a_wrong_list_is_one_error_that_says_what(word: str, tmp_path: Path) -> None:
    """Unknown keys, structures, roles and groups, doubles and paths that leave the folder are refused."""
    with pytest.raises(SettingsError) as caught:
        read_datalist(_write(tmp_path / "list.yaml", _CHANGES[word]))

    assert word in str(caught.value)


def test_no_file_and_no_yaml_are_said(tmp_path: Path) -> None:
    """A missing list and a broken one are errors of the settings."""
    broken = tmp_path / "broken.yaml"
    broken.write_text("cases: [")

    with pytest.raises(SettingsError, match="cannot be read"):
        read_datalist(tmp_path / "none.yaml")
    with pytest.raises(SettingsError, match="not YAML"):
        read_datalist(broken)


def test_the_safe_loader_runs_no_code(tmp_path: Path) -> None:
    """A list cannot make Python objects."""
    path = tmp_path / "list.yaml"
    path.write_text("cases: !!python/object/apply:os.getcwd []")

    with pytest.raises(SettingsError, match="not YAML"):
        read_datalist(path)


@pytest.fixture(scope="module")
def shipped() -> Datalist:
    """The list in configs/."""
    return read_datalist(default_datalist())


def test_the_shipped_list_keeps_the_roles_apart(shipped: Datalist) -> None:
    """Backgrounds for lesion training never count in the number that chooses checkpoints."""
    roles = {case.name: case.role for case in shipped.cases}

    backgrounds = {name for name, role in roles.items() if role is CaseRole.BACKGROUND}
    assert {"ts_ct", "gstt_ct", "sct_t1", "gm_10062_1", "gm_9418", "gm_9584", "sct_t2_lumbar"} <= backgrounds
    assert {"VB2_02", "VB3_46", "tptbox_mr", "gm_9604", "sct_t2", "thoracic_ct"} <= set(roles) - backgrounds


@pytest.mark.real_data
def test_every_file_of_the_shipped_list_is_there(shipped: Datalist, shared_data: Path) -> None:
    """No path of the list is mistyped."""
    paths = [path for case in shipped.cases for path in (case.image, *(one.mask for one in case.references))]

    assert [path for path in paths if not (shared_data / path).exists()] == []


def test_only_levels_are_names() -> None:
    """V3 and the sacrum name no level; 22 is L3."""
    assert name_of(22) == "L3"
    assert name_of(33) == ""
    assert name_of(26) == ""
