"""findings.json and recommendation.json of a result -> how urgently somebody should look at it, and its grade."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from spineseg.domain.escc import ESCC_RANK, EsccGrade
from spineseg.domain.recommendation import OptionStatus
from spineseg.domain.recommendation import Urgency as OptionUrgency

Json = Mapping[str, Any]


class Urgency(IntEnum):
    """Order of the worklist, the most urgent first ([P]).

    `UNKNOWN` stands above `LESION`: what could not be graded may be the worst.
    """

    NOW = 0
    SOON = 1
    UNKNOWN = 2
    LESION = 3
    NOTHING_FOUND = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """What the worklist shows of a result.

    Parameters
    ----------
    grade
        Approximate ESCC of the worst lesion: "2 (1c to 3)", "undetermined (0 to 3)", or empty without a lesion.
    outcome
        `outcome` of run.json.
    worst
        Highest grade that any lesion may have; None where nothing was graded.
    """

    urgency: Urgency
    grade: str
    outcome: str
    worst: EsccGrade | None


def triage(result: Path) -> Triage:
    """Triage of a result folder; what it lacks is unknown."""
    findings, recommendation = _read(result / "findings.json"), _read(result / "recommendation.json")
    run = _read(result / "run.json")
    outcome = str(run.get("outcome", ""))
    lesions: Sequence[Json] = findings.get("lesions") or ()
    return Triage(
        urgency=_urgency(lesions, recommendation, outcome, analysed=bool(findings)),
        grade=_grade(lesions),
        outcome=outcome,
        worst=max((_worst(lesion) for lesion in lesions), key=_rank, default=None),
    )


def at_least(worst: EsccGrade | None, threshold: EsccGrade) -> bool:
    """Whether a study may hold a grade of at least `threshold`; a grade that is not known may."""
    return worst is not None and _rank(worst) >= ESCC_RANK[threshold]


def _urgency(lesions: Sequence[Json], recommendation: Json, outcome: str, *, analysed: bool) -> Urgency:
    alerts = {
        option.get("urgency")
        for option in recommendation.get("options") or ()
        if option.get("status") == OptionStatus.ALERT
    }
    ranks = [_rank(_worst(lesion)) for lesion in lesions]
    unknown = len(ESCC_RANK)
    if OptionUrgency.E0 in alerts:
        return Urgency.NOW
    if OptionUrgency.E1 in alerts or any(ESCC_RANK[EsccGrade.G2] <= rank < unknown for rank in ranks):
        return Urgency.SOON
    if not analysed or outcome in ("no_spine_found", "lesions_not_assessed") or unknown in ranks:
        return Urgency.UNKNOWN
    return Urgency.LESION if lesions else Urgency.NOTHING_FOUND


def _worst(lesion: Json) -> EsccGrade:
    """Upper end of the interval; `undetermined` where it is not known."""
    try:
        return EsccGrade(lesion["escc"]["high"])
    except (KeyError, TypeError, ValueError):
        return EsccGrade.UNDETERMINED


def _rank(grade: EsccGrade) -> int:
    """Order for "may be at least": not applicable is below all grades, not known above all."""
    return ESCC_RANK.get(grade, -1 if grade is EsccGrade.NOT_APPLICABLE else len(ESCC_RANK))


def _grade(lesions: Sequence[Json]) -> str:
    if not lesions:
        return ""
    escc = max(lesions, key=lambda lesion: _rank(_worst(lesion))).get("escc") or {}
    point, low, high = (str(escc.get(key, "undetermined")).replace("_", " ") for key in ("point", "low", "high"))
    return point if point == low == high else f"{point} ({low} to {high})"


def _read(path: Path) -> Json:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
