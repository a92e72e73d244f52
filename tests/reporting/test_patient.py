from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from spineseg.reporting.patient import TYPE_2, patient_and_study
from spineseg.reporting.source import read_source
from tests.reporting.samples import (
    make_sample,
)


@pytest.mark.parametrize(
    ("charset", "codec", "name"),
    [
        (["ISO_IR 100"], "latin-1", "Müller^Jürgen"),
        (["ISO-IR 100"], "latin-1", "Müller^Jürgen"),
        (["GB18030"], "gb18030", "Wang^XiaoDong=王^小东"),
        (["ISO_IR 144"], "iso8859-5", "Люк^Иван"),
        (["ISO_IR 192"], "utf-8", "Buc^Jérôme"),
        (["", "ISO 2022 IR 87"], "iso2022_jp", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ([], "ascii", "Smith^John"),
    ],
)
def test_names_survive_every_character_set(tmp_path: Path, charset: list[str], codec: str, name: str) -> None:
    """A name in any character set, misspelt ones included, is the same name in UTF-8."""
    one = make_sample(tmp_path / "in", shape=(3, 16, 16))
    for path in one.files:
        _write_raw_name(path, charset, name.encode(codec))

    source = read_source(one.input.series)

    assert source.patient_study.SpecificCharacterSet == "ISO_IR 192"
    assert str(source.patient_study.PatientName) == name


def test_an_unknown_character_set_loses_letters_but_not_the_report(tmp_path: Path) -> None:
    """Nonsense as character set does not stop a report."""
    one = make_sample(tmp_path / "in", shape=(3, 16, 16))
    for path in one.files:
        _write_raw_name(path, ["NONSENSE"], b"M\xfcller")

    assert str(read_source(one.input.series).patient_study.PatientName).startswith("M")


def _write_raw_name(path: Path, charset: list[str], name: bytes) -> None:
    """Replace character set and name by raw bytes: pydicom would refuse to write some."""
    dataset = dcmread(path)
    del dataset.SpecificCharacterSet
    dataset.PatientName = "X" * (len(name) + len(name) % 2)
    dataset.AccessionNumber = ""
    dataset.save_as(path)
    content = path.read_bytes()
    content = content.replace(b"X" * (len(name) + len(name) % 2), name + b" " * (len(name) % 2))
    value = "\\".join(charset).encode()
    value += b" " * (len(value) % 2)
    element = b"\x08\x00\x05\x00CS" + len(value).to_bytes(2, "little") + value
    start = content.index(b"\x08\x00\x08\x00CS")
    path.write_bytes(content[:start] + (element if charset else b"") + content[start:])


def test_every_type_2_attribute_is_present_and_nothing_else_is_empty() -> None:
    """An empty header gives empty type 2 attributes, the character set, and no optional attribute."""
    raw = Dataset()
    raw.StudyDescription = ""

    result = patient_and_study(raw)

    assert {one.keyword for one in result} == {*TYPE_2, "SpecificCharacterSet"}
    assert all(str(result[keyword].value) == "" for keyword in TYPE_2)


def test_wrong_values_go_and_identifiers_stay() -> None:
    """Dates, times, ages and codes against the standard are emptied; a patient ID is kept, the first of several."""
    raw = Dataset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        raw.PatientBirthDate, raw.StudyTime, raw.PatientAge, raw.PatientSex = "1950", "noon", "old", "X"
        raw.PatientID, raw.PatientName, raw.StudyDate = ["", "34", "56"], "Doe^Jane", "20260203"
        result = patient_and_study(raw)

    assert (result.PatientBirthDate, result.StudyTime, result.PatientSex) == ("", "", "")
    assert "PatientAge" not in result
    assert (result.PatientID, str(result.PatientName), result.StudyDate) == ("34", "Doe^Jane", "20260203")


def test_only_patient_and_study_modules_are_taken() -> None:
    """Attributes of the image never get into a result by this way."""
    raw = Dataset()
    raw.PatientName, raw.StudyInstanceUID, raw.StationName = "Doe^Jane", "1.2.3", "MR1"

    result = patient_and_study(raw)

    assert result.StudyInstanceUID == "1.2.3"
    assert "StationName" not in result
