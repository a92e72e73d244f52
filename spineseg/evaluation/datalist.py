"""validation.yaml -> Datalist: labelled real images, what their labels mean, and goals; unknown keys are refused."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from spineseg.domain.labels import SACRUM, level_name
from spineseg.domain.settingsfile import read_settings_file
from spineseg.domain.volume import Modality, SeriesRole
from spineseg.evaluation.structures import COUNTED, MASKS, structure_of

Share = Annotated[float, Field(ge=0, le=1)]


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or PurePosixPath(path).is_absolute() or ".." in parts:
        raise ValueError("give a path inside the data folder")
    return path


RelativePath = Annotated[str, AfterValidator(_inside)]


class CaseRole(StrEnum):
    """What an image may serve for."""

    VALIDATION = "validation"
    BACKGROUND = "background"  # lesions were painted into it for training: no score on it says much about others


class Rule(StrEnum):
    """How a reference is compared.

    - `dice`: each structure as one mask, in the whole image.
    - `dice_in_slab`: the same between the lowest and highest labelled slice, for masks of a part of the spine.
    - `owned`: each value is one body, vertebra or disc, compared with the instance that owns most of it; what has
      no reference is no error.
    - `named`: as `owned`, and the names must be right.
    """

    DICE = "dice"
    DICE_IN_SLAB = "dice_in_slab"
    OWNED = "owned"
    NAMED = "named"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reference(_Strict):
    """One label file of a case.

    Parameters
    ----------
    mask
        Relative to the data folder.
    values
        Value in the file -> structure, or level for the rule `named`. Several values may share a structure.
    group
        Scores are averaged by group; the structure's name where it is not given.
    ignore
        Values whose voxels count neither for nor against, such as end plates between body and disc.
    drawn_by
        A score against a model's output is agreement, not accuracy.
    """

    mask: RelativePath
    values: dict[int, str]
    rule: Rule
    group: str | None = None
    ignore: tuple[int, ...] = ()
    drawn_by: Literal["hand", "model", "not stated"]

    @model_validator(mode="after")
    def _known(self) -> Reference:
        unknown = [name for name in self.values.values() if structure_of(name) not in MASKS]
        if unknown:
            raise ValueError(f"unknown structure {unknown[0]!r}; use a level or one of {', '.join(MASKS)}")
        kinds = {structure_of(name) for name in self.values.values()}
        if self.rule in (Rule.OWNED, Rule.NAMED) and not kinds <= set(COUNTED):
            raise ValueError(f"the rule {self.rule.value} is for {', '.join(COUNTED)}")
        if self.rule is Rule.NAMED and any(name == structure_of(name) for name in self.values.values()):
            raise ValueError("the rule named needs level names, such as L3")
        return self

    def group_of(self, name: str) -> str:
        """Group that a structure's score counts in."""
        return structure_of(name) if self.group is None else self.group


class ImageCase(_Strict):
    """One real image.

    Parameters
    ----------
    image
        File or DICOM series folder, relative to the data folder.
    series
        Role that its series would get; decides what is looked for in it.
    healthy
        No tumour is known in it.
    caption
        Stands under its name in the picture; contrast and role where it is empty.
    """

    name: str
    image: RelativePath
    modality: Modality
    contrast: str
    series: SeriesRole
    role: CaseRole
    licence: str
    healthy: bool
    references: tuple[Reference, ...] = ()
    caption: str = ""

    @property
    def groups(self) -> set[str]:
        """Groups that it has a reference for."""
        return {one.group_of(name) for one in self.references for name in one.values.values()}


class Measure(StrEnum):
    """What a goal is set on."""

    DICE = "dice"
    OWNED = "owned"
    NAMED_DICE = "named_dice"
    NAMES_RIGHT = "names_right"


class Goal(_Strict):
    """Least value of a measure over groups of references."""

    name: str
    groups: tuple[str, ...]
    measure: Measure
    role: CaseRole = CaseRole.VALIDATION
    at_least: Share


class HealthyGoal(_Strict):
    """Lesions reported on images without a known tumour: least share without any, and most on one other [mL]."""

    clean_share: Share
    most_ml: Annotated[float, Field(ge=0)]


class Datalist(_Strict):
    """Cases, goals, and the groups whose means make the one number that checkpoints are chosen by."""

    summary: tuple[str, ...]
    goals: tuple[Goal, ...]
    healthy: HealthyGoal
    cases: tuple[ImageCase, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Datalist:
        names = [case.name for case in self.cases]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"two cases are called {min(twice)}")
        for role in CaseRole:
            present = set[str]().union(*(case.groups for case in self.cases if case.role is role))
            wanted = {group for goal in self.goals if goal.role is role for group in goal.groups}
            wanted |= set(self.summary) if role is CaseRole.VALIDATION else set()
            if wanted - present:
                raise ValueError(f"no {role.value} case has a reference of the group {min(wanted - present)!r}")
        return self


def default_datalist() -> Path:
    """The shipped list: the wheel's `spineseg/configs`, else the checkout's `configs`."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "configs" / "validation.yaml"
    return inside if inside.is_file() else package.parent / "configs" / "validation.yaml"


def read_datalist(path: Path) -> Datalist:
    """Datalist of a file.

    Raises
    ------
    SettingsError
        The file is missing, is not YAML, or has a key or value that is not known.
    """
    return read_settings_file(path, Datalist, what="the datalist", remedy="give --list FILE")


def name_of(value: int) -> str:
    """Level that an anatomy value names; empty where it names none."""
    name = level_name(value)
    return "" if value == SACRUM or name.startswith("V") else name
