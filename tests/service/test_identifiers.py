"""Tests of spineseg.service.identifiers: the walk says what the library says, and leaves to it what is unusual."""

from __future__ import annotations

from io import BytesIO

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)
from pynetdicom.dsutils import encode

from spineseg.service import identifiers
from spineseg.service.identifiers import UNREADABLE, read_identifiers
from tests.service.peers_and_files import STUDY, instance

PLAIN = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)


def _encoded(dataset: Dataset, syntax: UID) -> BytesIO:
    content = encode(
        dataset,
        syntax.is_implicit_VR,
        syntax.is_little_endian,
        deflated=syntax == DeflatedExplicitVRLittleEndian,
    )
    assert content is not None
    return BytesIO(content)


def _with_sequence() -> Dataset:
    """A referenced image before the study's UID, and a private element with a long value."""
    dataset = instance()
    item = Dataset()
    item.ReferencedSOPInstanceUID, item.StudyInstanceUID = "9.9", "9.8"
    dataset.ReferencedImageSequence = [item]
    dataset.add_new(0x00090010, "LO", "MAKER")
    dataset.add_new(0x00091001, "UN", b"\0" * 40)
    return dataset


@pytest.mark.parametrize("syntax", [*PLAIN, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_the_identifiers_of_every_syntax(syntax: str) -> None:
    """SOP Instance UID and Study Instance UID of the dataset itself, not of what it refers to."""
    assert read_identifiers(_encoded(_with_sequence(), UID(syntax)), UID(syntax)) == (f"{STUDY}.1", STUDY)


@pytest.mark.parametrize("syntax", PLAIN)
def test_the_usual_dataset_needs_no_library(syntax: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With sequences of defined length the walk alone finds both."""
    content = _encoded(_with_sequence(), UID(syntax))
    monkeypatch.setattr(identifiers, "_read", None)

    assert read_identifiers(content, UID(syntax)) == (f"{STUDY}.1", STUDY)


@pytest.mark.parametrize("syntax", PLAIN)
def test_a_sequence_of_undefined_length_is_left_to_the_library(syntax: str) -> None:
    """What an item of it says is not taken for the dataset's own."""
    dataset = _with_sequence()
    dataset["ReferencedImageSequence"].is_undefined_length = True

    assert read_identifiers(_encoded(dataset, UID(syntax)), UID(syntax)) == (f"{STUDY}.1", STUDY)


@pytest.mark.parametrize("syntax", PLAIN)
@pytest.mark.parametrize("keyword", ["SOPInstanceUID", "StudyInstanceUID"])
def test_a_missing_identifier_is_an_error(syntax: str, keyword: str) -> None:
    """Nothing is made up."""
    dataset = instance()
    delattr(dataset, keyword)

    with pytest.raises(KeyError):
        read_identifiers(_encoded(dataset, UID(syntax)), UID(syntax))


def test_a_cut_dataset_is_never_another_study() -> None:
    """Every truncation is answered like the whole, or is an error that the receiver knows."""
    whole = _encoded(_with_sequence(), UID(ExplicitVRLittleEndian)).getvalue()
    answers = set()
    for end in range(len(whole)):
        try:
            answers.add(read_identifiers(BytesIO(whole[:end]), UID(ExplicitVRLittleEndian)))
        except UNREADABLE:
            answers.add(None)

    assert answers == {None, (f"{STUDY}.1", STUDY)}
