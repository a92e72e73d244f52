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
from spineseg.domain import vocabulary as words
from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.findings import Findings, LevelFinding
from spineseg.domain.labels import VERTEBRA
from spineseg.domain.quality import QualityNote
from spineseg.errors import ReportError, UnknownReportError
from spineseg.reporting.sr_answers import needed, read_answer, read_quantities
from spineseg.reporting.sr_lesion_reader import read_lesion, read_vanished
from spineseg.reporting.sr_tree import DAMAGE, PARAMETER_SEPARATOR, Group, code_key, measurement_groups

_REMEDY = "give the report.sr.dcm of a spineseg run"


def read_findings(report: Dataset | Path) -> Findings:
    """Everything that the report says, equal to the findings that it was built from.

    Rows and groups that are not known are ignored, so that a later version may add some.

    Parameters
    ----------
    report
        The SR or its file.

    Raises
    ------
    UnknownReportError
        Not a DICOM file, not an SR after TID 1500, or not one of spineseg.
    ReportError
        The report is broken off, or rows that must be there are missing.
    """
    dataset = _read(report) if isinstance(report, Path) else report
    with config.disable_value_validation(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom quotes wrong values
        groups = measurement_groups(dataset)
    summaries = _of_kind(groups, words.REPORT_SUMMARY)
    if not summaries:
        raise UnknownReportError("not a report of spineseg", remedy=_REMEDY)
    findings = Findings(
        study_instance_uid=str(needed(dataset.get("StudyInstanceUID"))),
        levels=tuple(_level(group) for group in _of_kind(groups, VERTEBRA)),
        lesions=tuple(read_lesion(group) for group in _of_kind(groups, words.NEOPLASM)),
        quality=tuple(_quality(group) for group in _of_kind(groups, words.QUALITY)),
        algorithm=_algorithm(summaries[0]),
        prior_study_instance_uid=summaries[0].text(followup.PRIOR_STUDY),
        vanished=tuple(read_vanished(group) for group in _of_kind(groups, followup.VANISHED_LESION)),
    )
    _check_counts(summaries[0], findings)
    return findings


def _read(path: Path) -> Dataset:
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


def _check_counts(summary: Group, findings: Findings) -> None:
    counted = (
        (words.LEVEL_COUNT, findings.levels),
        (words.LESION_COUNT, findings.lesions),
        (words.QUALITY_COUNT, findings.quality),
    )
    vanished = summary.number(followup.VANISHED_COUNT) or 0  # version 0.1 counted none
    if vanished != len(findings.vanished) or any(summary.number(concept) != len(found) for concept, found in counted):
        raise ReportError("parts of the structured report are missing", remedy="fetch it again")


def _level(group: Group) -> LevelFinding:
    return LevelFinding(
        name=needed(group.text(words.LEVEL)),
        assumed=needed(group.code(words.LEVEL_ASSUMED)) == code_key(words.YES),
        basis=needed(read_answer(group, words.LEVEL_BASIS, words.NAMING_BASES)),
        series_instance_uid=needed(group.text(codes.DCM.SeriesInstanceUID)),
        measurements=read_quantities(group, words.LEVEL_MEASUREMENTS),
    )


def _quality(group: Group) -> QualityNote:
    return QualityNote(
        code=needed(read_answer(group, words.QUALITY, words.QUALITY_CODES)),
        series_instance_uid=group.text(codes.DCM.SeriesInstanceUID),
    )


def _algorithm(summary: Group) -> AlgorithmIdentity:
    pairs = [text.partition(PARAMETER_SEPARATOR) for text in summary.texts(codes.DCM.AlgorithmParameters)]
    return AlgorithmIdentity(
        name=needed(summary.text(codes.DCM.AlgorithmName)),
        version=needed(summary.text(codes.DCM.AlgorithmVersion)),
        segmenter=needed(next((value for name, _, value in pairs if name == "segmenter"), None)),
        weights_sha256=tuple(value for name, _, value in pairs if name.startswith("weights_sha256")),
    )
