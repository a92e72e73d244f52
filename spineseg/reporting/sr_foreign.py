"""TID 1500 SR of any maker -> ForeignReport: its measurements, finding sites and answers, as they are coded there.

Nothing of it becomes a finding of ours: another maker's numbers were measured by other definitions.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydicom import config
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from spineseg.errors import ReportError
from spineseg.reporting.sr_tree import DAMAGE, Group, check_template, groups_of, key_of, measured_value


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignMeasurement:
    """One number with its concept and unit; the derivation where the report gives one."""

    concept: Code
    value: float
    unit: Code
    derivation: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignGroup:
    """One measurement group.

    Parameters
    ----------
    evaluations
        (question, answer) of every coded row that is neither finding nor site.
    """

    tracking_identifier: str = ""
    tracking_uid: str = ""
    finding: Code | None = None
    finding_sites: tuple[Code, ...] = ()
    measurements: tuple[ForeignMeasurement, ...] = ()
    evaluations: tuple[tuple[Code, Code], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignReport:
    """What any TID 1500 report says in numbers and codes.

    Parameters
    ----------
    manufacturer
        As the report names it; empty where it does not.
    """

    study_instance_uid: str
    manufacturer: str
    groups: tuple[ForeignGroup, ...]


def read_foreign(report: Dataset) -> ForeignReport:
    """Measurements and finding sites of a measurement report.

    Raises
    ------
    UnknownReportError
        Not an SR after TID 1500.
    ReportError
        The SR is broken off, or holds no measurement group.
    """
    check_template(report)
    with config.disable_value_validation(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom quotes wrong values
        try:
            groups = tuple(_group(item.ContentSequence) for item in groups_of(report) if "ContentSequence" in item)
        except DAMAGE as error:
            raise ReportError("the structured report is damaged", remedy="fetch it again") from error
    if not groups:
        raise ReportError("the structured report measures nothing", remedy="give one with measurement groups")
    return ForeignReport(
        study_instance_uid=str(report.get("StudyInstanceUID") or ""),
        manufacturer=str(report.get("Manufacturer") or ""),
        groups=groups,
    )


def foreign_content(groups: Sequence[Group]) -> str:
    """What a report of another maker holds, for a refusal."""
    numbers = sum(isinstance(row.value, float) for group in groups for row in group.rows)
    return f"{len(groups)} measurement groups with {numbers} numbers of another program"


def _group(items: Sequence[Dataset]) -> ForeignGroup:
    coded = [(_concept(item), _code(item.ConceptCodeSequence[0])) for item in items if item.ValueType == "CODE"]
    about = (codes.DCM.Finding, codes.SCT.FindingSite)
    return ForeignGroup(
        tracking_identifier=_text(items, codes.DCM.TrackingIdentifier),
        tracking_uid=_text(items, codes.DCM.TrackingUniqueIdentifier),
        finding=next((answer for question, answer in coded if _same(question, codes.DCM.Finding)), None),
        finding_sites=tuple(answer for question, answer in coded if _same(question, codes.SCT.FindingSite)),
        measurements=tuple(_measurements(items)),
        evaluations=tuple(pair for pair in coded if not any(_same(pair[0], one) for one in about)),
    )


def _measurements(items: Sequence[Dataset]) -> Iterator[ForeignMeasurement]:
    for item in items:
        value = measured_value(item) if item.ValueType == "NUM" else None
        if value is not None:
            derivations = [
                _code(child.ConceptCodeSequence[0])
                for child in item.get("ContentSequence") or ()
                if child.ValueType == "CODE" and _same(_concept(child), codes.DCM.Derivation)
            ]
            yield ForeignMeasurement(
                concept=_concept(item),
                value=value,
                unit=_code(item.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0]),
                derivation=next(iter(derivations), None),
            )


def _text(items: Sequence[Dataset], concept: Code) -> str:
    found = (str(item.get("TextValue") or item.get("UID") or "") for item in items if _same(_concept(item), concept))
    return next(found, "")


def _concept(item: Dataset) -> Code:
    names = item.get("ConceptNameCodeSequence")
    return _code(names[0]) if names else Code("", "", "")


def _code(item: Dataset) -> Code:
    value, scheme = key_of(item)
    return Code(value, scheme, str(item.get("CodeMeaning") or ""))


def _same(one: Code, other: Code) -> bool:
    return bool(one == other)  # pydicom takes SNOMED's older SRT codes for their SCT ones
