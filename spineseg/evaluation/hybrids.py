"""Segmenter + healthy validation images -> how many synthetic test tumours it finds, and what it paints without them.

The tumours are drawn into images that no training has seen, by other code than the training's. They are no patients'
tumours: a network that finds them has shown that it knows a mass in a real image, no more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from spineseg.domain.anatomy import SpineAnatomy
from spineseg.domain.findings import ESCC_RANK, Compartment, EsccGrade, LesionFinding
from spineseg.domain.segmentation import Segmentation, Segmenter
from spineseg.domain.volume import Modality, Volume, spacing_mm, voxel_volume_mm3
from spineseg.errors import AnatomyError, InputError
from spineseg.evaluation.agreement import GradeAgreement, GradePair, grade_agreement
from spineseg.evaluation.canal_site import CanalVoxels, at_spine, canal_voxels, measure_site
from spineseg.evaluation.datalist import CaseRole, ImageCase, default_datalist, read_datalist
from spineseg.evaluation.hybrid_images import HybridImage, insert, reference_points
from spineseg.evaluation.implicit_tumours import (
    GRADED,
    ImplicitTumour,
    epidural_mass,
    intradural_mass,
    intramedullary_mass,
)
from spineseg.evaluation.overlap import FOUND_RECALL
from spineseg.evaluation.realcases import check_data_folder, load_case, missing_files
from spineseg.grading import grade_spine
from spineseg.pipeline import describe_study

SEED = 77_000  # of the published scores; another stream than training's
COUNT = 52  # two for each place in the list
CORD_GROUP = "spinal cord"  # of the datalist's references
LARGE_ML = 0.8  # tumours above it are scored separately, as in the trial of 2026-11-22
LEAST_ML = 0.1  # smaller ones are not reported by design (segmentation.lesions)
_MM3_PER_ML = 1000.0
_END_MM = 18.0  # from the ends of the canal: a tumour keeps inside the field of view [P]
_TRIES = 12  # sites and grades until one fits

OnStage = Callable[[str], None]


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


def evaluate_hybrids(
    segmenter: Segmenter, data_root: Path, count: int = COUNT, *, on_stage: OnStage = lambda _: None
) -> HybridScores:
    """Score `count` test tumours, spread over the validation MR images.

    Parameters
    ----------
    segmenter
        Outlines the anatomy that the tumours are set by, then is scored on them.

    Raises
    ------
    SettingsError
        The data folder is not there.
    """
    check_data_folder(data_root)
    listed = read_datalist(default_datalist()).cases
    cases = [c for c in listed if c.role is CaseRole.VALIDATION and c.modality is Modality.MR and c.healthy]
    # The cord images are fewer, and ESCC is graded on them only: each takes two places.
    places = [case for case in cases for _ in range(2 if CORD_GROUP in case.groups else 1)]
    shares = [[n for n in range(count) if places[n % len(places)] is case] for case in cases]
    scores: list[HybridScore] = []
    pairs: list[GradePair] = []
    skipped: list[str] = []
    for case, numbers in zip(cases, shares, strict=True):
        on_stage(case.name)
        made = 0
        for number, tumour, image in draw_hybrids(case, numbers, segmenter, data_root):
            score, pair = score_hybrid(number, case, tumour, image, segmenter)
            scores.append(score)
            pairs += [pair] if pair else []
            made += 1
        if made < len(numbers):
            skipped.append(f"{case.name} ({len(numbers) - made} of {len(numbers)})")
    return HybridScores(
        segmenter=segmenter.algorithm.version,
        hybrids=tuple(sorted(scores, key=lambda one: one.number)),
        skipped=tuple(skipped),
        agreement=grade_agreement(pairs),
    )


def draw_hybrids(
    case: ImageCase, numbers: Sequence[int], segmenter: Segmenter, data_root: Path
) -> Iterator[tuple[int, ImplicitTumour, HybridImage]]:
    """Test tumours of one image; none where its canal is not found or a file is missing."""
    if missing_files(case, data_root):
        return
    try:
        volume = load_case(case, data_root)
        anatomy = describe_study([segmenter(volume)])[0]
    except (InputError, AnatomyError):
        return
    voxels = canal_voxels(anatomy)
    if voxels is None:
        return
    truth = reference_points(case, data_root, volume)
    for number in numbers:
        rng = np.random.default_rng([SEED, number])
        for _ in range(_TRIES):
            tumour = _draw_tumour(voxels, volume, rng)
            if tumour is None or not at_spine(voxels, tumour.site, truth):
                continue
            image = insert(volume, anatomy, tumour, rng, dark_csf=case.contrast.startswith("T1"))
            if _truth_ml(image) >= LEAST_ML:
                yield number, tumour, image
                break


def score_hybrid(
    number: int, case: ImageCase, tumour: ImplicitTumour, image: HybridImage, segmenter: Segmenter
) -> tuple[HybridScore, GradePair | None]:
    """Segment a test tumour's image and its twin; the pair of grades where it was found and has one."""
    found, twin = segmenter(image.volume), segmenter(image.twin)
    truth = np.asarray(image.truth.array, dtype=bool)
    painted = found.lesions.array > 0
    recall = float(painted[truth].mean())
    lesion = _reported(found, truth) if recall >= FOUND_RECALL else None
    pair = GradePair(truth=tumour.grade, found=lesion.escc) if lesion and tumour.grade in ESCC_RANK else None
    voxel = voxel_volume_mm3(image.truth) / _MM3_PER_ML
    score = HybridScore(
        number=number,
        case=case.name,
        contrast=case.contrast,
        compartment=tumour.compartment,
        truth=tumour.grade,
        bone_only=tumour.grade is EsccGrade.G0,
        volume_ml=_truth_ml(image),
        recall=recall,
        twin_recall=float((twin.lesions.array > 0)[truth].mean()),
        reported=None if lesion is None else lesion.compartment,
        grade="" if lesion is None else lesion.escc.point.value,
        twin_ml=float((twin.lesions.array > 0).sum()) * voxel,
        beside_ml=float((painted & ~truth).sum()) * voxel,
    )
    return score, pair


def _draw_tumour(voxels: CanalVoxels, volume: Volume, rng: np.random.Generator) -> ImplicitTumour | None:
    low, high = np.percentile(voxels.along, (0.5, 99.5))
    end = min(_END_MM, 0.3 * float(high - low))
    site = measure_site(voxels, float(rng.uniform(low + end, high - end)))
    if site is None:
        return None
    # A tumour of less than half a slice would leave no trace.
    least = 0.6 * float(spacing_mm(volume.image).max())
    kind = rng.random()
    if kind < 0.12:
        return intramedullary_mass(site, rng, least_length=least)
    if kind < 0.27:
        return intradural_mass(site, rng, least_length=least)
    grade = EsccGrade.G0 if kind < 0.37 else GRADED[int(rng.integers(len(GRADED)))]
    return epidural_mass(site, grade, rng, least_length=least)


def _reported(found: Segmentation, truth: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> LesionFinding | None:
    """Largest graded lesion that touches the truth."""
    touching = set(np.unique(found.lesions.array[truth]).tolist()) - {0}
    try:
        anatomy: SpineAnatomy = describe_study([found])[0]
    except AnatomyError:
        return None
    lesions = [one for one in grade_spine(anatomy, study_instance_uid="").lesions if one.number in touching]
    return max(lesions, key=lambda one: one.volume_mm3, default=None)


def _truth_ml(image: HybridImage) -> float:
    return float(np.count_nonzero(image.truth.array)) * voxel_volume_mm3(image.truth) / _MM3_PER_ML


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
