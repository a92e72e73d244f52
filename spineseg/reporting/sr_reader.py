"""DICOM SR -> Findings: the inverse of `sr.build_sr`, also for a report that comes back from a PACS."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from pydicom import config, dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from spineseg.domain import vocabulary as words
from spineseg.domain.escc import EsccResult
from spineseg.domain.findings import CompartmentFractions, Findings, LesionFinding, LevelFinding
from spineseg.domain.labels import VERTEBRA
from spineseg.domain.quality import QualityNote
from spineseg.domain.segmentation import AlgorithmIdentity
from spineseg.domain.sins import PointRange, SinsComponent, SinsScore
from spineseg.errors import ReportError, UnknownReportError
from spineseg.reporting.sr_groups import PARAMETER_SEPARATOR
from spineseg.reporting.sr_rows import MAXIMUM, MINIMUM
from spineseg.reporting.sr_tree import DAMAGE, CodeKey, Group, code_key, measurement_groups

_Answer = TypeVar("_Answer", bound=StrEnum)
_Present = TypeVar("_Present")

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
        study_instance_uid=str(_needed(dataset.get("StudyInstanceUID"))),
        levels=tuple(_level(group) for group in _of_kind(groups, VERTEBRA)),
        lesions=tuple(_lesion(group) for group in _of_kind(groups, words.NEOPLASM)),
        quality=tuple(_quality(group) for group in _of_kind(groups, words.QUALITY)),
        algorithm=_algorithm(summaries[0]),
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
    for concept, found in counted:
        if summary.number(concept) != len(found):
            raise ReportError("parts of the structured report are missing", remedy="fetch it again")


def _level(group: Group) -> LevelFinding:
    return LevelFinding(
        name=_needed(group.text(words.LEVEL)),
        assumed=_needed(group.code(words.LEVEL_ASSUMED)) == code_key(words.YES),
        basis=_needed(_answer(group, words.LEVEL_BASIS, words.NAMING_BASES)),
        series_instance_uid=_needed(group.text(codes.DCM.SeriesInstanceUID)),
        measurements=_quantities(group, words.LEVEL_MEASUREMENTS),
    )


def _lesion(group: Group) -> LesionFinding:
    return LesionFinding(
        number=int(_needed(group.number(words.LESION_NUMBER))),
        tracking_uid=_needed(group.text(codes.DCM.TrackingUniqueIdentifier)),
        series_instance_uid=_needed(group.text(codes.DCM.SeriesInstanceUID)),
        origin=_needed(_answer(group, words.LESION_ORIGIN, words.LESION_ORIGINS)),
        levels=group.texts(words.LEVEL),
        compartment=_needed(_answer(group, words.COMPARTMENT, words.COMPARTMENTS)),
        compartment_fractions=_fractions(group),
        volume_mm3=_measured(group, "volume_mm3"),
        max_diameter_mm=_measured(group, "max_diameter_mm"),
        escc=_escc(group),
        sins=_sins(group),
        bone_quality=_needed(_answer(group, words.BONE_QUALITY, words.BONE_QUALITIES)),
        subregions=(
            group.texts(words.SUBREGION)
            if _needed(group.code(words.SUBREGIONS_ASSESSED)) == code_key(words.YES)
            else None
        ),
    )


def _escc(group: Group) -> EsccResult:
    return EsccResult(
        low=_needed(_answer(group, words.ESCC_LOW, words.ESCC_GRADES)),
        point=_needed(_answer(group, words.ESCC_POINT, words.ESCC_GRADES)),
        high=_needed(_answer(group, words.ESCC_HIGH, words.ESCC_GRADES)),
        reason=_answer(group, words.ESCC_REASON, words.ABSTENTION_REASONS),
        level_of_max=group.text(words.ESCC_LEVEL_OF_MAX),
        max_any_slice=_answer(group, words.ESCC_MAX_ANY_SLICE, words.ESCC_GRADES),
        decisive_point_mm=_decisive_point(group),
        metrics=_quantities(group, words.ESCC_METRICS),
    )


def _sins(group: Group) -> SinsScore:
    components: dict[SinsComponent, PointRange] = {}
    for component, concept in words.SINS_COMPONENTS.items():
        low, high = group.number(concept, MINIMUM), group.number(concept, MAXIMUM)
        if low is not None and high is not None:
            components[component] = PointRange(low=int(low), high=int(high))
    return SinsScore(components=components)


def _fractions(group: Group) -> CompartmentFractions | None:
    shares = _quantities(group, words.LESION_MEASUREMENTS)
    if "extradural_fraction" not in shares:
        return None
    return CompartmentFractions(
        extradural=shares["extradural_fraction"],
        intradural_extramedullary=_needed(shares.get("intradural_extramedullary_fraction")),
        intramedullary=_needed(shares.get("intramedullary_fraction")),
    )


def _decisive_point(group: Group) -> tuple[float, float, float] | None:
    x, y, z = (group.number(quantity.concept) for quantity in words.DECISIVE_POINT)
    return None if x is None or y is None or z is None else (x, y, z)


def _quality(group: Group) -> QualityNote:
    return QualityNote(
        code=_needed(_answer(group, words.QUALITY, words.QUALITY_CODES)),
        series_instance_uid=group.text(codes.DCM.SeriesInstanceUID),
    )


def _algorithm(summary: Group) -> AlgorithmIdentity:
    pairs = [text.partition(PARAMETER_SEPARATOR) for text in summary.texts(codes.DCM.AlgorithmParameters)]
    return AlgorithmIdentity(
        name=_needed(summary.text(codes.DCM.AlgorithmName)),
        version=_needed(summary.text(codes.DCM.AlgorithmVersion)),
        segmenter=_needed(next((value for name, _, value in pairs if name == "segmenter"), None)),
        weights_sha256=tuple(value for name, _, value in pairs if name.startswith("weights_sha256")),
    )


def _quantities(group: Group, table: Mapping[str, words.Quantity]) -> dict[str, float]:
    values = {key: group.number(quantity.concept) for key, quantity in table.items()}
    return {key: value for key, value in values.items() if value is not None}


def _measured(group: Group, key: str) -> float:
    return _needed(group.number(words.LESION_MEASUREMENTS[key].concept))


def _answer(group: Group, question: Code, answers: Mapping[_Answer, Code]) -> _Answer | None:
    given = group.code(question)
    if given is None:
        return None
    by_code: dict[CodeKey, _Answer] = {code_key(code): answer for answer, code in answers.items()}
    if given not in by_code:
        raise ReportError(f"the answer {given[0]} is not known", remedy="the report may come from a later version")
    return by_code[given]


def _needed(value: _Present | None) -> _Present:
    if value is None:
        raise ReportError("the structured report lacks a row that must be there", remedy="fetch it again")
    return value
