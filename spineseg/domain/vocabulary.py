"""The vocabulary table: every measurement and every coded answer with its DICOM code and unit.

SR groups, docs tables and rule fact names derive from it; a new measurement is one row here plus its
computation. Codes of 99SPINESEG stand where PS3.16 has none (clinical.md section 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from pydicom.sr.coding import Code

from spineseg.domain.anatomy import NamingBasis
from spineseg.domain.escc import AbstentionReason, EsccBand, EsccGrade
from spineseg.domain.findings import BoneQuality, Compartment, LesionOrigin
from spineseg.domain.labels import PRIVATE_SCHEME
from spineseg.domain.quality import QUALITY_TEXT, QualityCode
from spineseg.domain.sins import SinsCategory, SinsComponent

_Key = TypeVar("_Key", bound=StrEnum)

CODING_SCHEME_NAME = "spineseg private codes"

MM = Code("mm", "UCUM", "millimeter")
MM2 = Code("mm2", "UCUM", "square millimeter")
MM3 = Code("mm3", "UCUM", "cubic millimeter")
PERCENT = Code("%", "UCUM", "percent")
NO_UNITS = Code("1", "UCUM", "no units")


def private(value: str, meaning: str) -> Code:
    """Code of the private scheme."""
    return Code(value, PRIVATE_SCHEME, meaning)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One measurement: its key in `findings.json` (unit in the name), concept and unit."""

    key: str
    concept: Code
    unit: Code


def _table(*rows: tuple[str, Code, Code]) -> dict[str, Quantity]:
    return {key: Quantity(key=key, concept=concept, unit=unit) for key, concept, unit in rows}


# Of a level: medians over the slices at mid-body, perpendicular to the canal.
LEVEL_MEASUREMENTS: dict[str, Quantity] = _table(
    ("cord_area_mm2", private("SSM010", "Cross-sectional area of spinal cord"), MM2),
    ("sac_area_mm2", private("SSM011", "Cross-sectional area of thecal sac"), MM2),
    ("canal_area_mm2", private("SSM012", "Cross-sectional area of spinal canal"), MM2),
    ("cord_ap_diameter_mm", private("SSM001", "AP diameter of spinal cord"), MM),
    ("sac_ap_diameter_mm", private("SSM002", "AP diameter of thecal sac"), MM),
    ("cord_transverse_diameter_mm", private("SSM003", "Transverse diameter of spinal cord"), MM),
    ("sac_transverse_diameter_mm", private("SSM004", "Transverse diameter of thecal sac"), MM),
)

LESION_MEASUREMENTS: dict[str, Quantity] = _table(
    ("volume_mm3", Code("118565006", "SCT", "Volume"), MM3),
    ("max_diameter_mm", Code("L0JK", "IBSI", "Maximum 3D Diameter of a Mesh"), MM),
    ("extradural_fraction", private("SSM150", "Extradural share of lesion volume"), NO_UNITS),
    (
        "intradural_extramedullary_fraction",
        private("SSM151", "Intradural extramedullary share of lesion volume"),
        NO_UNITS,
    ),
    ("intramedullary_fraction", private("SSM152", "Intramedullary share of lesion volume"), NO_UNITS),
)

# Of the slice that decides ESCC (clinical.md section 1.6).
ESCC_METRICS: dict[str, Quantity] = _table(
    ("tumour_cord_gap_mm", private("SSM101", "Minimum tumour to spinal cord distance"), MM),
    ("sac_area_loss_pct", private("SSM102", "Area loss of thecal sac"), PERCENT),
    ("cord_area_loss_pct", private("SSM103", "Area loss of spinal cord"), PERCENT),
    ("cord_ap_loss_pct", private("SSM104", "AP diameter loss of spinal cord"), PERCENT),
    ("sac_indentation_mm", private("SSM105", "Indentation depth of thecal sac"), MM),
    ("csf_arc_pct", private("SSM106", "Fraction of circumference with visible CSF"), PERCENT),
    ("cord_indentation_mm", private("SSM107", "Indentation depth of spinal cord"), MM),
    ("cord_displacement_mm", private("SSM108", "Displacement of spinal cord"), MM),
    ("epidural_area_mm2", private("SSM109", "Cross-sectional area of epidural tumour"), MM2),
    ("epidural_thickness_mm", private("SSM115", "Thickness of epidural tumour"), MM),
)

DECISIVE_POINT: tuple[Quantity, ...] = (
    Quantity(key="x_mm", concept=private("SSM140", "Decisive position, to the left"), unit=MM),
    Quantity(key="y_mm", concept=private("SSM141", "Decisive position, to posterior"), unit=MM),
    Quantity(key="z_mm", concept=private("SSM142", "Decisive position, to the head"), unit=MM),
)

SINS_COMPONENTS: dict[SinsComponent, Code] = {
    SinsComponent.LOCATION: private("SSM132", "SINS location"),
    SinsComponent.PAIN: private("SSM133", "SINS pain"),
    SinsComponent.BONE_LESION: private("SSM134", "SINS bone lesion"),
    SinsComponent.ALIGNMENT: private("SSM135", "SINS alignment"),
    SinsComponent.COLLAPSE: private("SSM136", "SINS vertebral body collapse"),
    SinsComponent.POSTEROLATERAL: private("SSM137", "SINS posterolateral involvement"),
}
SINS_LOW = private("SSM130", "SINS lowest total")
SINS_HIGH = private("SSM131", "SINS highest total")

# Questions of the qualitative evaluations (clinical.md section 5.5).
ESCC_POINT = private("SSQ001", "Approximate ESCC grade")
ESCC_LOW = private("SSQ002", "Approximate ESCC grade, lower bound")
ESCC_HIGH = private("SSQ003", "Approximate ESCC grade, upper bound")
ESCC_BAND = private("SSQ004", "Approximate ESCC band")
ESCC_REASON = private("SSQ005", "Reason for abstention or doubt")
COMPARTMENT = private("SSQ006", "Compartment of lesion")
BONE_QUALITY = private("SSQ007", "Bone lesion quality")
SINS_CATEGORY = private("SSQ010", "SINS category")
LEVEL = private("SSQ020", "Vertebral level")
LEVEL_ASSUMED = private("SSQ021", "Vertebral level assumed")
LEVEL_BASIS = private("SSQ022", "Basis of vertebral level")
ESCC_LEVEL_OF_MAX = private("SSQ023", "Level of most severe compression")
ESCC_MAX_ANY_SLICE = private("SSQ024", "Highest approximate ESCC grade on any slice")
SUBREGION = private("SSQ025", "Involved part of vertebra")
SUBREGIONS_ASSESSED = private("SSQ026", "Parts of vertebra assessed")
LESION_ORIGIN = private("SSQ027", "Origin of lesion outline")
QUALITY = private("SSQ028", "Limitation of result")

YES = Code("373066001", "SCT", "Yes")
NO = Code("373067005", "SCT", "No")
UNDETERMINED = Code("373068000", "SCT", "Undetermined")
NEOPLASM = Code("108369006", "SCT", "Neoplasm")


def _answers(prefix: str, first: int, meanings: dict[_Key, str]) -> dict[_Key, Code]:
    return {
        key: private(f"{prefix}{first + number:03d}", meaning) for number, (key, meaning) in enumerate(meanings.items())
    }


ESCC_GRADES: dict[EsccGrade, Code] = _answers(
    "SSV", 10,
    {
        EsccGrade.G0: "ESCC 0", EsccGrade.G1A: "ESCC 1a", EsccGrade.G1B: "ESCC 1b", EsccGrade.G1C: "ESCC 1c",
        EsccGrade.G2: "ESCC 2", EsccGrade.G3: "ESCC 3", EsccGrade.NOT_APPLICABLE: "ESCC not applicable",
        EsccGrade.UNDETERMINED: "ESCC undetermined",
    },
)  # fmt: skip
ESCC_BANDS: dict[EsccBand, Code] = _answers(
    "SSV",
    20,
    {EsccBand.LOW: "Low (0, 1a, 1b)", EsccBand.INTERMEDIATE: "Intermediate (1c)", EsccBand.HIGH: "High (2, 3)"},
)
ABSTENTION_REASONS: dict[AbstentionReason, Code] = _answers(
    "SSV", 30,
    {
        AbstentionReason.NO_CORD_MASK: "Spinal cord not found at an involved level",
        AbstentionReason.NO_SAC_MASK: "Thecal sac not found at an involved level",
        AbstentionReason.BELOW_CONUS: "Level below the conus medullaris",
        AbstentionReason.RESOLUTION: "Resolution too low",
        AbstentionReason.SEQUENCE: "Not an axial or isotropic T2-weighted sequence",
        AbstentionReason.COVERAGE: "Lesion not covered completely",
        AbstentionReason.ARTEFACT: "Metal or motion artefact",
        AbstentionReason.INTRADURAL_LESION: "Lesion is not extradural",
        AbstentionReason.INTERVAL_CROSSES: "Range of possible grades too wide",
        AbstentionReason.DEGENERATIVE_MIMIC: "Cord deformed away from the tumour",
    },
)  # fmt: skip
COMPARTMENTS: dict[Compartment, Code] = _answers(
    "SSV", 40,
    {
        Compartment.EXTRADURAL: "Extradural", Compartment.INTRADURAL_EXTRAMEDULLARY: "Intradural extramedullary",
        Compartment.INTRAMEDULLARY: "Intramedullary", Compartment.MIXED: "Mixed compartments",
        Compartment.UNDETERMINED: "Compartment undetermined",
    },
)  # fmt: skip
BONE_QUALITIES: dict[BoneQuality, Code] = _answers(
    "SSV", 50,
    {
        BoneQuality.LYTIC: "Lytic", BoneQuality.BLASTIC: "Blastic", BoneQuality.MIXED: "Mixed lytic and blastic",
        BoneQuality.UNDETERMINED: "Bone quality undetermined",
    },
)  # fmt: skip
SINS_CATEGORIES: dict[SinsCategory, Code] = _answers(
    "SSV", 70,
    {
        SinsCategory.STABLE: "Stable", SinsCategory.POTENTIALLY_UNSTABLE: "Potentially unstable",
        SinsCategory.UNSTABLE: "Unstable", SinsCategory.UNDETERMINED: "SINS category undetermined",
    },
)  # fmt: skip
NAMING_BASES: dict[NamingBasis, Code] = _answers(
    "SSV", 100,
    {
        NamingBasis.SACRUM: "Counted from the sacrum", NamingBasis.AXIS: "Counted from C2",
        NamingBasis.SACRUM_AND_AXIS: "Counted from C2 and the sacrum",
        NamingBasis.OTHER_SERIES: "Taken from another series of the same frame of reference",
        NamingBasis.GIVEN: "Given with the masks", NamingBasis.UNUSUAL_COUNT: "Unusual count between the anchors",
        NamingBasis.NO_ANCHOR: "No anchor in view", NamingBasis.RIBS: "Counted from the first or last pair of ribs",
        NamingBasis.SEVERAL_ANCHORS: "Counted from several anchors that agree",
    },
)  # fmt: skip
LESION_ORIGINS: dict[LesionOrigin, Code] = _answers(
    "SSV",
    110,
    {LesionOrigin.AUTOMATIC: "Drawn by the algorithm", LesionOrigin.MANUAL: "Drawn or corrected by a person"},
)
QUALITY_CODES: dict[QualityCode, Code] = {
    # CodeMeaning is an LO of at most 64 characters (PS3.5 6.2); the whole sentence is in QUALITY_TEXT.
    code: private(f"SSV{200 + number}", code.replace("_", " "))
    for number, code in enumerate(QUALITY_TEXT)
}

# Rows that only the SR needs to be read back whole: which group is which, and how many there are.
REPORT_SUMMARY = private("SSG001", "Summary of the analysis")
LESION_DETECTED = private("SSQ029", "Suspected lesion detected")
NOT_EVALUATED = Code("373121007", "SCT", "Not Evaluated")
LESION_NUMBER = private("SSM153", "Number of lesion in its segmentation")
LEVEL_COUNT = private("SSM154", "Number of levels in this report")
LESION_COUNT = private("SSM155", "Number of lesions in this report")
QUALITY_COUNT = private("SSM156", "Number of limitations in this report")
