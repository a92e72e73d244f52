"""Findings -> sentences: the words of the SR, the key images and the page (clinical.md section 6)."""

from __future__ import annotations

from spineseg.domain.escc import ESCC_RANK, EsccGrade, EsccResult
from spineseg.domain.findings import Findings, LesionFinding, LevelFinding
from spineseg.domain.vocabulary import ABSTENTION_REASONS, COMPARTMENTS

RESEARCH_BANNER = (
    "Research use only. Not a medical device. Not for clinical diagnosis or treatment. Findings are approximate, "
    "computed by an automatic method, UNVERIFIED by a physician. Do not act on them without review of the original "
    "images and the patient. If cord compression is suspected, seek emergency assessment now; do not wait for this "
    "tool."
)
SHORT_BANNER = "Research use only - not verified"
# Weighted kappa between readers of the ESCC scale (clinical.md section 6).
READER_AGREEMENT = "reader agreement of this scale is itself κ≈0.64"
NOT_KNOWN = "not known"


def level_text(name: str | None, findings: Findings) -> str:
    """Level as a reader should take it: "T7", "T7 (assumed)", "V3 (name not known)" or "not known"."""
    if not name:
        return NOT_KNOWN
    if name.startswith("V"):
        return f"{name} (name not known)"
    return f"{name} (assumed)" if _is_assumed(name, findings.levels) else name


def levels_text(lesion: LesionFinding, findings: Findings) -> str:
    """Levels of a lesion, cranial to caudal."""
    return ", ".join(level_text(name, findings) for name in lesion.levels) or f"level {NOT_KNOWN}"


def grade_text(escc: EsccResult) -> str:
    """Grade with its range: "approximate ESCC 1c (range 1b to 2)"; says so where there is none."""
    if escc.point is EsccGrade.NOT_APPLICABLE:
        return "ESCC does not apply"
    if escc.point is EsccGrade.UNDETERMINED:
        return f"ESCC not determined{_range(escc)}"
    return f"approximate ESCC {escc.point.value}{_range(escc)}"


def reason_text(escc: EsccResult) -> str:
    """Why the grade is missing or doubtful; empty where nothing is said against it."""
    return "" if escc.reason is None else ABSTENTION_REASONS[escc.reason].meaning


def volume_text(volume_mm3: float) -> str:
    """Volume in mL, or in mm³ where it is under 0.1 mL."""
    return f"{volume_mm3 / 1000:.1f} mL" if volume_mm3 >= 100 else f"{volume_mm3:.0f} mm³"


def lesion_sentence(lesion: LesionFinding, findings: Findings) -> str:
    """The line that stands for a lesion in the SR."""
    algorithm = findings.algorithm
    reason = reason_text(lesion.escc)
    grade = grade_text(lesion.escc)
    level = levels_text(lesion, findings).removeprefix("level ")
    return (
        f"Suspected lesion: {grade[0].upper()}{grade[1:]}, level {level}, "
        f"{COMPARTMENTS[lesion.compartment].meaning.lower()}, {volume_text(lesion.volume_mm3)}"
        f"{', ' + reason[0].lower() + reason[1:] if reason else ''}; "
        f"method {algorithm.name} {algorithm.version}; {READER_AGREEMENT}."
    )


def _range(escc: EsccResult) -> str:
    if escc.low not in ESCC_RANK or escc.high not in ESCC_RANK:
        return ""
    return f" (range {escc.low.value} to {escc.high.value})" if escc.low is not escc.high else ""


def _is_assumed(name: str, levels: tuple[LevelFinding, ...]) -> bool:
    """A name that one series gives for certain is certain."""
    told = [level.assumed for level in levels if level.name == name]
    return bool(told) and all(told)
