from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from spineseg.domain.study import Instance, Refusal, Series
from spineseg.ingest.refusal import is_reformatted, localizers_of, plane_of, refusal_of

MR_CLASS = "1.2.840.10008.5.1.4.1.1.4"
CT_CLASS = "1.2.840.10008.5.1.4.1.1.2"
SC_CLASS = "1.2.840.10008.5.1.4.1.1.7"
SEG_CLASS = "1.2.840.10008.5.1.4.1.1.66.4"
SR_CLASS = "1.2.840.10008.5.1.4.1.1.88.34"
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


def _series(sop_class: str = MR_CLASS, attributes: dict[str, object] | None = None, **changes: object) -> Series:
    series = Series(
        series_instance_uid="1.2.3",
        series_number=5,
        modality="CT" if sop_class == CT_CLASS else "MR",
        instances=(Instance(path=Path("a"), sop_instance_uid="1", sop_class_uid=sop_class),),
        image_orientation_patient=SAGITTAL,
        pixel_spacing_mm=(0.8, 0.8),
        slice_normal_spacing_mm=4.0,
        rows=320,
        columns=320,
        number_of_slices=15,
        extent_mm=((-28.0, -130.0, -128.0), (28.0, 130.0, 128.0)),
        attributes={"ImageType": ("ORIGINAL", "PRIMARY", "M", "NORM"), **(attributes or {})},
    )
    return replace(series, **changes)  # type: ignore[arg-type] # the fields are checked by the dataclass


def _typed(*types: str) -> dict[str, object]:
    return {"ImageType": types}


GOOD = {
    "sagittal MR": _series(),
    "CT": _series(CT_CLASS, _typed("ORIGINAL", "PRIMARY", "AXIAL")),
    "CT reformat": _series(CT_CLASS, _typed("DERIVED", "SECONDARY", "MPR")),
    "GE reformat": _series(CT_CLASS, _typed("DERIVED", "SECONDARY", "REFORMATTED", "AVERAGE")),
    "secondary original": _series(CT_CLASS, _typed("ORIGINAL", "SECONDARY", "AXIAL")),
    "derived primary": _series(attributes=_typed("DERIVED", "PRIMARY", "M", "COMPOSED")),
    "chest CT": _series(CT_CLASS, {"BodyPartWords": ("trunk",)}),
    "head coil, spine protocol": _series(attributes={"BodyPartWords": ("other body part",), "SeriesWords": ("spine",)}),
    "phantom": _series(attributes={"Manufacturer": ("SPINESEG",)}),
    "no attributes": replace(_series(), attributes={}),
}


@pytest.mark.parametrize("name", GOOD)
def test_images_of_a_spine_are_accepted(name: str) -> None:
    """Original images, reformats, chest CT and our own phantoms are not refused."""
    assert refusal_of(GOOD[name]) is None


BAD = {
    "localizer": (Refusal.LOCALIZER, _series(CT_CLASS, _typed("ORIGINAL", "PRIMARY", "LOCALIZER"))),
    "scout by name": (Refusal.LOCALIZER, _series(attributes={"SeriesWords": ("localizer",)})),
    "MIP": (Refusal.PROJECTION, _series(attributes=_typed("DERIVED", "PRIMARY", "PROJECTION IMAGE"))),
    "MIP by name": (Refusal.PROJECTION, _series(attributes={"SeriesWords": ("projection",)})),
    "ADC": (Refusal.DERIVED, _series(attributes=_typed("DERIVED", "PRIMARY", "DIFFUSION", "ADC"))),
    "subtraction": (Refusal.DERIVED, _series(attributes=_typed("DERIVED", "PRIMARY", "M", "SUB"))),
    "phase": (Refusal.DERIVED, _series(attributes=_typed("ORIGINAL", "PRIMARY", "P", "ND"))),
    "secondary": (Refusal.DERIVED, _series(attributes=_typed("DERIVED", "SECONDARY", "OTHER"))),
    "screen": (Refusal.SECONDARY_CAPTURE, _series(CT_CLASS, _typed("DERIVED", "SECONDARY", "SCREEN SAVE"))),
    "capture": (Refusal.SECONDARY_CAPTURE, _series(SC_CLASS)),
    "multi-frame capture": (Refusal.SECONDARY_CAPTURE, _series(SC_CLASS + ".4")),
    "segmentation": (Refusal.RESULT_OBJECT, _series(SEG_CLASS, modality="SEG")),
    "report": (Refusal.RESULT_OBJECT, _series(SR_CLASS, modality="SR", rows=0, columns=0)),
    "own segmentation": (Refusal.OWN_RESULT, _series(SEG_CLASS, {"Manufacturer": ("SPINESEG",)}, modality="SEG")),
    "own report": (Refusal.OWN_RESULT, _series(SR_CLASS, {"Manufacturer": ("SPINESEG",)}, modality="SR", rows=0)),
    "own picture": (Refusal.OWN_RESULT, _series(SC_CLASS, {"Manufacturer": ("SPINESEG",)}, modality="OT")),
    "radiograph": (Refusal.UNSUPPORTED_MODALITY, _series("1.2.840.10008.5.1.4.1.1.1", modality="CR")),
    "no position": (Refusal.NO_POSITION, _series(image_orientation_patient=None)),
    "no extent": (Refusal.NO_POSITION, _series(extent_mm=None)),
    "three slices": (Refusal.TOO_FEW_SLICES, _series(number_of_slices=3)),
    "gap": (Refusal.GEOMETRY, _series(geometry_fault="slices are missing")),
    "knee": (Refusal.NOT_SPINE, _series(attributes={"BodyPartWords": ("other body part",)})),
    "brain by name": (Refusal.NOT_SPINE, _series(attributes={"StudyWords": ("other body part",)})),
    "diffusion": (Refusal.UNKNOWN_CONTRAST, _series(attributes={"SeriesWords": ("diffusion", "spine")})),
}


@pytest.mark.parametrize("name", BAD)
def test_everything_else_is_refused_with_its_reason(name: str) -> None:
    """Each kind of series that is no acquired image of the spine has its own reason."""
    expected, series = BAD[name]

    refusal, _ = refusal_of(series) or (None, "")

    assert refusal is expected


def test_three_planes_of_few_slices_are_a_localizer() -> None:
    """A series in three planes is a localizer; three planes of many slices or two planes are not."""
    few = [_series(image_orientation_patient=plane, number_of_slices=5) for plane in (AXIAL, SAGITTAL, CORONAL)]
    many = [replace(one, number_of_slices=60) for one in few]

    assert localizers_of(few) == {"1.2.3"}
    assert localizers_of(few[:2]) == frozenset()
    assert localizers_of(many) == frozenset()


def test_planes() -> None:
    """The plane is the one nearest to the slices; without orientation there is none."""
    planes = [plane_of(_series(image_orientation_patient=one)) for one in (AXIAL, SAGITTAL, CORONAL, None)]

    assert planes == ["axial", "sagittal", "coronal", ""]


def test_reformatted() -> None:
    """Derived or secondary images are reformats; acquired ones are not."""
    assert is_reformatted(GOOD["CT reformat"])
    assert is_reformatted(GOOD["derived primary"])
    assert not is_reformatted(GOOD["CT"])
