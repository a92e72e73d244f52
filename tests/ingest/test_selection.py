from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pydicom
import pytest

from spineseg.domain.study import Refusal, SeriesSelection
from spineseg.domain.volume import SeriesRole
from spineseg.errors import NoSuitableSeriesError
from spineseg.ingest import discover, select_series
from spineseg.phantom.dicom import CtProtocol, MrProtocol, write_series
from tests.ingest.series import CT, STIR, T1, T2, X, Y, Z, edit, grid_of, header_of

SAGITTAL = {"normal": X, "along_rows": -Z, "along_columns": Y, "origin": (-20, -30, 60)}
UNTIMED = MrProtocol(repetition_time_ms=0, echo_time_ms=0)


def _write(
    folder: Path, number: int, protocol: MrProtocol | CtProtocol, *, sagittal: bool = False, z_mm: float = 0.0,
    slices: int = 8, spacing: tuple[float, float, float] = (3.0, 0.8, 0.8), **changes: object,
) -> list[Path]:  # fmt: skip
    place: dict[str, object] = dict(SAGITTAL) if sagittal else {"origin": (-10, 20, -30)}
    x, y, z = place["origin"]
    grid = grid_of(**{**place, "origin": (x, y, z + z_mm)}, shape=(slices, 40, 32), spacing=spacing)
    return write_series(folder / str(number), grid, header_of(protocol, number, **changes))


def _select(folder: Path) -> SeriesSelection:
    (study,) = discover(folder)
    return select_series(study)


def _roles(selection: SeriesSelection) -> dict[int | None, SeriesRole]:
    return {one.series.series_number: one.role for one in selection.chosen}


def test_every_role_is_found_from_tags_alone(tmp_path: Path) -> None:
    """A whole examination without a single description is told apart by timing and geometry."""
    _write(tmp_path, 1, T2, sagittal=True)
    _write(tmp_path, 2, T2)
    _write(tmp_path, 3, T1, sagittal=True)
    _write(tmp_path, 4, replace(T1, contrast_bolus_agent="GD"), sagittal=True)
    _write(tmp_path, 5, STIR, sagittal=True)
    _write(tmp_path, 6, CT)

    selection = _select(tmp_path)

    assert _roles(selection) == {
        1: SeriesRole.SAGITTAL_T2,
        2: SeriesRole.AXIAL_T2,
        3: SeriesRole.T1,
        4: SeriesRole.T1_CONTRAST,
        5: SeriesRole.STIR,
        6: SeriesRole.CT,
    }
    assert selection.chosen[0].role is SeriesRole.AXIAL_T2
    assert selection.refused == ()


def test_roles_from_descriptions(tmp_path: Path) -> None:
    """Where timing is absent, what people typed tells the role."""
    _write(tmp_path, 1, UNTIMED, sagittal=True, series_description="SAG T2 LWS")
    _write(tmp_path, 2, UNTIMED, sagittal=True, series_description="T1 sagittal nach KM")
    _write(tmp_path, 3, UNTIMED, sagittal=True, series_description="Sag STIR")

    assert _roles(_select(tmp_path)) == {1: SeriesRole.SAGITTAL_T2, 2: SeriesRole.T1_CONTRAST, 3: SeriesRole.STIR}


def test_best_of_a_role(tmp_path: Path) -> None:
    """Of two series of one place the one with thinner slices is chosen, and the other told why not."""
    _write(tmp_path, 1, CT, slices=6, spacing=(5.0, 0.8, 0.8))
    _write(tmp_path, 2, CT, slices=25, spacing=(1.25, 0.8, 0.8))

    selection = _select(tmp_path)

    assert list(_roles(selection)) == [2]
    assert [(one.series_number, one.refusal) for one in selection.refused] == [(1, Refusal.OTHER_CHOSEN)]


def test_acquired_before_reformatted(tmp_path: Path) -> None:
    """An acquired series is taken before a reformat of it, and a reformat before nothing."""
    _write(tmp_path / "both", 2, CT)
    for folder in ("both", "alone"):
        _write(tmp_path / folder, 1, CT, image_type=("DERIVED", "SECONDARY", "MPR"))

    assert list(_roles(_select(tmp_path / "both"))) == [2]
    assert list(_roles(_select(tmp_path / "alone"))) == [1]


def test_two_stations_are_both_analysed(tmp_path: Path) -> None:
    """The upper and the lower half of a spine are both chosen, although they have one role."""
    _write(tmp_path, 1, T2, sagittal=True)
    _write(tmp_path, 2, T2, sagittal=True, z_mm=25)
    _write(tmp_path, 3, T2, sagittal=True, z_mm=3)

    selection = _select(tmp_path)

    assert len(selection.chosen) == 2
    assert 2 in _roles(selection)
    assert [one.refusal for one in selection.refused] == [Refusal.OTHER_CHOSEN]


def test_fat_suppressed_t2_serves_where_nothing_better_does(tmp_path: Path) -> None:
    """Fat-suppressed sagittal T2 is a STIR beside plain T2; with a STIR there, it stands in for T2."""
    fat_suppressed = replace(T2, scan_options=("FS",))
    for folder in ("a", "b"):
        _write(tmp_path / folder, 1, fat_suppressed, sagittal=True, slices=4)
    _write(tmp_path / "a", 2, T2, sagittal=True)
    _write(tmp_path / "b", 2, STIR, sagittal=True)

    assert _roles(_select(tmp_path / "a")) == {1: SeriesRole.STIR, 2: SeriesRole.SAGITTAL_T2}
    assert _roles(_select(tmp_path / "b")) == {1: SeriesRole.SAGITTAL_T2, 2: SeriesRole.STIR}


def test_unknown_contrast_is_the_last_resort(tmp_path: Path) -> None:
    """A series whose contrast nothing tells is used alone, as "other", and refused beside a known one."""
    _write(tmp_path / "alone", 1, UNTIMED)
    _write(tmp_path / "beside", 1, UNTIMED)
    _write(tmp_path / "beside", 2, T1)

    beside = _select(tmp_path / "beside")

    assert _roles(_select(tmp_path / "alone")) == {1: SeriesRole.OTHER}
    assert _roles(beside) == {2: SeriesRole.T1}
    assert [one.refusal for one in beside.refused] == [Refusal.UNKNOWN_CONTRAST]


def test_every_series_is_chosen_or_refused(tmp_path: Path) -> None:
    """No part of a study is lost: each is in exactly one list."""
    _write(tmp_path, 1, T2, sagittal=True)
    _write(tmp_path, 2, T2, sagittal=True)
    _write(tmp_path, 3, T2, slices=3)
    _write(tmp_path, 4, T1, image_type=("DERIVED", "PRIMARY", "SUB"))
    (study,) = discover(tmp_path)

    selection = select_series(study)

    listed = [(one.series.series_instance_uid, one.series.part) for one in selection.chosen]
    listed += [(one.series_instance_uid, one.part) for one in selection.refused]
    assert sorted(listed) == sorted((one.series_instance_uid, one.part) for one in study.series)


def test_nothing_usable_names_every_reason(tmp_path: Path) -> None:
    """Without a usable series the error says of each why, on one line."""
    _write(tmp_path, 1, CT, image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"))
    _write(tmp_path, 2, T2, slices=2)
    for path in _write(tmp_path, 3, T2):
        edit(path, lambda one: delattr(one, "ImagePositionPatient"))

    with pytest.raises(NoSuitableSeriesError) as caught:
        _select(tmp_path)

    message = str(caught.value)
    assert len(caught.value.refusals) == 3
    assert "series 1: localizer" in message
    assert "series 2: too few slices (2 of at least 4)" in message
    assert "series 3: no image position" in message
    assert "\n" not in message


def test_reasons_hold_no_free_text(tmp_path: Path) -> None:
    """Why a series was chosen or refused is said in our words, never in those of its header."""
    typed = "Roe^Richard T2 sag"
    _write(tmp_path, 1, T2, sagittal=True, series_description=typed)
    for path in _write(tmp_path, 2, T2, sagittal=True, series_description=typed):
        edit(path, lambda one: setattr(one, "ProtocolName", typed))

    selection = _select(tmp_path)

    said = repr([one.reasons for one in selection.chosen]) + repr(selection.refused)
    assert "Roe" not in said
    assert all(one.reasons for one in selection.chosen)


def test_own_results_are_no_input(tmp_path: Path) -> None:
    """A folder that holds a segmentation of ours beside the images gives the same choice as before."""
    paths = _write(tmp_path, 1, T2)
    result = pydicom.dcmread(paths[0])
    result.SOPClassUID = result.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.66.4"
    result.Modality, result.ManufacturerModelName = "SEG", "spineseg"
    result.SeriesInstanceUID, result.SOPInstanceUID = "1.2.3", "1.2.3.4"
    result.save_as(tmp_path / "anatomy.seg.dcm")

    selection = _select(tmp_path)

    assert _roles(selection) == {1: SeriesRole.AXIAL_T2}
    assert [one.refusal for one in selection.refused] == [Refusal.OWN_RESULT]


def test_sharp_kernel_comes_second(tmp_path: Path) -> None:
    """Of two reconstructions of one CT the smoother is taken."""
    _write(tmp_path, 1, CtProtocol(convolution_kernel="B70f"))
    _write(tmp_path, 2, CtProtocol(convolution_kernel="B31f"))

    assert list(_roles(_select(tmp_path))) == [2]


@pytest.mark.real_data
def test_real_chest_ct(shared_data: Path) -> None:
    """A real chest CT shows the thoracic spine and is chosen as CT."""
    assert list(_roles(_select(shared_data / "ct_thoracic_dicom")).values()) == [SeriesRole.CT]


@pytest.mark.real_data
@pytest.mark.parametrize("vendor", ["Philips", "Siemens"])
def test_real_brain_is_refused(shared_data: Path, vendor: str) -> None:
    """Real brain scans are refused as another body part or as what they are derived from."""
    with pytest.raises(NoSuitableSeriesError, match="another body part"):
        _select(shared_data / "enhanced_multiframe_dcm_qa" / "In" / vendor)
