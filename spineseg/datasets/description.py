"""dataset.yaml -> Description: what a user's own images and labels are; unknown keys are refused."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from spineseg.domain import labels
from spineseg.domain.dataset import NOT_KNOWN, Names, Source, Split, Structure
from spineseg.domain.settingsfile import read_settings_file
from spineseg.domain.volume import Modality

FILE = "dataset.yaml"
UNKNOWN_WORD = "unknown"


class Description(BaseModel):
    """A set of one's own.

    Parameters
    ----------
    values
        Label of the file (a segment's label for DICOM SEG) -> level such as T7, structure, or "unknown". Without
        it the files hold the values of docs/architecture.md. Levels and the structures vertebra, vertebral body
        and disc cannot be mixed: without names, vertebrae and discs are numbered from the head.
    image
        Pattern of the images below the folder, for the kind `folder`.
    label_suffix
        What a label file's name has more than its image's, for files that lie beside it or under derivatives/.
    patient
        Regular expression whose first group, in the path below the folder, is the patient: sessions of one person
        must not fall into different splits.
    split
        Of all cases; patients are distributed where it is not given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = "own data"
    licence: str = Field(min_length=2)
    citation: str = Field(min_length=2)
    modality: Modality
    labelled: tuple[Structure, ...]
    names: Names = Names.GIVEN
    complete_ends: bool = True
    values: dict[int | str, str] = Field(default_factory=dict)
    image: str = "**/*.nii.gz"
    label_suffix: str = "_seg"
    patient: str = r"(sub-[A-Za-z0-9]+)"
    split: Split | None = None

    @model_validator(mode="after")
    def _usable(self) -> Description:
        try:
            groups = re.compile(self.patient).groups
        except re.error as error:
            raise ValueError(f"patient is no regular expression: {error}") from error
        if groups < 1:
            raise ValueError("patient needs a group in parentheses")
        for word in self.values.values():
            if word not in _WORDS and word not in labels.VERTEBRA_VALUES:
                raise ValueError(f"unknown meaning {word!r}; use a level, {', '.join(_WORDS)}")
        if self.parts and any(word in labels.VERTEBRA_VALUES for word in self.values.values()):
            raise ValueError("values mix levels with structures that are numbered from the head")
        return self

    @property
    def parts(self) -> bool:
        """Whether vertebrae or discs come without names."""
        return any(word in _COUNTED for word in self.values.values())

    def source(self, name: str) -> Source:
        """Origin, for the datalist and the model card."""
        return Source(name=name, title=self.title, licence=self.licence, citation=self.citation)

    def structure_values(self) -> dict[int | str, Structure]:
        """Label -> structure, for values without level names."""
        return {label: Structure(word) for label, word in self.values.items() if word != UNKNOWN_WORD}

    def label_values(self) -> dict[int | str, int]:
        """Label -> value of `domain.labels`, for values whose vertebrae are named."""
        return {label: _value(word) for label, word in self.values.items()}


_WORDS = (*(one.value for one in Structure), UNKNOWN_WORD)
_COUNTED = (Structure.VERTEBRA.value, Structure.BODY.value, Structure.DISC.value)
_FIXED = {
    Structure.SACRUM.value: labels.SACRUM,
    Structure.CORD.value: labels.SPINAL_CORD,
    Structure.CANAL.value: labels.SPINAL_CANAL,
    UNKNOWN_WORD: NOT_KNOWN,
}


def _value(word: str) -> int:
    return _FIXED[word] if word in _FIXED else labels.VERTEBRA_VALUES[word]


def read_description(path: Path) -> Description:
    """Description of a file.

    Raises
    ------
    SettingsError
        The file is missing, is not YAML, or has a key or value that is not known.
    """
    remedy = f"write {FILE} (docs/retraining.md) or name one with --description"
    return read_settings_file(path, Description, what="the description of the set", remedy=remedy)
