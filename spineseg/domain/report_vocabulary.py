"""What a report says of itself, of its images and of its older versions -> codes."""

from __future__ import annotations

from pydicom.sr.coding import Code

from spineseg.domain.codes import private
from spineseg.domain.escc import EsccGrade
from spineseg.domain.vocabulary import ALIGNMENT, BONE_QUALITY, ESCC_GRADES, ESCC_POINT, POSTEROLATERAL

# 1: summary, limitations and vanished lesions are measurement groups, their codes private.
# 2: they are qualitative evaluations of the document, and grades have RadElement's codes.
LAYOUT_VERSION = 2
LAYOUT = private("SSM158", "Layout version of this report")

# TID 1500 row 12: what is said of the study and not of a region.
QUALITATIVE_EVALUATIONS = Code("C0034375", "UMLS", "Qualitative Evaluations")

# PS3.16 CID 7036; whether an image is of diagnostic quality is for a person to say.
IMAGE_QUALITY = Code("111101", "DCM", "Image Quality")
LIMITED = Code("RID13", "RADLEX", "Limited quality")

_GRADES_IN_ORDER = (EsccGrade.G0, EsccGrade.G1A, EsccGrade.G1B, EsccGrade.G1C, EsccGrade.G2, EsccGrade.G3)
# Private codes of layout 1 -> the public ones that stand in their place; no report is ever rewritten.
FORMER_CODES: dict[Code, Code] = {
    private("SSQ001", "Approximate ESCC grade"): ESCC_POINT,
    private("SSQ007", "Bone lesion quality"): BONE_QUALITY,
    private("SSQ008", "Alignment of spine"): ALIGNMENT,
    private("SSQ009", "Posterolateral involvement"): POSTEROLATERAL,
    **{
        private(f"SSV{10 + number:03d}", ESCC_GRADES[grade].meaning): ESCC_GRADES[grade]
        for number, grade in enumerate(_GRADES_IN_ORDER)
    },
}
