"""SourceCases -> converted set: images and label maps as NIfTI, datalist.json, report.json and report.md; resumable."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from spineseg.datasets.labelchecks import Doubt, check_labels
from spineseg.datasets.labelgrid import place_labels
from spineseg.datasets.sourcecase import SourceCase, fingerprint
from spineseg.datasets.splits import assign_splits
from spineseg.domain.dataset import (
    DATALIST,
    NOT_KNOWN,
    LabelledCase,
    LabelledSet,
    Source,
    Split,
    read_labelled_set,
    write_labelled_set,
)
from spineseg.domain.translation import translate
from spineseg.domain.volume import ImageGrid, LabelMap, make_grid
from spineseg.errors import InputError, SettingsError
from spineseg.files import prepare_folder, write_bytes
from spineseg.ingest import save_label_map

CASES = "cases"
RECORD = "case.json"
# Changes when a conversion would give other files: what an older version wrote is then made anew.
FORMAT = 1


class CaseRecord(BaseModel):
    """What became of a case; written when everything else of it is there, so that an interrupted run can go on.

    Parameters
    ----------
    refused
        Why it is no part of the set; empty where it is.
    image_sha256
        Of the voxels, to find duplicates by.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    name: str
    patient: str
    fingerprint: str
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    image_sha256: str = ""
    values: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """A finished conversion.

    Parameters
    ----------
    reused
        Cases that an earlier run had finished.
    torn
        Patients whom the set itself has in several splits.
    """

    labelled: LabelledSet
    records: tuple[CaseRecord, ...]
    reused: int
    torn: tuple[str, ...]


def convert(
    source: Source, cases: Sequence[SourceCase], out: Path, *, on_case: Callable[[str], None] = lambda _: None
) -> Conversion:
    """Convert a set; one wrong case is refused with its reasons and never ends the run.

    Parameters
    ----------
    on_case
        Told the name of each case when it is done.

    Raises
    ------
    SettingsError
        Two cases have one name, `out` holds another set, or it cannot be written to, as on a full disk.
    """
    names = Counter(case.name for case in cases)
    if twice := [name for name, count in names.items() if count > 1]:
        raise SettingsError(f"{names[twice[0]]} cases would be called {twice[0]}", str(out), "rename their files")
    prepare_folder(out)
    _refuse_another_set(source, out)
    records: list[CaseRecord] = []
    reused = 0
    for case in cases:
        folder = out / CASES / case.name
        record = _finished(folder, fingerprint(case))
        reused += record is not None
        records.append(record or _convert_case(case, folder))
        on_case(case.name)
    unique = _without_copies(records)
    used = [(case, record) for case, record in zip(cases, unique, strict=True) if not record.refused]
    splits, torn = assign_splits((case.patient, case.split) for case, _ in used)
    by_split = {
        split.value: tuple(_listed(case, record) for case, record in used if splits[case.patient] is split)
        for split in Split
    }
    labelled = LabelledSet(source=source, **by_split)
    write_labelled_set(labelled, out)
    return Conversion(labelled=labelled, records=tuple(unique), reused=reused, torn=torn)


def _refuse_another_set(source: Source, out: Path) -> None:
    if not (out / DATALIST).exists():
        return
    earlier = read_labelled_set(out).source
    if earlier.name != source.name:
        raise SettingsError(f"the folder holds another set, {earlier.title}", str(out), "name another folder with -o")


def _finished(folder: Path, mark: str) -> CaseRecord | None:
    try:
        record = CaseRecord.model_validate_json((folder / RECORD).read_bytes())
    except (OSError, ValidationError):
        return None
    return record if (record.format, record.fingerprint) == (FORMAT, mark) else None


def _convert_case(case: SourceCase, folder: Path) -> CaseRecord:
    record = CaseRecord(format=FORMAT, name=case.name, patient=case.patient, fingerprint=fingerprint(case))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        record = record.model_copy(update=_judged(case, folder))
        write_bytes(folder / RECORD, (record.model_dump_json(indent=2) + "\n").encode())
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise SettingsError(f"a case cannot be written: {reason}", str(folder), "make room and run again") from error
    return record


def _judged(case: SourceCase, folder: Path) -> dict[str, object]:
    try:
        return _checked(case, folder)
    except InputError as error:
        return {"refused": (str(error),)}


def _checked(case: SourceCase, folder: Path) -> dict[str, object]:
    """Fields of the record; writes the files of a case that is not refused."""
    if case.known_bad:
        return {"refused": (f"known: {case.known_bad}",)}
    missing = [path.name for path in case.files if not path.exists()]
    if missing:
        return {"refused": (f"missing: {', '.join(missing)}",)}
    image, raw = case.read_image(), case.read_labels()
    values, unknown = translate(raw.array, case.values, other=NOT_KNOWN)
    if unknown:
        return {"refused": (f"unknown labels: {', '.join(str(value) for value in unknown)}",)}
    placed = place_labels(make_grid(values, raw.affine), image)
    doubts = check_labels(image, placed.labels, case.landmarks(raw))
    notes = [*case.notes, *([placed.note] if placed.note else []), *(_words(one) for one in doubts if not one.refuses)]
    refused = tuple(_words(one) for one in doubts if one.refuses)
    if not refused:
        _write(image, placed.labels, folder)
    return {
        "refused": refused,
        "notes": tuple(notes),
        "image_sha256": hashlib.sha256(image.array.tobytes()).hexdigest(),
        "values": tuple(int(value) for value in np.unique(placed.labels.array) if value),
    }


def _words(doubt: Doubt) -> str:
    return f"{doubt.check}: {doubt.words}"


def _write(image: ImageGrid, label_map: LabelMap, folder: Path) -> None:
    # Whole numbers, as scanners store them, take half the space and time.
    whole = np.array_equal(image.array, np.rint(image.array)) and np.abs(image.array).max() < np.iinfo(np.int16).max
    array = image.array.astype(np.int16) if whole else image.array
    save_label_map(make_grid(array, image.affine), folder / "image.nii.gz")
    save_label_map(label_map, folder / "label.nii.gz")


def _without_copies(records: Sequence[CaseRecord]) -> list[CaseRecord]:
    """The same image under two names would stand in training and in validation: only the first is kept."""
    first: dict[str, str] = {}
    result = []
    for record in records:
        twin = first.setdefault(record.image_sha256, record.name) if record.image_sha256 else record.name
        copied = twin != record.name and not record.refused
        result.append(record.model_copy(update={"refused": (f"duplicate: {twin}",)}) if copied else record)
    return result


def _listed(case: SourceCase, record: CaseRecord) -> LabelledCase:
    return LabelledCase(
        name=case.name,
        patient=case.patient,
        image=f"{CASES}/{case.name}/image.nii.gz",
        label=f"{CASES}/{case.name}/label.nii.gz",
        modality=case.modality,
        labelled=case.labelled,
        names=case.names,
        complete_ends=case.complete_ends,
        notes=record.notes,
    )
