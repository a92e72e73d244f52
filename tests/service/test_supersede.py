"""Tests of spineseg.service.supersede: the predecessor of a report."""

from __future__ import annotations

import shutil
from pathlib import Path

from pydicom import dcmread, dcmwrite

from spineseg.service.supersede import supersede
from tests.service.peers_and_files import STUDY, instance


def _report(folder: Path, number: int, *, study: str = STUDY) -> Path:
    path = folder / f"{number}.dcm"
    dcmwrite(path, instance(number, study=study), enforce_file_format=True)
    return path


def test_the_new_report_names_the_old_one(tmp_path: Path) -> None:
    """The predecessor sequence leads to the old instance; nothing else of the new report changes."""
    new, old = _report(tmp_path, 2), _report(tmp_path, 1)
    before = dcmread(new)

    assert supersede(new, old)

    after = dcmread(new)
    (study,) = after.PredecessorDocumentsSequence
    (series,) = study.ReferencedSeriesSequence
    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == f"{STUDY}.1"
    del after.PredecessorDocumentsSequence
    assert after == before


def test_a_report_does_not_precede_itself(tmp_path: Path) -> None:
    """The same document, one of another study and a missing one are no predecessors."""
    new = _report(tmp_path, 2)
    same = shutil.copy(new, tmp_path / "same.dcm")
    other = _report(tmp_path, 3, study="1.9")

    assert not supersede(new, Path(same))
    assert not supersede(new, other)
    assert not supersede(new, tmp_path / "none.dcm")
    assert "PredecessorDocumentsSequence" not in dcmread(new)
