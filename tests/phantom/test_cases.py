from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain.labels import level_value
from spineseg.errors import SettingsError
from spineseg.phantom.cases import ESCC_LEVELS, case_names, make_case
from spineseg.phantom.rasterize import Phantom, map_arrays
from tests.phantom.patient import case, cross_section, without_lesions

PIXEL_MM = 0.3


def test_every_named_case_can_be_made() -> None:
    """Names are unique, each makes a patient with three series, and graded names carry their grade."""
    names = case_names()

    assert len(set(names)) == len(names) >= 30
    for name in names:
        made = case(name)
        assert len(made.protocols) == 3
        if name.startswith("escc-"):
            assert [lesion.grade.value for lesion in made.phantom.lesions] == [name.split("-")[1]]


def test_every_level_from_c3_to_l1_can_be_asked_for() -> None:
    """The parser takes other levels than those listed and puts the lesion there."""
    for level in ESCC_LEVELS:
        lesion = make_case(f"escc-1c-{level.lower()}").phantom.lesions[0]

        assert lesion.level == level


@pytest.mark.parametrize("name", ["escc-4-t7", "escc-2-c2", "escc-2-l2", "escc-2-x9", "no-such", ""])
def test_unknown_names_are_a_settings_error(name: str) -> None:
    """A wrong name is one line with a remedy."""
    with pytest.raises(SettingsError, match="no such phantom case"):
        make_case(name)


def test_seeds_make_different_patients() -> None:
    """The same name and seed give the same spine, another seed another one."""
    first, second, other = (make_case("escc-2-t7", seed).phantom.spine for seed in (0, 0, 1))

    assert np.array_equal(first.canal.cord_a, second.canal.cord_a)
    assert not np.array_equal(first.sizes["body_width"], other.sizes["body_width"])


@pytest.mark.parametrize(
    ("grade", "level"), [*product(("0", "1a", "1b", "1c", "2", "3"), ("c3", "c5", "t2", "t7", "t12", "l1"))]
)
def test_grade_is_what_the_masks_show(grade: str, level: str) -> None:
    """Over 8 mm of canal, measured on 0.3 mm pixels by simple means, every grade is far inside its limits."""
    phantom = case(f"escc-{grade}-{level}").phantom

    for distance in (-4.0, 4.0):
        measured = _measure(phantom, phantom.lesions[0].s + distance)

        assert _shows(grade, measured), measured


def _shows(grade: str, m: dict[str, float]) -> bool:
    """Definition of each grade (clinical.md 1.1) with margins to the thresholds of 1.6."""
    epidural = m["area_mm2"] >= 20 and m["thick_mm"] >= 2.5
    untouched = m["cord_loss"] < 0.03 and m["cord_shift_mm"] < 0.2
    limits = {
        "0": m["area_mm2"] == 0 and m["sac_loss"] == 0 and m["bone_pixels"] > 60,
        "1a": epidural and untouched and m["sac_loss"] < 0.01 and m["gap_mm"] > 1.5,
        "1b": epidural and untouched and m["indent_mm"] >= 2.0 and m["gap_mm"] >= 2.0,
        "1c": epidural and untouched and m["indent_mm"] >= 2.0 and m["gap_mm"] <= 0.45 and m["csf"] > 0.5,
        "2": epidural and m["cord_loss"] >= 0.22 and m["gap_mm"] <= 0.45 and m["csf"] > 0.2,
        "3": epidural and m["cord_loss"] >= 0.25 and m["gap_mm"] <= 0.45 and m["csf"] < 0.03,
    }
    return limits[grade]


def _measure(phantom: Phantom, s: float) -> dict[str, float]:
    sick, well = cross_section(phantom, s), cross_section(without_lesions(phantom), s)
    anatomy, lesion, former = sick.anatomy[0], sick.lesions[0] > 0, well.anatomy[0]
    tumour = lesion & (anatomy == 61)
    cord, sac = (np.isin(anatomy, values) & ~lesion for values in ((60,), (60, 62)))
    former_cord, former_sac = np.isin(former, (60,)), np.isin(former, (60, 62))
    lost = former_sac & ~sac
    shift = np.subtract(ndimage.center_of_mass(cord), ndimage.center_of_mass(former_cord))
    wide = cross_section(phantom, phantom.lesions[0].s, half_mm=45.0, spacing_mm=0.9)
    return {
        "bone_pixels": float(np.count_nonzero(wide.lesions)),
        "area_mm2": float(tumour.sum()) * PIXEL_MM**2,
        "thick_mm": 2 * _depth(tumour).max(),
        "sac_loss": 1 - sac.sum() / former_sac.sum(),
        "indent_mm": float(_depth(former_sac)[lost].max(initial=0)),
        "gap_mm": float((ndimage.distance_transform_edt(~lesion) - 1)[cord].min()) * PIXEL_MM,
        "cord_loss": 1 - cord.sum() / former_cord.sum(),
        "cord_shift_mm": float(np.hypot(*shift)) * PIXEL_MM,
        "csf": _csf_share(cord, sac),
    }


def _depth(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    depth: NDArray[np.float64] = ndimage.distance_transform_edt(mask) * PIXEL_MM
    return depth


def _csf_share(cord: NDArray[np.bool_], sac: NDArray[np.bool_]) -> float:
    """Share of the cord's outline with at least 0.9 mm of CSF outside it."""
    outline = ndimage.binary_dilation(cord) & ~cord
    reach = ndimage.binary_dilation(cord, iterations=3) & ~ndimage.binary_dilation(cord, iterations=2)
    csf_far = reach & sac
    near = ndimage.distance_transform_edt(~csf_far) <= 3
    return float(np.mean(near[outline])) if csf_far.any() else 0.0


def test_uninvolved_canal_lies_above_and_below_the_tumour() -> None:
    """Two centimetres above and below, sac and cord are as they were."""
    phantom = case("escc-3-t7").phantom

    for distance in (-22.0, 22.0):
        s = phantom.lesions[0].s + distance
        assert np.array_equal(
            np.isin(cross_section(phantom, s).anatomy, (60, 62)),
            np.isin(cross_section(without_lesions(phantom), s).anatomy, (60, 62)),
        )


def test_special_cases_show_their_disease() -> None:
    """Two lesions are two; healthy cases have none; the narrow canal is narrow; the collapsed body is low."""
    assert [lesion.level for lesion in case("two-levels").phantom.lesions] == ["T5", "T11"]
    assert not case("healthy").phantom.lesions
    stenosis = case("stenosis-l4").phantom.spine
    k = stenosis.curve.node(np.array([stenosis.level_s("L4")], dtype=np.float32))[0]
    assert 2 * stenosis.canal.canal_a[k] < 10.5
    collapsed = case("collapse-t12")
    assert collapsed.collapse["T12"] == 0.4
    assert _height_mm(collapsed.phantom, "T12", 0.8) < 0.75 * _height_mm(collapsed.phantom, "T11", 0.8)
    assert _height_mm(collapsed.phantom, "T11", 0.8) > 0.9 * _height_mm(collapsed.phantom, "T11", 0.2)


def _height_mm(phantom: Phantom, level: str, forward: float) -> float:
    """Height of a body along the canal, at a share of its depth from its posterior wall."""
    spine = phantom.spine
    k = int(spine.curve.node(np.array([spine.level_s(level)], dtype=np.float32))[0])
    v = float(spine.canal.canal_a[k] + 2 * forward * spine.canal.body_a[k])
    affine = np.eye(4)
    affine[:3, 0] = 0.5 * spine.curve.tangent[:, k]
    affine[:3, 3] = spine.curve.to_patient(spine.level_s(level), 0.0, v) - 40 * affine[:3, 0]
    maps = map_arrays(phantom, (81, 1, 1), affine)
    value = level_value(level)
    return 0.5 * float(np.count_nonzero((maps.anatomy == value) & (maps.subregions == 49)))
