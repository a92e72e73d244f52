"""Findings -> what the page says about the comparison with a prior study; no prior study is "not assessed"."""

from __future__ import annotations

from spineseg.domain.escc import ESCC_RANK
from spineseg.domain.findings import Change, Findings, LesionFinding, PriorComparison
from spineseg.reporting.page_tables import Table
from spineseg.reporting.wording import NOT_ASSESSED, NOT_KNOWN, levels_text, vanished_sentence, volume_text

_CHANGES = {
    Change.NEW: "new: not in the prior study",
    Change.GROWN: "grown",
    Change.STABLE: "stable: no change beyond the doubt of the measurement",
    Change.SHRUNK: "shrunk",
    Change.UNDETERMINED: "could not be determined",
}


def comparison_table(lesion: LesionFinding, findings: Findings) -> Table:
    """One lesion against the prior study: change, volume with its doubt, grade."""
    header = ("Fact", "Value")
    if lesion.prior is None:
        why = "no prior study was given" if findings.prior_study_instance_uid is None else "the lesion was not compared"
        return Table(header=header, rows=(("Change", f"{NOT_ASSESSED}: {why}"),))
    prior = lesion.prior
    rows = (
        ("Change", _CHANGES[prior.change]),
        ("Volume now", volume_text(lesion.volume_mm3)),
        ("Volume in the prior study", _prior_volume(prior)),
        ("Change of volume (doubt of the measurement)", _volume_change(prior)),
        ("Approximate ESCC in the prior study", _prior_grade(prior)),
        ("Change of approximate ESCC", _grade_change(prior)),
    )
    return Table(header=header, rows=rows)


def comparison_texts(findings: Findings) -> list[str]:
    """Sentences about the whole study: with what it was compared, new and vanished lesions."""
    if findings.prior_study_instance_uid is None and not findings.vanished:
        return [f"Change since a prior study: {NOT_ASSESSED}, no prior study was given."]
    texts = [f"Compared with study {findings.prior_study_instance_uid or NOT_KNOWN}."]
    for rank, lesion in enumerate(findings.lesions, start=1):
        if lesion.prior is not None and lesion.prior.change is Change.NEW:
            texts.append(f"New: lesion {rank} at {levels_text(lesion, findings)}, {volume_text(lesion.volume_mm3)}.")
    texts.extend(f"Vanished: {vanished_sentence(lesion)}" for lesion in findings.vanished)
    return texts


def _prior_volume(prior: PriorComparison) -> str:
    if prior.prior_volume_mm3 is None:
        return "not there" if prior.change is Change.NEW else NOT_KNOWN
    return volume_text(prior.prior_volume_mm3)


def _volume_change(prior: PriorComparison) -> str:
    if prior.volume_change_pct is None:
        return "no prior volume to compare with" if prior.change is Change.NEW else NOT_KNOWN
    doubt = f"doubt {NOT_KNOWN}" if prior.volume_doubt_pct is None else f"doubt ±{prior.volume_doubt_pct:.0f} %"
    return f"{prior.volume_change_pct:+.0f} % ({doubt})"


def _prior_grade(prior: PriorComparison) -> str:
    grade = prior.prior_escc_point
    if grade is None:
        return "not there" if prior.change is Change.NEW else NOT_KNOWN
    return grade.value if grade in ESCC_RANK else grade.value.replace("_", " ")


def _grade_change(prior: PriorComparison) -> str:
    steps = prior.grade_change
    if steps is None:
        return NOT_KNOWN
    if steps == 0:
        return "same grade"
    return f"{abs(steps)} step{'s' if abs(steps) > 1 else ''} {'up' if steps > 0 else 'down'}"
