"""The label table: every value of a mask with its name, kind, DICOM code and display colour.

SEG segments, legends, SR finding sites and the networks' targets derive from this table.
Values follow VerSe (Sekuboyina et al. 2021, doi:10.1016/j.media.2021.102166) and, above 40, SPINEPS
(doi:10.1007/s00330-024-11155-y); 31-58 and 131-158 are ours: a vertebra seen, its name not known.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from enum import StrEnum

from pydicom.sr.coding import Code

PRIVATE_SCHEME = "99SPINESEG"


class LabelKind(StrEnum):
    """What a label stands for."""

    VERTEBRA = "vertebra"
    UNNAMED_VERTEBRA = "unnamed_vertebra"
    SACRUM = "sacrum"
    DISC = "disc"
    UNNAMED_DISC = "unnamed_disc"
    SPINAL_CORD = "spinal_cord"
    CAUDA_EQUINA = "cauda_equina"
    CSF = "csf"
    EPIDURAL_SPACE = "epidural_space"
    SPINAL_CANAL = "spinal_canal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One value of the anatomy mask."""

    value: int
    name: str
    kind: LabelKind
    code: Code
    rgb: tuple[int, int, int]


BACKGROUND = 0
SACRUM = 26
SPINAL_CORD = 60
EPIDURAL_SPACE = 61
# Thecal sac without cord and cauda equina, that is, CSF.
CSF = 62
CAUDA_EQUINA = 63
# Canal whose content cannot be told apart (CT without intrathecal contrast).
SPINAL_CANAL = 64

# Values of Segmentation.subregions (SPINEPS numbers): which part of the vertebra a voxel belongs to.
POSTERIOR_ELEMENTS = 41
VERTEBRAL_BODY = 49
# Ours: a rib, of no vertebra (its anatomy value is 0); ribs tell T1 and T12 from their neighbours.
RIB = 55

DISC_OFFSET = 100  # a disc is 100 + the label of the vertebra above it
UNNAMED_OFFSET = 30  # vertebra number k from cranial, name not known, is 30 + k
MAX_UNNAMED = 28
THECAL_SAC = (SPINAL_CORD, CSF, CAUDA_EQUINA)
CANAL_CONTENT = (SPINAL_CORD, EPIDURAL_SPACE, CSF, CAUDA_EQUINA, SPINAL_CANAL)

# SNOMED CT as in PS3.16 CID 7603, ../shared/clinical/codes.json; L6 and T13 are not in it.
_VERTEBRA_CODES = {
    "C1": "14806007", "C2": "39976000", "C3": "113205007", "C4": "5329002", "C5": "36978003",
    "C6": "36054005", "C7": "87391001", "T1": "64864005", "T2": "53733008", "T3": "1626008",
    "T4": "73071006", "T5": "56401006", "T6": "45296009", "T7": "62487009", "T8": "11068009",
    "T9": "82687006", "T10": "7610001", "T11": "12989004", "T12": "23215003", "L1": "66794005",
    "L2": "14293000", "L3": "36470004", "L4": "11994002", "L5": "49668003",
}  # fmt: skip
VERTEBRA = Code("51282000", "SCT", "Vertebra")

VERTEBRA_VALUES: dict[str, int] = {
    **{f"C{k}": k for k in range(1, 8)},
    **{f"T{k}": 7 + k for k in range(1, 13)},
    **{f"L{k}": 19 + k for k in range(1, 7)},
    "T13": 28,
}
# Cranial to caudal, the usual 24; T13 and L6 are inserted where they are found.
PRESACRAL_LEVELS: tuple[str, ...] = tuple(_VERTEBRA_CODES)
# Every level name from cranial to caudal, for sorting.
LEVEL_ORDER: tuple[str, ...] = (
    *PRESACRAL_LEVELS[:19],
    "T13",
    *PRESACRAL_LEVELS[19:],
    "L6",
    "S1",
    "S2",
    "S3",
    "S4",
    "S5",
)

# SNOMED CT of the disc below each vertebra as in PS3.16 CID 7604 (pydicom 3.0.2's copy), under "<upper>/<lower> disc".
_DISC_CODES = {
    "C2": "1078209008", "C3": "58820006", "C4": "49400002", "C5": "73959003", "C6": "75095006",
    "C7": "37414007", "T1": "40908007", "T2": "6004007", "T3": "2620004", "T4": "82965004",
    "T5": "72692000", "T6": "74401007", "T7": "28693002", "T8": "9188009", "T9": "113209001",
    "T10": "34959001", "T11": "1537001", "T12": "76206002", "L1": "80064006", "L2": "67459009",
    "L3": "62551000", "L4": "84020006", "L5": "715056000",
}  # fmt: skip


def _hue(fraction: float, *, saturation: float = 0.55, value: float = 0.9) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(fraction % 1.0, saturation, value)
    return (round(255 * red), round(255 * green), round(255 * blue))


def _vertebra(name: str, value: int) -> Label:
    code = VERTEBRA if name not in _VERTEBRA_CODES else Code(_VERTEBRA_CODES[name], "SCT", f"{name} vertebra")
    # 7 steps of the colour circle: neighbours always differ clearly.
    return Label(value=value, name=name, kind=LabelKind.VERTEBRA, code=code, rgb=_hue(0.55 + value * 3 / 7))


def _disc(name: str, value: int) -> Label:
    if name in _DISC_CODES:
        lower = (*PRESACRAL_LEVELS, "S1")[PRESACRAL_LEVELS.index(name) + 1]
        code = Code(_DISC_CODES[name], "SCT", f"{name}/{lower} disc")
    else:
        code = Code(f"SSA1{value:02d}", PRIVATE_SCHEME, f"Intervertebral disc below {name}")
    return Label(
        value=DISC_OFFSET + value, name=f"disc below {name}", kind=LabelKind.DISC, code=code,
        rgb=_hue(0.12, saturation=0.35 + 0.3 * (value % 2)),
    )  # fmt: skip


def _unnamed() -> list[Label]:
    rows = []
    for number in range(1, MAX_UNNAMED + 1):
        value = UNNAMED_OFFSET + number
        rows.append(
            Label(
                value=value,
                name=f"V{number}",
                kind=LabelKind.UNNAMED_VERTEBRA,
                code=VERTEBRA,
                rgb=_hue(0.55 + number * 3 / 7),
            )
        )
        disc = Code(f"SSA1{value:02d}", PRIVATE_SCHEME, "Intervertebral disc, level unknown")
        rows.append(
            Label(
                value=DISC_OFFSET + value,
                name=f"disc below V{number}",
                kind=LabelKind.UNNAMED_DISC,
                code=disc,
                rgb=_hue(0.12),
            )
        )
    return rows


def _other(value: int, kind: LabelKind, code: Code, rgb: tuple[int, int, int]) -> Label:
    name = "thecal sac without cord" if kind is LabelKind.CSF else kind.value.replace("_", " ")
    return Label(value=value, name=name, kind=kind, code=code, rgb=rgb)


_OTHER = (
    _other(SACRUM, LabelKind.SACRUM, Code("54735007", "SCT", "Sacrum"), (200, 160, 110)),
    _other(SPINAL_CORD, LabelKind.SPINAL_CORD, Code("2748008", "SCT", "Spinal cord"), (255, 214, 64)),
    _other(
        EPIDURAL_SPACE,
        LabelKind.EPIDURAL_SPACE,
        Code("SSA011", PRIVATE_SCHEME, "Spinal epidural space"),
        (150, 120, 200),
    ),
    _other(CSF, LabelKind.CSF, Code("65216001", "SCT", "Cerebrospinal Fluid"), (80, 180, 255)),
    _other(CAUDA_EQUINA, LabelKind.CAUDA_EQUINA, Code("SSA012", PRIVATE_SCHEME, "Cauda equina"), (230, 180, 60)),
    _other(SPINAL_CANAL, LabelKind.SPINAL_CANAL, Code("61853006", "SCT", "Vertebral canal"), (90, 200, 200)),
)

ANATOMY: dict[int, Label] = {
    label.value: label
    for label in (
        *(_vertebra(name, value) for name, value in VERTEBRA_VALUES.items()),
        *(_disc(name, value) for name, value in VERTEBRA_VALUES.items()),
        *_unnamed(),
        *_OTHER,
    )
}


class LesionLabel(StrEnum):
    """Compartment of a lesion in the lesion volume of `segment`."""

    EXTRADURAL = "extradural"
    INTRADURAL_EXTRAMEDULLARY = "intradural_extramedullary"
    INTRAMEDULLARY = "intramedullary"
    BONE_ONLY = "bone_only"
    UNDETERMINED = "undetermined"


LESION_VALUES: dict[LesionLabel, int] = {
    LesionLabel.EXTRADURAL: 1,
    LesionLabel.INTRADURAL_EXTRAMEDULLARY: 2,
    LesionLabel.INTRAMEDULLARY: 3,
    LesionLabel.BONE_ONLY: 4,
    LesionLabel.UNDETERMINED: 9,
}
LESION_RGB = (255, 64, 64)


def is_vertebra(value: int) -> bool:
    """Whether a value is a vertebra, named or not (the sacrum is not)."""
    return value in ANATOMY and ANATOMY[value].kind in (LabelKind.VERTEBRA, LabelKind.UNNAMED_VERTEBRA)


def level_name(value: int) -> str:
    """Name of the vertebra of a value: "T7", or "V3" where the name is not known."""
    return "S1" if value == SACRUM else ANATOMY[value].name


def level_value(name: str) -> int:
    """Value of a level name; the inverse of `level_name`."""
    if name.startswith("S"):
        return SACRUM
    return UNNAMED_OFFSET + int(name[1:]) if name.startswith("V") else VERTEBRA_VALUES[name]
