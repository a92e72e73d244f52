"""DICOM SR -> Findings: the inverse of `sr.build_sr`, also for a report that comes back from a PACS."""

from __future__ import annotations

import warnings
from pathlib import Path

from pydicom import config, dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from spineseg.domain import followup_vocabulary as followup
from spineseg.domain import revision_vocabulary as revision
from spineseg.domain import vocabulary as words
from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.findings import Findings, LevelFinding, VanishedLesion
from spineseg.domain.labels import VERTEBRA
from spineseg.domain.quality import QualityNote
from spineseg.domain.report_vocabulary import LAYOUT, LAYOUT_VERSION
from spineseg.errors import ReportError, UnknownReportError
from spineseg.reporting.sr_answers import known_answer, needed, read_answer, read_quantities
from spineseg.reporting.sr_corrections import read_rejected
from spineseg.reporting.sr_foreign import foreign_content
from spineseg.reporting.sr_lesion_reader import read_lesion, read_vanished
from spineseg.reporting.sr_tree import DAMAGE, PARAMETER_SEPARATOR, Group, code_key, measurement_groups, study_rows

_REMEDY = "give the report.sr.dcm of a spineseg run"


def read_findings(report: Dataset | Path) -> Findings:
    """Everything that the report says, equal to the findings that it was built from.

    Reports of every version so far are read. Rows and groups that are not known are ignored, so that a later version
    may add some.

    Parameters
    ----------
    report
        The SR or its file.

    Raises
    ------
    UnknownReportError
        Not a DICOM file, not an SR after TID 1500, one of a later layout, or another maker's: `read_foreign` reads
        what such a report measures.
    ReportError
        The report is broken off, or rows that must be there are missing.
    """
    dataset = read_report(report) if isinstance(report, Path) else report
    with config.disable_value_validation(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom quotes wrong values
        groups, study = measurement_groups(dataset), study_rows(dataset)
    summary = _summary(groups, study)
    findings = Findings(
        study_instance_uid=str(needed(dataset.get("StudyInstanceUID"))),
        levels=tuple(_level(group) for group in _of_kind(groups, VERTEBRA)),
        lesions=tuple(read_lesion(group) for group in _of_kind(groups, words.NEOPLASM)),
        quality=_quality(groups, study),
        algorithm=_algorithm(summary),
        prior_study_instance_uid=summary.text(followup.PRIOR_STUDY),
        vanished=_vanished(groups, study),
        rejected=tuple(map(read_rejected, _of_kind(groups, revision.REJECTED_LESION))),
    )
    _check_counts(summary, findings)
    return findings


def read_report(path: Path) -> Dataset:
    """The DICOM file, whatever it holds.

    Raises
    ------
    UnknownReportError
        Not a DICOM file.
    ReportError
        It cannot be read, or is broken off.
    """
    try:
        return dcmread(path)
    except InvalidDicomError as error:
        raise UnknownReportError("not a DICOM file", path.name, _REMEDY) from error
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise ReportError("the report cannot be read", path.name, "check the path") from error
    except DAMAGE as error:
        raise ReportError("the report is broken off or damaged", path.name, "fetch it again") from error


def _of_kind(groups: tuple[Group, ...], finding: Code) -> list[Group]:
    return [group for group in groups if group.code(codes.DCM.Finding) == code_key(finding)]


def _summary(groups: tuple[Group, ...], study: Group) -> Group:
    """Summary of the report: under its answer of the study, or a group of its own before layout 2."""
    answers = [under for _, under in study.under(words.LESION_DETECTED)]
    found = next(iter([*answers, *_of_kind(groups, words.REPORT_SUMMARY)]), None)
    if found is None:
        raise UnknownReportError("not a report of spineseg", foreign_content(groups), _REMEDY)
    if (found.number(LAYOUT) or 1) > LAYOUT_VERSION:
        raise UnknownReportError("the report was written by a later version of spineseg", remedy="update spineseg")
    return found


def _vanished(groups: tuple[Group, ...], study: Group) -> tuple[VanishedLesion, ...]:
    gone = code_key(followup.VANISHED_LESION)
    found = [under for value, under in study.under(codes.DCM.Finding) if value == gone]
    return tuple(map(read_vanished, [*_of_kind(groups, followup.VANISHED_LESION), *found]))


def _check_counts(summary: Group, findings: Findings) -> None:
    counted = (
        (words.LEVEL_COUNT, findings.levels),
        (words.LESION_COUNT, findings.lesions),
        (words.QUALITY_COUNT, findings.quality),
    )
    vanished = summary.number(followup.VANISHED_COUNT) or 0  # version 0.1 counted none
    rejected = summary.number(revision.REJECTED_COUNT) or 0  # counted only where a person rejected one
    if rejected != len(findings.rejected):
        raise ReportError("parts of the structured report are missing", remedy="fetch it again")
    if vanished != len(findings.vanished) or any(summary.number(concept) != len(found) for concept, found in counted):
        raise ReportError("parts of the structured report are missing", remedy="fetch it again")


def _level(group: Group) -> LevelFinding:
    return LevelFinding(
        name=needed(group.text(words.LEVEL)),
        assumed=needed(group.code(words.LEVEL_ASSUMED)) == code_key(words.YES),
        basis=needed(read_answer(group, words.LEVEL_BASIS, words.NAMING_BASES)),
        series_instance_uid=needed(group.text(codes.DCM.SeriesInstanceUID)),
        measurements=read_quantities(group, words.LEVEL_MEASUREMENTS),
        candidates=group.texts(words.LEVEL_CANDIDATE),
    )


def _quality(groups: tuple[Group, ...], study: Group) -> tuple[QualityNote, ...]:
    former = [(needed(group.code(words.QUALITY)), group) for group in _of_kind(groups, words.QUALITY)]
    return tuple(
        QualityNote(
            code=known_answer(value, words.QUALITY_CODES),
            series_instance_uid=under.text(codes.DCM.SeriesInstanceUID),
        )
        for value, under in [*former, *study.under(words.QUALITY)]
    )


def _algorithm(summary: Group) -> AlgorithmIdentity:
    pairs = [text.partition(PARAMETER_SEPARATOR) for text in summary.texts(codes.DCM.AlgorithmParameters)]
    return AlgorithmIdentity(
        name=needed(summary.text(codes.DCM.AlgorithmName)),
        version=needed(summary.text(codes.DCM.AlgorithmVersion)),
        segmenter=needed(next((value for name, _, value in pairs if name == "segmenter"), None)),
        weights_sha256=tuple(value for name, _, value in pairs if name.startswith("weights_sha256")),
    )
