from __future__ import annotations

import numpy as np
import pytest
from pydicom.sr._concepts_dict import concepts
from pydicom.sr.codedict import codes

from spineseg.domain import labels
from spineseg.domain.labels import ANATOMY, LEVEL_ORDER, VERTEBRA_VALUES, LabelKind

VERTEBRAE = [*VERTEBRA_VALUES.values(), *range(31, 59)]


@pytest.mark.parametrize(
    ("name", "value"),
    [("C1", 1), ("C7", 7), ("T1", 8), ("T12", 19), ("L1", 20), ("L5", 24), ("L6", 25), ("T13", 28), ("S1", 26)],
)
def test_contract(name: str, value: int) -> None:
    """Values of the masks are those that users and other programs were promised."""
    assert labels.level_value(name) == value
    assert labels.level_name(value) == name


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (LabelKind.SACRUM, 26),
        (LabelKind.SPINAL_CORD, 60),
        (LabelKind.EPIDURAL_SPACE, 61),
        (LabelKind.CSF, 62),
        (LabelKind.CAUDA_EQUINA, 63),
        (LabelKind.SPINAL_CANAL, 64),
    ],
)
def test_contract_of_the_canal(kind: LabelKind, value: int) -> None:
    """Sacrum and canal contents have one value each, the one of the contract."""
    assert [label.value for label in ANATOMY.values() if label.kind is kind] == [value]


def test_vertebrae() -> None:
    """Vertebrae are those with a name and the 28 values for those without; sacrum, discs and canal are none."""
    assert sorted(value for value in range(256) if labels.is_vertebra(value)) == sorted(VERTEBRAE)


def test_fits_the_mask() -> None:
    """Every value fits a uint8 mask, and none is the background."""
    values = np.array(list(ANATOMY))

    assert values.max() <= np.iinfo(np.uint8).max
    assert labels.BACKGROUND not in ANATOMY


def test_keyed_by_value() -> None:
    """A label is found under its own value."""
    assert all(value == label.value for value, label in ANATOMY.items())


@pytest.mark.parametrize("value", [*VERTEBRAE, labels.SACRUM])
def test_names_round_trip(value: int) -> None:
    """The name of a level leads back to its value, named vertebra or not."""
    assert labels.level_value(labels.level_name(value)) == value


@pytest.mark.parametrize("value", VERTEBRAE)
def test_disc_below(value: int) -> None:
    """Each vertebra has a disc of its own, 100 above it, that is no vertebra itself."""
    disc = ANATOMY[labels.DISC_OFFSET + value]

    assert disc.name == f"disc below {ANATOMY[value].name}"
    assert not labels.is_vertebra(disc.value)


def test_names_are_unique() -> None:
    """No two values share a name, so a legend is never ambiguous."""
    assert len({label.name for label in ANATOMY.values()}) == len(ANATOMY)


@pytest.mark.parametrize("name", labels.PRESACRAL_LEVELS)
def test_snomed_of_vertebrae(name: str) -> None:
    """The code of a vertebra is the one that pydicom's copy of PS3.16 gives for its name."""
    code = ANATOMY[VERTEBRA_VALUES[name]].code

    assert code.scheme_designator == "SCT"
    assert code.value == getattr(codes.SCT, f"{name}Vertebra").value


@pytest.mark.parametrize("name", labels.PRESACRAL_LEVELS[1:])
def test_snomed_of_discs(name: str) -> None:
    """The code of a disc and its meaning stand in pydicom's copy of PS3.16 CID 7604."""
    code = ANATOMY[labels.DISC_OFFSET + VERTEBRA_VALUES[name]].code

    # By value: the keywords of pydicom's table do not follow the names of the discs.
    meanings = [
        meaning
        for entries in concepts["SCT"].values()
        for value, (meaning, groups) in entries.items()
        if value == code.value and 7604 in groups
    ]
    assert meanings == [code.meaning]
    assert code.meaning.startswith(f"{name}/")


@pytest.mark.parametrize("keyword", ["Sacrum", "SpinalCord"])
def test_snomed_of_others(keyword: str) -> None:
    """Sacrum and cord carry the code that pydicom's copy of PS3.16 gives for their names."""
    expected = getattr(codes.SCT, keyword).value

    assert [label.name for label in ANATOMY.values() if label.code.value == expected] == [
        {"Sacrum": "sacrum", "SpinalCord": "spinal cord"}[keyword]
    ]


def test_codes_tell_named_structures_apart() -> None:
    """No two named structures share a code; only T13 and L6, which have none, use that of any vertebra."""
    named = [
        label
        for label in ANATOMY.values()
        if label.kind not in (LabelKind.UNNAMED_VERTEBRA, LabelKind.UNNAMED_DISC) and label.name not in ("T13", "L6")
    ]

    assert len({(label.code.scheme_designator, label.code.value) for label in named}) == len(named)
    assert {ANATOMY[VERTEBRA_VALUES[name]].code for name in ("T13", "L6")} == {labels.VERTEBRA}


def test_codes_fit_dicom() -> None:
    """Code values fit SH (16) and meanings fit LO (64 characters, PS3.5 section 6.2)."""
    assert max(len(label.code.value) for label in ANATOMY.values()) <= 16
    assert max(len(label.code.meaning) for label in ANATOMY.values()) <= 64


def test_level_order() -> None:
    """The order names every vertebra once, T13 between T12 and L1, L6 above the sacrum."""
    vertebrae = [name for name in LEVEL_ORDER if not name.startswith("S")]

    assert sorted(vertebrae) == sorted(VERTEBRA_VALUES)
    assert LEVEL_ORDER[LEVEL_ORDER.index("T12") : LEVEL_ORDER.index("L1") + 1] == ("T12", "T13", "L1")
    assert LEVEL_ORDER[LEVEL_ORDER.index("L5") : LEVEL_ORDER.index("S1") + 1] == ("L5", "L6", "S1")
    assert [name for name in vertebrae if name in labels.PRESACRAL_LEVELS] == list(labels.PRESACRAL_LEVELS)


def test_neighbours_differ_in_colour() -> None:
    """Vertebrae that touch are far apart in colour: at least 60 of 255 in one channel."""
    for first, second in zip(labels.PRESACRAL_LEVELS, labels.PRESACRAL_LEVELS[1:], strict=False):
        pair = np.array([ANATOMY[VERTEBRA_VALUES[name]].rgb for name in (first, second)])
        assert np.abs(pair[0] - pair[1]).max() >= 60, (first, second)


def test_colours_are_bytes() -> None:
    """Every colour is a triple of bytes, so SEG and pages can carry it."""
    channels = np.array([label.rgb for label in ANATOMY.values()])

    assert channels.shape == (len(ANATOMY), 3)
    assert channels.min() >= 0
    assert channels.max() <= 255


def test_canal_content() -> None:
    """What the thecal sac holds is part of the canal; the epidural space lies in the canal but outside the sac."""
    assert set(labels.THECAL_SAC) < set(labels.CANAL_CONTENT)
    assert labels.EPIDURAL_SPACE in set(labels.CANAL_CONTENT) - set(labels.THECAL_SAC)


def test_lesion_values() -> None:
    """The lesion volume of `segment` uses the values of the contract."""
    assert {label.value: number for label, number in labels.LESION_VALUES.items()} == {
        "extradural": 1,
        "intradural_extramedullary": 2,
        "intramedullary": 3,
        "bone_only": 4,
        "undetermined": 9,
    }


@pytest.mark.parametrize("name", ["X1", "T14", "C8", ""])
def test_unknown_level(name: str) -> None:
    """A name that is no level is refused, never taken for another level."""
    with pytest.raises(KeyError):
        labels.level_value(name)
