"""The vocabulary table: every measurement and every coded answer with its DICOM code and unit.

SR groups, docs tables and rule fact names derive from it; a new measurement is one row here plus its
computation. Codes of 99SPINESEG stand where PS3.16 has none (clinical.md section 5).
"""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.sr.coding import Code

from spineseg.domain.basis import NamingBasis
from spineseg.domain.codes import LEFT, RIGHT, Quantity, answers, private, quantities, radelement
from spineseg.domain.escc import AbstentionReason, EsccBand, EsccGrade
from spineseg.domain.findings import BoneQuality, Compartment, LesionOrigin
from spineseg.domain.quality import QUALITY_TEXT, QualityCode
from spineseg.domain.sins import SinsCategory, SinsComponent, SinsDoubt

CODING_SCHEME_NAME = "spineseg private codes"

# UCUM as in PS3.16 CID 7181.
MM = Code("mm", "UCUM", "millimeter")
MM2 = Code("mm2", "UCUM", "square millimeter")
MM3 = Code("mm3", "UCUM", "cubic millimeter")
PERCENT = Code("%", "UCUM", "percent")
NO_UNITS = Code("1", "UCUM", "no units")
DEGREE = Code("deg", "UCUM", "Degree")
HOUNSFIELD = Code("[hnsf'U]", "UCUM", "Hounsfield unit")

# Of a level: medians over the slices at mid-body, perpendicular to the canal.
LEVEL_MEASUREMENTS: dict[str, Quantity] = quantities(
    ("cord_area_mm2", private("SSM010", "Cross-sectional area of spinal cord"), MM2),
    ("sac_area_mm2", private("SSM011", "Cross-sectional area of thecal sac"), MM2),
    ("canal_area_mm2", private("SSM012", "Cross-sectional area of spinal canal"), MM2),
    ("cord_ap_diameter_mm", private("SSM001", "AP diameter of spinal cord"), MM),
    ("sac_ap_diameter_mm", private("SSM002", "AP diameter of thecal sac"), MM),
    ("cord_transverse_diameter_mm", private("SSM003", "Transverse diameter of spinal cord"), MM),
    ("sac_transverse_diameter_mm", private("SSM004", "Transverse diameter of thecal sac"), MM),
)

LESION_MEASUREMENTS: dict[str, Quantity] = quantities(
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
ESCC_METRICS: dict[str, Quantity] = quantities(
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

# What the points of a SINS component rest on (clinical.md sections 2.4 and 5.4).
SINS_EVIDENCE: dict[str, Quantity] = quantities(
    ("height_loss_pct", private("SSM110", "Vertebral body height loss"), PERCENT),
    ("involved_body_pct", private("SSM113", "Share of vertebral body replaced by tumour"), PERCENT),
    ("translation_mm", private("SSM112", "Vertebral translation"), MM),
    ("kyphosis_deg", private("SSM111", "Local kyphosis angle"), DEGREE),
    ("coronal_angle_deg", private("SSM160", "Local coronal angle"), DEGREE),
    ("lytic_pct", private("SSM120", "Lytic share of bone lesion"), PERCENT),
    ("blastic_pct", private("SSM121", "Blastic share of bone lesion"), PERCENT),
    ("lesion_mean_hu", Code("112181", "DCM", "Mean Attenuation Coefficient"), HOUNSFIELD),
    ("lesion_max_hu", private("SSM161", "Maximum attenuation of lesion"), HOUNSFIELD),
    ("reference_mean_hu", private("SSM162", "Mean attenuation of unaffected vertebrae"), HOUNSFIELD),
    ("reference_sd_hu", private("SSM163", "Standard deviation of attenuation of unaffected vertebrae"), HOUNSFIELD),
    ("posterior_wall_breach_mm", private("SSM114", "Width of posterior wall breach"), MM),
    ("pedicle_left_pct", private("SSM164", "Share of left pedicle replaced by tumour"), PERCENT),
    ("pedicle_right_pct", private("SSM165", "Share of right pedicle replaced by tumour"), PERCENT),
    ("facet_left_pct", private("SSM166", "Share of left facet joint replaced by tumour"), PERCENT),
    ("facet_right_pct", private("SSM167", "Share of right facet joint replaced by tumour"), PERCENT),
    ("costovertebral_left_pct", private("SSM168", "Share of left costovertebral joint replaced by tumour"), PERCENT),
    ("costovertebral_right_pct", private("SSM169", "Share of right costovertebral joint replaced by tumour"), PERCENT),
    ("posterolateral_left_mm3", private("SSM170", "Tumour volume in left posterolateral elements"), MM3),
    ("posterolateral_right_mm3", private("SSM171", "Tumour volume in right posterolateral elements"), MM3),
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
SINS_COMPONENT = private("SSQ030", "Component of SINS")  # says which component a row beside it belongs to
SINS_DOUBT = private("SSQ031", "Doubt of SINS component")
SINS_SERIES = private("SSQ032", "Series that SINS component was measured on")
SINS_DECIDING = private("SSQ033", "SINS component that would decide the category")

# Questions of the qualitative evaluations (clinical.md section 5.5).
# RadElement sets RDES288 (element 1998) and RDES21 (clinical.md, preamble: taken from hoodcm/oifm-definitions, not
# checked at the registry). The numbers of RDES21's answers are not known here, so ours stand under its questions.
ESCC_POINT = radelement("RDE1998", "Approximate ESCC grade")
ESCC_LOW = private("SSQ002", "Approximate ESCC grade, lower bound")
ESCC_HIGH = private("SSQ003", "Approximate ESCC grade, upper bound")
ESCC_BAND = private("SSQ004", "Approximate ESCC band")
ESCC_REASON = private("SSQ005", "Reason for abstention or doubt")
COMPARTMENT = private("SSQ006", "Compartment of lesion")
BONE_QUALITY = radelement("RDE153", "Bone lesion quality")
ALIGNMENT = radelement("RDE154", "Alignment of spine")
POSTEROLATERAL = radelement("RDE156", "Posterolateral involvement")
SINS_CATEGORY = private("SSQ010", "SINS category")
FRACTURE = private("SSQ014", "Pathological fracture on imaging")
LEVEL = private("SSQ020", "Vertebral level")
LEVEL_ASSUMED = private("SSQ021", "Vertebral level assumed")
LEVEL_BASIS = private("SSQ022", "Basis of vertebral level")
LEVEL_CANDIDATE = private("SSQ043", "Possible vertebral level")
LESION_ORIGIN = private("SSQ027", "Origin of lesion outline")
QUALITY = private("SSQ028", "Limitation of result")
ESCC_LEVEL_OF_MAX = private("SSQ023", "Level of most severe compression")
ESCC_MAX_ANY_SLICE = private("SSQ024", "Highest approximate ESCC grade on any slice")
SUBREGION = private("SSQ025", "Involved part of vertebra")
SUBREGIONS_ASSESSED = private("SSQ026", "Parts of vertebra assessed")
ESCC_AT_LEVEL = private("SSQ034", "Approximate ESCC grade at a level")
BONE_SERIES = private("SSQ035", "Series that bone quality was measured on")

YES = Code("373066001", "SCT", "Yes")
NO = Code("373067005", "SCT", "No")
UNDETERMINED = Code("373068000", "SCT", "Undetermined")
NOT_EVALUATED = Code("373121007", "SCT", "Not Evaluated")
NEOPLASM = Code("108369006", "SCT", "Neoplasm")

ESCC_GRADES: dict[EsccGrade, Code] = {
    EsccGrade.G0: radelement("RDE1998.0", "ESCC 0"),
    EsccGrade.G1A: radelement("RDE1998.1", "ESCC 1a"),
    EsccGrade.G1B: radelement("RDE1998.2", "ESCC 1b"),
    EsccGrade.G1C: radelement("RDE1998.3", "ESCC 1c"),
    EsccGrade.G2: radelement("RDE1998.4", "ESCC 2"),
    EsccGrade.G3: radelement("RDE1998.5", "ESCC 3"),
    EsccGrade.NOT_APPLICABLE: private("SSV016", "ESCC not applicable"),
    EsccGrade.UNDETERMINED: private("SSV017", "ESCC undetermined"),
}
ESCC_BANDS: dict[EsccBand, Code] = answers(
    "SSV",
    20,
    {EsccBand.LOW: "Low (0, 1a, 1b)", EsccBand.INTERMEDIATE: "Intermediate (1c)", EsccBand.HIGH: "High (2, 3)"},
)
ABSTENTION_REASONS: dict[AbstentionReason, Code] = answers(
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
COMPARTMENTS: dict[Compartment, Code] = answers(
    "SSV", 40,
    {
        Compartment.EXTRADURAL: "Extradural", Compartment.INTRADURAL_EXTRAMEDULLARY: "Intradural extramedullary",
        Compartment.INTRAMEDULLARY: "Intramedullary", Compartment.MIXED: "Mixed compartments",
        Compartment.UNDETERMINED: "Compartment undetermined",
    },
)  # fmt: skip
BONE_QUALITIES: dict[BoneQuality, Code] = answers(
    "SSV", 50,
    {
        BoneQuality.LYTIC: "Lytic", BoneQuality.BLASTIC: "Blastic", BoneQuality.MIXED: "Mixed lytic and blastic",
        BoneQuality.UNDETERMINED: "Bone quality undetermined",
    },
)  # fmt: skip
SINS_CATEGORIES: dict[SinsCategory, Code] = answers(
    "SSV", 70,
    {
        SinsCategory.STABLE: "Stable", SinsCategory.POTENTIALLY_UNSTABLE: "Potentially unstable",
        SinsCategory.UNSTABLE: "Unstable", SinsCategory.UNDETERMINED: "SINS category undetermined",
    },
)  # fmt: skip
SINS_DOUBTS: dict[SinsDoubt, Code] = answers(
    "SSV", 120,
    {
        SinsDoubt.CLINICAL: "Only the patient and the examination can tell",
        SinsDoubt.NEEDS_CT: "Cannot be told without CT",
        SinsDoubt.DE_NOVO_UNKNOWN: "Not known whether the deformity is new",
        SinsDoubt.NO_REFERENCE: "No unaffected neighbour to compare with",
        SinsDoubt.LEVEL_UNKNOWN: "Name of the level not known",
        SinsDoubt.NOT_IN_VIEW: "Not in the field of view",
        SinsDoubt.BORDERLINE: "Measurement close to a border of the scale",
        SinsDoubt.RESOLUTION: "Resolution too low",
    },
)  # fmt: skip
# Points of alignment -> answer; no image tells that a deformity is new, so it stays a candidate.
ALIGNMENTS: dict[int, Code] = {
    0: private("SSV060", "Normal alignment"),
    2: private("SSV061", "Candidate deformity"),
    4: private("SSV062", "Candidate translation"),
}
NAMING_BASES: dict[NamingBasis, Code] = answers(
    "SSV", 100,
    {
        NamingBasis.SACRUM: "Counted from the sacrum", NamingBasis.AXIS: "Counted from C2",
        NamingBasis.SACRUM_AND_AXIS: "Counted from C2 and the sacrum",
        NamingBasis.OTHER_SERIES: "Taken from another series of the same frame of reference",
        NamingBasis.GIVEN: "Given with the masks", NamingBasis.UNUSUAL_COUNT: "Unusual count between the anchors",
        NamingBasis.NO_ANCHOR: "No anchor in view", NamingBasis.RIBS: "Counted from the first or last pair of ribs",
        NamingBasis.SEVERAL_ANCHORS: "Counted from several anchors that agree",
        NamingBasis.AMBIGUOUS: "Several counts of the levels fit nearly equally well",
    },
)  # fmt: skip
LESION_ORIGINS: dict[LesionOrigin, Code] = answers(
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
LESION_NUMBER = private("SSM153", "Number of lesion in its segmentation")
LEVEL_COUNT = private("SSM154", "Number of levels in this report")
LESION_COUNT = private("SSM155", "Number of lesions in this report")
QUALITY_COUNT = private("SSM156", "Number of limitations in this report")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subregion:
    """Code of a part of the vertebra or its surroundings, with its side where it has one."""

    code: Code
    laterality: Code | None = None


def _both_sides(name: str, code: Code) -> dict[str, Subregion]:
    return {f"{name}_{side.meaning.lower()}": Subregion(code=code, laterality=side) for side in (LEFT, RIGHT)}


# Everything that `LesionFinding.subregions` may hold; SNOMED CT as in PS3.16 CID 6115, private where it has none.
SUBREGIONS: dict[str, Subregion] = {
    "vertebral_body": Subregion(code=private("SSA020", "Vertebral body")),
    "posterior_wall": Subregion(code=private("SSA021", "Posterior wall of vertebral body")),
    **_both_sides("pedicle", Code("78972004", "SCT", "Pedicle of vertebra")),
    **_both_sides("lamina", Code("89340005", "SCT", "Lamina of vertebra")),
    **_both_sides("articular_process", private("SSA022", "Articular process of vertebra")),
    **_both_sides("transverse_process", Code("73400003", "SCT", "Transverse process or vertebra")),  # sic
    "spinous_process": Subregion(code=Code("55678000", "SCT", "Spinous process of vertebra")),
    **_both_sides("rib_head", Code("12872006", "SCT", "Head of rib")),
    **_both_sides("foramen", private("SSA014", "Intervertebral foramen")),
    **_both_sides("paraspinal", private("SSA023", "Paraspinal soft tissue")),
    "prevertebral": Subregion(code=private("SSA024", "Prevertebral soft tissue")),
    "epidural_space": Subregion(code=private("SSA011", "Spinal epidural space")),
    "posterior_wall_breach": Subregion(code=private("SSA025", "Breach of posterior wall of vertebral body")),
}
