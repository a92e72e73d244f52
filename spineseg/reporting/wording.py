"""Findings -> sentences: the words of the SR, the key images and the page (clinical.md section 6)."""

from __future__ import annotations

from spineseg.domain.codes import Quantity
from spineseg.domain.escc import ESCC_RANK, EsccGrade, EsccResult, LevelGrade
from spineseg.domain.findings import Findings, LesionFinding, LevelFinding, VanishedLesion
from spineseg.domain.labels import LEVEL_ORDER
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
NOT_ASSESSED = "not assessed"

# UCUM codes as a reader writes them.
_UNITS = {"mm": "mm", "mm2": "mm²", "mm3": "mm³", "%": "%", "1": "", "deg": "°", "[hnsf'U]": "HU"}


def level_text(name: str | None, findings: Findings) -> str:
    """Level as a reader should take it: "T7", "T7 (assumed)", "V3 (name not known)" or "not known"."""
    if not name:
        return NOT_KNOWN
    if name.startswith("V"):
        return f"{name} (name not known)"
    return f"{name} (assumed)" if _is_assumed(name, findings.levels) else name


def is_doubtful(name: str, findings: Findings, series_instance_uid: str) -> bool:
    """Whether a level's name must not stand as sure on the images and masks of one series.

    The series' own level decides. After a merge a level may belong to another series: then the name is doubtful where
    that level is assumed or absent, and where this series names any level by assumption, since one count names all.
    """
    told = [level for level in findings.levels if level.name == name]
    own = [level for level in findings.levels if level.series_instance_uid == series_instance_uid]
    of_both = [level for level in own if level.name == name]
    if of_both:
        return any(level.assumed for level in of_both)
    return not told or any(level.assumed for level in (*told, *own))


def doubtful_names(findings: Findings, series_instance_uid: str) -> frozenset[str]:
    """Every level name that must not stand as sure on one series."""
    return frozenset(name for name in LEVEL_ORDER if is_doubtful(name, findings, series_instance_uid))


def levels_text(lesion: LesionFinding, findings: Findings) -> str:
    """Levels of a lesion, cranial to caudal."""
    return ", ".join(level_text(name, findings) for name in lesion.levels) or f"level {NOT_KNOWN}"


def grade_text(escc: EsccResult | LevelGrade) -> str:
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


def unit_text(quantity: Quantity) -> str:
    """Unit of a measurement; empty where it has none."""
    return _UNITS[quantity.unit.value]


def value_text(value: float | None, quantity: Quantity) -> str:
    """Number with its unit, or that it is not known."""
    return NOT_KNOWN if value is None else f"{value:.1f} {unit_text(quantity)}".strip()


def subregion_text(name: str) -> str:
    """Part of the vertebra in words: "pedicle_left" -> "left pedicle"."""
    words = name.split("_")
    return " ".join([words[-1], *words[:-1]] if words[-1] in ("left", "right") else words)


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


def vanished_sentence(lesion: VanishedLesion) -> str:
    """The line that stands for a lesion of the prior study that is gone."""
    levels = ", ".join(lesion.levels) or f"level {NOT_KNOWN}"
    return f"Lesion of the prior study at {levels}, {volume_text(lesion.prior_volume_mm3)} then: not found any more."


def _range(escc: EsccResult | LevelGrade) -> str:
    if escc.low not in ESCC_RANK or escc.high not in ESCC_RANK:
        return ""
    return f" (range {escc.low.value} to {escc.high.value})" if escc.low is not escc.high else ""


def _is_assumed(name: str, levels: tuple[LevelFinding, ...]) -> bool:
    """A name that one series gives for certain is certain."""
    told = [level.assumed for level in levels if level.name == name]
    return bool(told) and all(told)
