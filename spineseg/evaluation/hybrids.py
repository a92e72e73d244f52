"""Segmenter + healthy validation images -> how many synthetic test tumours it finds, and what it paints without them.

The tumours are drawn into images that no training has seen, by other code than the training's. They are no patients'
tumours: a network that finds them has shown that it knows a mass in a real image, no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from spineseg.domain.anatomy import SpineAnatomy
from spineseg.domain.escc import ESCC_RANK, EsccGrade
from spineseg.domain.findings import LesionFinding
from spineseg.domain.segmentation import Segmentation, Segmenter
from spineseg.domain.volume import Modality, Volume, spacing_mm, voxel_volume_mm3
from spineseg.errors import AnatomyError, InputError
from spineseg.evaluation.agreement import GradePair, grade_agreement
from spineseg.evaluation.canal_site import CanalVoxels, at_spine, canal_voxels, measure_site
from spineseg.evaluation.datalist import CaseRole, ImageCase, default_datalist, read_datalist
from spineseg.evaluation.hybrid_images import HybridImage, insert, reference_points
from spineseg.evaluation.hybrid_scores import HybridScore, HybridScores
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
LEAST_ML = 0.1  # smaller ones are not reported by design (segmentation.lesions)
_MM3_PER_ML = 1000.0
_END_MM = 18.0  # from the ends of the canal: a tumour keeps inside the field of view [P]
_TRIES = 12  # sites and grades until one fits

OnStage = Callable[[str], None]


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
