from __future__ import annotations

import errno
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spineseg.datasets import convert as convert_module
from spineseg.datasets.convert import CASES, RECORD, Conversion, convert
from spineseg.datasets.sets import find_cases
from spineseg.datasets.sourcecase import SourceCase
from spineseg.domain.dataset import Names, Source, Split, Structure
from spineseg.domain.volume import Modality, make_grid
from spineseg.errors import SettingsError, UnreadableStudyError
from tests.datasets import miniatures

SOURCE = Source(name="toy", title="Toy", licence="CC0-1.0", citation="none")
AFFINE = np.array([[0, 0, 4.0, 0], [0, 4.0, 0, 0], [4.0, 0, 0, 0], [0, 0, 0, 1]])


def toy(name: str, *, seed: int = 0, values: tuple[int, ...] = (18, 19), patient: str = "") -> SourceCase:
    """A case that lives in memory."""
    labels = miniatures.column(values)
    return SourceCase(
        name=name, patient=patient or name, modality=Modality.CT, files=(),
        read_image=lambda: make_grid(miniatures.image_of(labels, seed=seed).astype(np.float32), AFFINE),
        read_labels=lambda: make_grid(labels.astype(np.int64), AFFINE),
        values={value: value for value in (18, 19, 20)}, labelled=(Structure.VERTEBRA,), names=Names.GIVEN,
        complete_ends=True,
    )  # fmt: skip


def reasons(conversion: Conversion) -> dict[str, tuple[str, ...]]:
    """Refusals by name."""
    return {record.name: record.refused for record in conversion.records if record.refused}


def test_a_wrong_case_ends_nothing(tmp_path: Path) -> None:
    """Unknown labels, an empty map, a broken file: each is refused with its reason, the good one is converted."""
    broken = replace(toy("broken", seed=4), read_image=_raises)
    empty = replace(toy("empty", seed=5), read_labels=lambda: make_grid(np.zeros(miniatures.SHAPE, np.int64), AFFINE))

    conversion = convert(SOURCE, [toy("good"), toy("odd", values=(18, 77)), empty, broken], tmp_path)

    assert set(reasons(conversion)) == {"odd", "empty", "broken"}
    assert reasons(conversion)["odd"] == ("unknown labels: 77",)
    assert reasons(conversion)["broken"] == ("broken file",)
    assert [case.name for split in Split for case in conversion.labelled.of(split)] == ["good"]


def _raises() -> object:
    raise UnreadableStudyError("broken file")


def test_copies_under_two_names_are_refused(tmp_path: Path) -> None:
    """The same voxels twice would stand in training and in validation."""
    conversion = convert(SOURCE, [toy("a"), toy("b"), toy("c", seed=1)], tmp_path)

    assert reasons(conversion) == {"b": ("duplicate: a",)}


def test_a_second_run_converts_what_is_new(tmp_path: Path) -> None:
    """Finished cases are kept; one whose record is missing, as after a power cut, is made again."""
    cases = [toy("a"), toy("b", seed=1), toy("c", seed=2)]
    first = convert(SOURCE, cases[:2], tmp_path)
    (tmp_path / CASES / "b" / RECORD).unlink()
    read = []

    def counting() -> object:
        read.append("a")
        return cases[0].read_image()

    second = convert(SOURCE, [replace(cases[0], read_image=counting), *cases[1:]], tmp_path)

    assert second.reused == 1
    assert read == [], "a was finished"
    assert first.records == second.records[:2]


def test_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    """Stopped at the second case, nothing half-written counts, and the next run finishes."""

    def stop(name: str) -> None:
        if name == "a":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(SOURCE, [toy("a"), toy("b", seed=1)], tmp_path, on_case=stop)
    result = convert(SOURCE, [toy("a"), toy("b", seed=1)], tmp_path)

    assert result.reused == 1
    assert reasons(result) == {}


def test_two_hundred_cases_in_one_call(tmp_path: Path) -> None:
    """A set of 200 cases of 100 patients: every one told as it is done, no patient in two splits."""
    labels = miniatures.column((18, 19))[::4, ::4, ::4].copy()
    image = make_grid(np.zeros(labels.shape, np.float32), AFFINE)
    cases = [
        replace(
            toy(f"case{number:03d}", patient=f"p{number % 100}"),
            read_image=lambda number=number: make_grid(image.array + np.float32(number), AFFINE),
            read_labels=lambda: make_grid(labels.astype(np.int64), AFFINE),
        )
        for number in range(200)
    ]
    done: list[str] = []

    conversion = convert(SOURCE, cases, tmp_path, on_case=done.append)

    assert len(done) == 200
    assert reasons(conversion) == {}
    patients = [{case.patient for case in conversion.labelled.of(split)} for split in Split]
    assert sum(len(group) for group in patients) == len(set().union(*patients)) == 100


def test_two_cases_of_one_name_are_an_error(tmp_path: Path) -> None:
    """Their files would overwrite each other."""
    with pytest.raises(SettingsError, match="2 cases would be called a"):
        convert(SOURCE, [toy("a"), toy("a", seed=1)], tmp_path)


def test_a_changed_source_is_converted_again(tmp_path: Path) -> None:
    """A label file that was corrected since the last run is read anew."""
    folder = miniatures.cspineseg(tmp_path / "src")
    source, cases = find_cases("cspineseg", folder)
    convert(source, cases, tmp_path / "out")
    mask = next(folder.glob("*_SEG.nii.gz"))
    corrected = miniatures.itk_image(miniatures.column((1, 1), discs=(2,)))
    shutil.move(mask, tmp_path / "old.nii.gz")
    miniatures.write(corrected, mask)

    again = convert(source, find_cases("cspineseg", folder)[1], tmp_path / "out")

    assert again.reused == 0


def test_another_set_in_the_folder_is_not_mixed_in(tmp_path: Path) -> None:
    """A folder that holds one set refuses another, by the name of what it holds."""
    convert(SOURCE, [toy("a")], tmp_path)

    with pytest.raises(SettingsError, match="holds another set, Toy"):
        convert(SOURCE.model_copy(update={"name": "other"}), [toy("b")], tmp_path)


def test_a_full_disk_is_said_and_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was finished stays; the error says what is wrong and that the run can go on."""
    real = convert_module.write_bytes

    def full(path: Path, content: bytes) -> None:
        if path.parent.name == "b":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(path, content)

    monkeypatch.setattr(convert_module, "write_bytes", full)
    with pytest.raises(SettingsError, match=r"no space left on device.*run again"):
        convert(SOURCE, [toy("a"), toy("b", seed=1)], tmp_path)
    monkeypatch.undo()

    assert convert(SOURCE, [toy("a"), toy("b", seed=1)], tmp_path).reused == 1
