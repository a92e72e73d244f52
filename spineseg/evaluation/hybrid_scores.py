"""Scores of test tumours in real images -> summary, table and plain content for JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.evaluation.agreement import GradeAgreement
from spineseg.evaluation.overlap import FOUND_RECALL

LARGE_ML = 0.8  # tumours above it are scored separately, as in the trial of 2026-11-22


@dataclass(frozen=True, slots=True, kw_only=True)
class HybridScore:
    """One test tumour and its healthy twin.

    Parameters
    ----------
    truth
        Grade by construction; not applicable inside the dura and below the conus.
    bone_only
        Whether it has no part in the canal.
    recall, twin_recall
        Share of its voxels that any reported lesion covers, and that are painted without the tumour, too.
    reported
        Compartment of the largest reported lesion that touches it; None where it was not found.
    grade
        Reported with it: "1b", "undetermined" and so on; empty where it was not found.
    twin_ml, beside_ml : [mL]
        Reported in the same crop without the tumour, and outside the tumour with it.
    """

    number: int
    case: str
    contrast: str
    compartment: Compartment
    truth: EsccGrade
    bone_only: bool
    volume_ml: float
    recall: float
    twin_recall: float
    reported: Compartment | None
    grade: str
    twin_ml: float
    beside_ml: float

    @property
    def found(self) -> bool:
        """Whether a fifth of it is covered."""
        return self.recall >= FOUND_RECALL

    @property
    def found_by_chance(self) -> bool:
        """Whether it is found where the healthy twin is painted, too."""
        return self.found and self.twin_recall >= FOUND_RECALL


@dataclass(frozen=True, slots=True, kw_only=True)
class HybridScores:
    """All test tumours; `skipped` names the images that none could be put into."""

    segmenter: str
    hybrids: tuple[HybridScore, ...]
    skipped: tuple[str, ...]
    agreement: GradeAgreement

    def to_json(self) -> dict[str, object]:
        """Plain content for json.dumps; NaN may occur."""
        content = asdict(self)
        content["agreement"]["confusion"] = {f"{a} as {b}": n for (a, b), n in self.agreement.confusion.items()}
        content["summary"] = dict(self.summary())
        return content

    def summary(self) -> list[tuple[str, str]]:
        """What a reader wants first, as pairs of name and value."""
        rows = [("found", _count(self.hybrids)), (f"found above {LARGE_ML} mL", _count(self._large()))]
        chance = sum(one.found_by_chance for one in self.hybrids)
        rows.append(("of those found, painted without the tumour, too", str(chance)))
        for compartment in Compartment:
            chosen = [one for one in self.hybrids if one.compartment is compartment]
            if chosen:
                rows.append((f"found, {compartment.value.replace('_', ' ')}", _count(chosen)))
        painted = [one.twin_ml for one in self.hybrids]
        rows.append(("healthy twins without any lesion", f"{sum(ml == 0 for ml in painted)} of {len(painted)}"))
        rows.append(
            ("painted on a healthy twin, mean and most", f"{_mean(painted):.2f} and {max(painted, default=0):.2f} mL")
        )
        right = sum(one.reported is one.compartment for one in self.hybrids)
        rows.append(("found in the right compartment", f"{right} of {len(self.hybrids)}"))
        graded = self.agreement
        rows.append(
            (
                "ESCC of those found: graded, exact, within one",
                f"{graded.graded}, {_share(graded.exact)}, {_share(graded.within_one)}",
            )
        )
        return rows

    def to_markdown(self) -> str:
        """Summary and one line a tumour."""
        lines = [f"{len(self.hybrids)} synthetic tumours in real healthy images, masks by {self.segmenter}.", ""]
        lines += ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in self.summary()), ""]
        lines += ["| image | tumour | truth | mL | covered | reported | grade | twin mL |", "|" + "---|" * 8]
        lines += [_row(one) for one in self.hybrids]
        if self.skipped:
            lines += ["", "Not used: " + "; ".join(self.skipped) + "."]
        return "\n".join(lines) + "\n"

    def _large(self) -> list[HybridScore]:
        return [one for one in self.hybrids if one.volume_ml > LARGE_ML]


def _count(scores: Sequence[HybridScore]) -> str:
    return f"{sum(one.found for one in scores)} of {len(scores)}"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _share(value: float) -> str:
    return "not known" if math.isnan(value) else f"{value:.2f}"


def _row(one: HybridScore) -> str:
    kind = "bone only" if one.bone_only else one.compartment.value.replace("_", " ")
    reported = "·" if one.reported is None else one.reported.value.replace("_", " ")
    return (
        f"| {one.case} | {kind} | {one.truth.value} | {one.volume_ml:.2f} | {one.recall:.2f} "
        f"| {reported} | {one.grade or '·'} | {one.twin_ml:.2f} |"
    )
