"""Study folder -> report: discover, load, segment, describe, place, grade, report, in this order and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from spineseg.anatomy.study import describe_study
from spineseg.domain.anatomy import SpineAnatomy
from spineseg.domain.clinical import ClinicalContext
from spineseg.domain.findings import Findings
from spineseg.domain.prior import PriorStudy
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.rigid import Rigid
from spineseg.domain.segmentation import Segmenter
from spineseg.domain.study import ChosenSeries, Refusal, SeriesSelection, Study
from spineseg.domain.volume import Volume
from spineseg.errors import InputError, SettingsError
from spineseg.files import prepare_folder
from spineseg.grading import grade_spine, merge_findings
from spineseg.grading.evidence import grade_evidence
from spineseg.grading.followup import compare_with_prior
from spineseg.grading.manual import as_manual
from spineseg.grading.occupancy import settle_occupancy
from spineseg.ingest import discover, load_study
from spineseg.ingest.patient import same_patient
from spineseg.ingest.registration import PlaceBasis, SeriesPlace, place_series
from spineseg.reporting import ReportInput, build_report, read_findings, write_report
from spineseg.reporting.report_objects import SR_FILE
from spineseg.reporting.seg_type import SegType
from spineseg.reporting.verified import current_report, refuse_verified
from spineseg.runlog import RunLog
from spineseg.segmentation.carrying import carry_lesions
from spineseg.segmentation.cord_redrawn import redraw_cord
from spineseg.segmentation.manual import (
    DrawnLesions,
    WithoutLesions,
    place_lesions,
    read_drawn_lesions,
    with_lesions,
)
from spineseg.segmentation.prior import read_prior_masks
from spineseg.treatment import load_ruleset, read_clinical, recommend

__all__ = [
    "GivenFiles",
    "RunResult",
    "describe_study",
    "give_lesions",
    "load_series_folder",
    "run_study",
]

StageCallback = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What a run leaves behind."""

    findings: Findings
    selection: SeriesSelection
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenFiles:
    """What a person or an earlier run adds to a study.

    Parameters
    ----------
    lesions
        Mask of lesions that a person drew or corrected; it replaces what a network would find.
    prior
        SR or OUT folder of an earlier study of the patient.
    clinical
        What the clinic knows, as YAML; without it every fact of the clinic is unknown.
    """

    lesions: Path | None = None
    prior: Path | None = None
    clinical: Path | None = None


def run_study(
    folder: Path,
    out: Path,
    segmenter: Segmenter,
    *,
    now: datetime,
    given: GivenFiles = GivenFiles(),
    seg_type: SegType = SegType.BINARY,
    on_stage: StageCallback = lambda _: None,
) -> RunResult:
    """Analyse the study in a folder and write every result to `out`.

    Parameters
    ----------
    given
        What a person or an earlier run adds.
    seg_type
        Encoding of the SEG objects.
    on_stage
        Called with the name of each stage as it begins.

    Raises
    ------
    InputError
        The folder holds no study, several studies, or none that can be used; a given file does not fit it.
    SettingsError
        The output folder cannot be written to or holds a report that a person verified, or a given file is not there.
    BundleError
        The model is missing or wrong.
    AnatomyError
        No series' masks can be a spine.
    """
    _check_output(folder, out)
    log = RunLog(now=now, on_stage=on_stage)
    with log.stage("discover"):
        study = _the_one_study(discover(folder))
        drawn, prior, clinical = _read_given(given, study)
        ruleset = load_ruleset()
    with log.stage("model"):
        log.algorithm = segmenter.algorithm
    with log.stage("load"):
        selection, loaded = load_study(study)
    prepare_folder(out)
    volumes = [volume for _, volume in loaded]
    segment = segmenter if drawn is None else WithoutLesions(segmenter)
    with log.stage("segment"):
        segmentations = [segment(volume) for volume in volumes]
    with log.stage("describe"):
        anatomies = describe_study(segmentations)
    with log.stage("place"):
        places = place_series(anatomies)
        rigids = {one.series_instance_uid: one.rigid for one in places if one.rigid is not None}
        anatomies = _with_lesions(anatomies, volumes, drawn, rigids)
        log.note_places(places, drawn)
    with log.stage("grade"):
        findings = merge_findings(_grade(study, anatomies, volumes, drawn), anatomies, rigids)
    findings = _with_doubts(findings, study, selection, volumes, places)
    if prior is not None:
        with log.stage("follow up"):
            followed = compare_with_prior(findings, [anatomy.segmentation for anatomy in anatomies], prior)
            findings = followed.findings
            log.note_prior(followed)
    with log.stage("report"):
        options = recommend(findings, clinical, ruleset)  # a new report is verified by nobody
        report = build_report(
            _report_inputs(loaded, anatomies), findings, selection=selection, recommendation=options,
            evidence=grade_evidence(findings, anatomies), seg_type=seg_type, now=now,
        )  # fmt: skip
    with log.stage("write"):
        files = write_report(report, out)
    run_file = log.write(out, study=study, selection=selection, findings=findings, files=files)
    return RunResult(findings=findings, selection=selection, files=(*files, run_file))


def _report_inputs(
    loaded: Sequence[tuple[ChosenSeries, Volume]], anatomies: Sequence[SpineAnatomy]
) -> list[ReportInput]:
    return [
        ReportInput(series=chosen.series, volume=volume, segmentation=anatomy.segmentation)
        for (chosen, volume), anatomy in zip(loaded, anatomies, strict=True)
    ]


def give_lesions(
    anatomies: Sequence[SpineAnatomy], volumes: Sequence[Volume], drawn: DrawnLesions, rigids: Mapping[str, Rigid]
) -> list[SpineAnatomy]:
    """A person's lesions on every series that they can be placed on, what they occupy, and the cord beside them.

    Parameters
    ----------
    rigids
        From each series' patient space to a common one, by Series Instance UID.

    Raises
    ------
    InputError
        The mask belongs to no series of the study, or lies outside all of them.
    """
    placed = place_lesions(drawn, volumes, rigids)
    settled = [
        settle_occupancy(replace(anatomy, segmentation=with_lesions(anatomy.segmentation, lesions)))
        for anatomy, lesions in zip(anatomies, placed, strict=True)
    ]
    return [
        replace(anatomy, segmentation=redraw_cord(anatomy.segmentation, volume))
        for anatomy, volume in zip(settled, volumes, strict=True)
    ]


def load_series_folder(folder: Path) -> Volume:
    """Volume of the best series in a DICOM folder.

    Raises
    ------
    InputError
        None can be used.
    """
    _, loaded = load_study(_the_one_study(discover(folder)))
    return loaded[0][1]


def _with_lesions(
    anatomies: Sequence[SpineAnatomy],
    volumes: Sequence[Volume],
    drawn: DrawnLesions | None,
    rigids: Mapping[str, Rigid],
) -> list[SpineAnatomy]:
    """A person's lesions on every series that they can be placed on; else those found on MR on the CT, too."""
    if drawn is None:
        carried = carry_lesions([anatomy.segmentation for anatomy in anatomies], rigids)
        return [replace(anatomy, segmentation=one) for anatomy, one in zip(anatomies, carried, strict=True)]
    return give_lesions(anatomies, volumes, drawn, rigids)


def _grade(
    study: Study, anatomies: Sequence[SpineAnatomy], volumes: Sequence[Volume], drawn: DrawnLesions | None
) -> list[Findings]:
    """Findings of each series, marked as a person's where a person drew the lesions."""
    graded = [
        grade_spine(anatomy, study_instance_uid=study.study_instance_uid, image=volume.image)
        for anatomy, volume in zip(anatomies, volumes, strict=True)
    ]
    return graded if drawn is None else [as_manual(one, drawn.tracking_uids) for one in graded]


def _read_given(given: GivenFiles, study: Study) -> tuple[DrawnLesions | None, PriorStudy | None, ClinicalContext]:
    """What a person or an earlier run adds."""
    drawn = None if given.lesions is None else read_drawn_lesions(given.lesions)
    prior = None if given.prior is None else _read_prior(given.prior, study)
    clinical = ClinicalContext() if given.clinical is None else read_clinical(given.clinical)
    return drawn, prior, clinical


def _read_prior(path: Path, study: Study) -> PriorStudy:
    """Prior study from its SR, or from a former OUT with its masks; refused where it is not one of this patient."""
    report = current_report(path, SR_FILE) if path.is_dir() else path
    if not report.is_file():
        raise SettingsError("no prior report", str(path), "give a report.sr.dcm or the OUT folder of a former run")
    findings = read_findings(report)
    if findings.study_instance_uid == study.study_instance_uid:
        raise SettingsError("the prior report is of this very study", report.name, "give one of an earlier study")
    if not same_patient(report, study.series[0].instances[0].path):
        raise InputError("the prior report is of another patient", report.name, "give a report of this patient")
    return PriorStudy(findings=findings, masks=read_prior_masks(path) if path.is_dir() else ())


def _check_output(folder: Path, out: Path) -> None:
    """Refuse to write into the study, or over what a person has verified."""
    if out.resolve() == folder.resolve():
        raise SettingsError("the output folder is the study folder", str(out), "name another folder with -o")
    refuse_verified(out)


def _the_one_study(studies: Sequence[Study]) -> Study:
    if len(studies) > 1:
        raise InputError(f"the folder holds {len(studies)} studies", remedy="point to the folder of one study")
    return studies[0]


def _with_doubts(
    findings: Findings,
    study: Study,
    selection: SeriesSelection,
    volumes: Sequence[Volume],
    places: Sequence[SeriesPlace],
) -> Findings:
    """Add what discovery, selection, loading and placing found wanting."""
    notes = [note for volume in volumes for note in volume.quality]
    notes += [
        QualityNote(code=QualityCode.REGISTRATION_REFUSED, series_instance_uid=one.series_instance_uid)
        for one in places
        if one.basis is PlaceBasis.REFUSED
    ]
    notes += [
        QualityNote(code=QualityCode.SERIES_FAILED, series_instance_uid=refused.series_instance_uid)
        for refused in selection.refused
        if refused.refusal in (Refusal.GEOMETRY, Refusal.UNREADABLE_PIXELS)
    ]
    if study.unreadable:
        notes.append(QualityNote(code=QualityCode.UNREADABLE_FILES))
    return replace(findings, quality=tuple(dict.fromkeys((*findings.quality, *notes))))
