"""Number -> DrawnRow: a phantom study graded with its true lesion mask given, as `run --lesions` would."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from spineseg.anatomy.study import describe_study
from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.anatomy import SpineAnatomy
from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import Compartment, Findings, LesionFinding
from spineseg.domain.segmentation import Segmentation, Segmenter
from spineseg.domain.volume import SeriesRole
from spineseg.errors import SettingsError
from spineseg.evaluation.drawn_cases import drawn_case
from spineseg.evaluation.drawn_causes import Cause, Structure, find_causes
from spineseg.evaluation.drawn_study import DrawnOn, SegmentedStudy, segment_study
from spineseg.evaluation.graded_case import GradedCase
from spineseg.files import prepare_folder, write_bytes
from spineseg.grading import grade_spine, merge_findings
from spineseg.grading.manual import as_manual
from spineseg.ingest.registration import place_series
from spineseg.pipeline import give_lesions
from spineseg.segmentation.imagefile import write_grid
from spineseg.segmentation.manual import DrawnLesions, read_drawn_lesions

_STUDY_UID = "1.2.826.0.1.3680043.8.498.8"


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeGiven:
    """Grade with the mask on one grid."""

    drawn_on: DrawnOn
    low: EsccGrade
    point: EsccGrade
    high: EsccGrade


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRow(GradedCase):
    """One study: the grade with the mask on the axial T2 beside its truth.

    Parameters
    ----------
    algorithm
        Who drew the anatomy.
    lesions
        How many the mask was taken for; the worst one is scored.
    graded_on
        Series that the grade comes from; None where nothing was graded.
    level_named, level_assumed
        Whether the true level is among those reported, and whether one of these is assumed.
    others
        The same mask on other grids.
    dice
        Anatomy of the axial T2 on the slices of the lesion, by structure; without those that are not there.
    causes
        What must be true for the grade to be exact; empty where it is.
    """

    number: int
    name: str
    algorithm: AlgorithmIdentity
    level: str
    in_plane_mm: float
    spacing_mm: float
    has_ct: bool
    true_compartment: Compartment
    compartment: Compartment | None
    lesions: int
    graded_on: SeriesRole | None
    level_named: bool
    level_assumed: bool
    others: tuple[GradeGiven, ...]
    dice: dict[str, float]
    causes: tuple[Cause, ...]
    seconds: float

    def same(self, drawn_on: DrawnOn) -> bool | None:
        """Whether the mask on another grid gives the same point; None where it was not tried."""
        points = [one.point for one in self.others if one.drawn_on is drawn_on]
        return points[0] is self.point if points else None


_ROW = TypeAdapter(DrawnRow)


def evaluate_drawn(
    numbers: Sequence[int], segmenter: Segmenter | None, out: Path, *, on_stage: Callable[[str], None] = lambda _: None
) -> tuple[DrawnRow, ...]:
    """Grade studies, each saved when it is done; those saved before by the same networks are read again.

    Parameters
    ----------
    segmenter
        None takes the true anatomy, which scores the grading alone.
    out
        Gets `cases/NUMBER.json`.
    """
    folder = prepare_folder(out / "cases")
    rows = []
    for done, number in enumerate(numbers, start=1):
        file = folder / f"{number:04d}.json"
        row = _saved(file, segmenter)
        if row is None:
            on_stage(f"{done} of {len(numbers)}, {drawn_case(number).study.name}")
            row = run_drawn(number, segmenter)
            write_bytes(file, _ROW.dump_json(row, indent=2))
        rows.append(row)
    return tuple(rows)


def run_drawn(number: int, segmenter: Segmenter | None) -> DrawnRow:
    """Segment and grade one study."""
    start = time.perf_counter()
    row = grade_study(segment_study(drawn_case(number), segmenter))
    return replace(row, seconds=round(time.perf_counter() - start, 1))


def grade_study(study: SegmentedStudy) -> DrawnRow:
    """Grade a segmented study with its mask on every grid."""
    anatomies = describe_study(study.masks)
    settled, findings = _graded(study, anatomies)
    worst = findings.lesions[0] if findings.lesions else None
    place = study.axial if worst is None else _place_of(study, worst)
    case = study.case
    given = _grade_given(worst, DrawnOn.AXIAL)
    assumed = {level.name for level in findings.levels if level.assumed}
    row = DrawnRow(
        number=case.number, name=case.study.name, algorithm=study.masks[0].algorithm, level=case.lesion.level,
        in_plane_mm=case.in_plane_mm, spacing_mm=case.spacing_mm,
        has_ct=any(one.role is SeriesRole.CT for one in study.volumes), true_low=case.low, true_high=case.high,
        low=given.low, point=given.point, high=given.high, reason=None if worst is None else worst.escc.reason,
        true_compartment=case.lesion.compartment, compartment=None if worst is None else worst.compartment,
        lesions=len(findings.lesions), graded_on=None if worst is None else study.volumes[place].role,
        level_named=worst is not None and case.lesion.level in worst.levels,
        level_assumed=worst is not None and not assumed.isdisjoint(worst.levels),
        others=tuple(_other(study, anatomies, place, drawn_on) for drawn_on in (DrawnOn.ISOTROPIC, DrawnOn.SAGITTAL)),
        dice=dice_at_lesion(study.truth, study.masks[study.axial]), causes=(), seconds=0.0,
    )  # fmt: skip
    causes = () if row.exact else find_causes(settled[study.axial], study.truth, (case.low, case.high))
    return replace(row, causes=causes)


def dice_at_lesion(truth: Segmentation, found: Segmentation) -> dict[str, float]:
    """Dice of canal, sac and cord on the slices of the lesion, the lesion's own voxels left out."""
    lesion = truth.lesions.array > 0
    slices = lesion.any(axis=(1, 2))
    free = ~lesion[slices]
    dice: dict[str, float] = {}
    for structure in Structure:
        true, own = (structure.mask(one.anatomy.array[slices]) & free for one in (truth, found))
        size = int(true.sum()) + int(own.sum())
        if size:
            dice[structure.value] = round(2 * int((true & own).sum()) / size, 3)
    return dice


def _saved(file: Path, segmenter: Segmenter | None) -> DrawnRow | None:
    if not file.is_file():
        return None
    try:
        row = _ROW.validate_json(file.read_bytes())
    except ValueError as error:
        raise SettingsError("not a saved case", str(file), "remove it, or name another folder with -o") from error
    whose = row.algorithm.weights_sha256
    if whose != (() if segmenter is None else segmenter.algorithm.weights_sha256):
        raise SettingsError("the folder holds cases of other networks", str(file.parent), "name another folder with -o")
    return row


def _graded(study: SegmentedStudy, anatomies: Sequence[SpineAnatomy]) -> tuple[list[SpineAnatomy], Findings]:
    """The steps of `pipeline.run_study` from a lesion file on, with the mask on the axial T2."""
    drawn = _drawn(study, DrawnOn.AXIAL)
    rigids = {one.series_instance_uid: one.rigid for one in place_series(anatomies) if one.rigid is not None}
    settled = give_lesions(anatomies, study.volumes, drawn, rigids)
    graded = [
        as_manual(grade_spine(one, study_instance_uid=_STUDY_UID, image=volume.image), drawn.tracking_uids)
        for one, volume in zip(settled, study.volumes, strict=True)
    ]
    return settled, merge_findings(graded, settled, rigids)


def _other(study: SegmentedStudy, anatomies: Sequence[SpineAnatomy], place: int, drawn_on: DrawnOn) -> GradeGiven:
    """Grade on the series that graded before, with the mask on another grid."""
    (settled,) = give_lesions([anatomies[place]], [study.volumes[place]], _drawn(study, drawn_on), {})
    found = grade_spine(settled, study_instance_uid=_STUDY_UID).lesions
    return _grade_given(found[0] if found else None, drawn_on)


def _drawn(study: SegmentedStudy, drawn_on: DrawnOn) -> DrawnLesions:
    """The mask, through the file that a person would give."""
    with tempfile.TemporaryDirectory(prefix="spineseg-") as folder:
        file = Path(folder) / "lesions.nii.gz"
        write_grid(study.lesion_mask(drawn_on), file)
        return read_drawn_lesions(file)


def _place_of(study: SegmentedStudy, lesion: LesionFinding) -> int:
    return [volume.series_instance_uid for volume in study.volumes].index(lesion.series_instance_uid)


def _grade_given(lesion: LesionFinding | None, drawn_on: DrawnOn) -> GradeGiven:
    if lesion is None:
        none = EsccGrade.NOT_APPLICABLE
        return GradeGiven(drawn_on=drawn_on, low=none, point=none, high=none)
    return GradeGiven(drawn_on=drawn_on, low=lesion.escc.low, point=lesion.escc.point, high=lesion.escc.high)
