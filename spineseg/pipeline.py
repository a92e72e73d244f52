"""Study folder -> report: discover, load, segment, describe, grade, report, in this order and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from spineseg.anatomy import describe_spine
from spineseg.domain.anatomy import NamingBasis, SpineAnatomy
from spineseg.domain.findings import Compartment, Findings
from spineseg.domain.labels import LESION_VALUES, LesionLabel
from spineseg.domain.quality import QUALITY_TEXT, QualityCode, QualityNote
from spineseg.domain.segmentation import Segmentation, Segmenter
from spineseg.domain.study import Refusal, SeriesSelection, Study
from spineseg.domain.volume import LabelMap, Volume, like
from spineseg.errors import AnatomyError, InputError, SettingsError
from spineseg.files import prepare_folder
from spineseg.grading import grade_spine, merge_findings
from spineseg.ingest import discover, load_study
from spineseg.reporting import ReportInput, build_report, write_report
from spineseg.runlog import RunLog

StageCallback = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What a run leaves behind."""

    findings: Findings
    selection: SeriesSelection
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SegmentedImage:
    """Masks of one image.

    Parameters
    ----------
    anatomy : (slice, row, column) uint8
        Values of `domain.labels.ANATOMY`.
    lesions : (slice, row, column) uint8
        Values of `domain.labels.LESION_VALUES`.
    notes
        What limits the result, in words.
    """

    anatomy: LabelMap
    lesions: LabelMap
    notes: tuple[str, ...]


def run_study(
    folder: Path, out: Path, segmenter: Segmenter, *, now: datetime, on_stage: StageCallback = lambda _: None
) -> RunResult:
    """Analyse the study in a folder and write every result to `out`.

    Parameters
    ----------
    on_stage
        Called with the name of each stage as it begins.

    Raises
    ------
    InputError
        The folder holds no study, several studies, or none that can be used.
    SettingsError
        The output folder cannot be written to.
    BundleError
        The model is missing or wrong.
    AnatomyError
        No series' masks can be a spine.
    """
    _refuse_output_in_input(folder, out)
    log = RunLog(now=now, on_stage=on_stage)
    with log.stage("discover"):
        study = _the_one_study(discover(folder))
    with log.stage("model"):
        log.algorithm = segmenter.algorithm
    with log.stage("load"):
        selection, loaded = load_study(study)
    prepare_folder(out)
    with log.stage("segment"):
        segmentations = [segmenter(volume) for _, volume in loaded]
    with log.stage("describe"):
        anatomies = describe_study(segmentations)
    with log.stage("grade"):
        graded = [grade_spine(anatomy, study_instance_uid=study.study_instance_uid) for anatomy in anatomies]
        findings = _with_doubts(merge_findings(graded), study, selection, [volume for _, volume in loaded])
    with log.stage("report"):
        inputs = [
            ReportInput(series=chosen.series, volume=volume, segmentation=anatomy.segmentation)
            for (chosen, volume), anatomy in zip(loaded, anatomies, strict=True)
        ]
        report = build_report(inputs, findings, selection=selection, now=now)
    with log.stage("write"):
        files = write_report(report, out)
    run_file = log.write(out, study=study, selection=selection, findings=findings, files=files)
    return RunResult(findings=findings, selection=selection, files=(*files, run_file))


def segment_volume(volume: Volume, segmenter: Segmenter) -> SegmentedImage:
    """Masks of one image, its vertebrae named and its lesions told apart by compartment.

    Raises
    ------
    BundleError
        The model is missing or wrong.
    AnatomyError
        The masks cannot be a spine.
    """
    (anatomy,) = describe_study([segmenter(volume)])
    findings = grade_spine(anatomy, study_instance_uid="")
    notes = tuple(dict.fromkeys(QUALITY_TEXT[note.code] for note in (*volume.quality, *findings.quality)))
    return SegmentedImage(
        anatomy=anatomy.segmentation.anatomy, lesions=_by_compartment(anatomy.segmentation, findings), notes=notes
    )


def load_series_folder(folder: Path) -> Volume:
    """Volume of the best series in a DICOM folder.

    Raises
    ------
    InputError
        None can be used.
    """
    _, loaded = load_study(_the_one_study(discover(folder)))
    return loaded[0][1]


def describe_study(segmentations: Sequence[Segmentation]) -> list[SpineAnatomy]:
    """Describe every series; one without an anchor takes its names from the others in its frame of reference.

    Raises
    ------
    AnatomyError
        The masks of every series contradict a spine.
    """
    alone = [_describe_or_note(segmentation) for segmentation in segmentations]
    if alone and all(_failed(anatomy) for anatomy in alone):
        raise AnatomyError("the segmentation cannot be a spine", remedy="check that the study shows a spine")
    named = [anatomy for anatomy in alone if _has_names(anatomy)]
    return [
        anatomy if _has_names(anatomy) or not named or _failed(anatomy) else describe_spine(segmentation, others=named)
        for segmentation, anatomy in zip(segmentations, alone, strict=True)
    ]


def _describe_or_note(segmentation: Segmentation) -> SpineAnatomy:
    try:
        return describe_spine(segmentation)
    except AnatomyError:
        note = QualityNote(code=QualityCode.SERIES_FAILED, series_instance_uid=segmentation.series_instance_uid)
        return SpineAnatomy(segmentation=segmentation, centerline=None, vertebrae=(), quality=(note,))


def _failed(anatomy: SpineAnatomy) -> bool:
    return any(note.code is QualityCode.SERIES_FAILED for note in anatomy.quality)


def _has_names(anatomy: SpineAnatomy) -> bool:
    return any(vertebra.basis is not NamingBasis.NO_ANCHOR for vertebra in anatomy.vertebrae)


def _refuse_output_in_input(folder: Path, out: Path) -> None:
    if out.resolve() == folder.resolve():
        raise SettingsError("the output folder is the study folder", str(out), "name another folder with -o")


def _the_one_study(studies: Sequence[Study]) -> Study:
    if len(studies) > 1:
        raise InputError(f"the folder holds {len(studies)} studies", remedy="point to the folder of one study")
    return studies[0]


def _with_doubts(findings: Findings, study: Study, selection: SeriesSelection, volumes: Sequence[Volume]) -> Findings:
    """Add what discovery, selection and loading found wanting."""
    notes = [note for volume in volumes for note in volume.quality]
    notes += [
        QualityNote(code=QualityCode.SERIES_FAILED, series_instance_uid=refused.series_instance_uid)
        for refused in selection.refused
        if refused.refusal in (Refusal.GEOMETRY, Refusal.UNREADABLE_PIXELS)
    ]
    if study.unreadable:
        notes.append(QualityNote(code=QualityCode.UNREADABLE_FILES))
    return replace(findings, quality=tuple(dict.fromkeys((*findings.quality, *notes))))


def _by_compartment(segmentation: Segmentation, findings: Findings) -> LabelMap:
    """Lesion numbers to the contract's values; a lesion of one mixed or unknown compartment is 9."""
    values = np.zeros(256, dtype=np.uint8)  # lesion numbers are uint8
    values[1:] = LESION_VALUES[LesionLabel.UNDETERMINED]
    for lesion in findings.lesions:
        name = lesion.compartment.value if lesion.compartment is not Compartment.MIXED else "undetermined"
        label = LesionLabel.BONE_ONLY if lesion.bone_only else LesionLabel(name)
        values[lesion.number] = LESION_VALUES[label]
    return like(segmentation.lesions, values[segmentation.lesions.array])
