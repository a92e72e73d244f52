from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.domain.study import Refusal
from spineseg.domain.volume import SeriesRole
from spineseg.errors import NoSuitableSeriesError
from spineseg.ingest import discover, load_study
from tests.ingest.series import CT, T2, write


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def test_next_best_takes_the_place(tmp_path: Path) -> None:
    """Where the best series of a role cannot be decoded, the next best is loaded and the first refused."""
    first = write(tmp_path / "1", CT, 1)
    write(tmp_path / "2", CT, 2, image_type=("DERIVED", "SECONDARY", "MPR"))
    _truncate(first[3])
    (study,) = discover(tmp_path)

    selection, loaded = load_study(study)

    assert [chosen.series.series_number for chosen, _ in loaded] == [2]
    assert [(one.series_number, one.refusal) for one in selection.refused] == [(1, Refusal.UNREADABLE_PIXELS)]


def test_volumes_come_in_the_order_of_the_selection(tmp_path: Path) -> None:
    """Each loaded volume stands beside the series that it was read from."""
    write(tmp_path / "1", CT, 1)
    write(tmp_path / "2", T2, 2)
    (study,) = discover(tmp_path)

    selection, loaded = load_study(study)

    assert [chosen for chosen, _ in loaded] == list(selection.chosen)
    assert [volume.role for _, volume in loaded] == [SeriesRole.AXIAL_T2, SeriesRole.CT]
    assert all(chosen.series.series_instance_uid == volume.series_instance_uid for chosen, volume in loaded)


def test_no_series_loads(tmp_path: Path) -> None:
    """Where nothing can be loaded the error names what failed."""
    for path in write(tmp_path, CT):
        _truncate(path)
    (study,) = discover(tmp_path)

    with pytest.raises(NoSuitableSeriesError, match="cannot be decoded"):
        load_study(study)
