"""SR dataset -> Group: the rows of each TID 1500 measurement group by concept, read without assuming an author.

Codes that an older version wrote are read as those that stand in their place now.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import Comprehensive3DSRStorage, ComprehensiveSRStorage, EnhancedSRStorage

from spineseg.domain.report_vocabulary import FORMER_CODES, QUALITATIVE_EVALUATIONS
from spineseg.errors import ReportError, UnknownReportError

CodeKey = tuple[str, str]  # value, coding scheme designator

# How a number came about (PS3.16 CID 7464): ends and estimate of a range.
MINIMUM = codes.SCT.Minimum
MAXIMUM = codes.SCT.Maximum
ESTIMATED = codes.SCT.Estimated
PARAMETER_SEPARATOR = "="  # between name and value of an algorithm parameter
# What pydicom raises on files that are cut off or contradict themselves.
DAMAGE = (
    OSError, AttributeError, IndexError, KeyError, TypeError, ValueError, EOFError, NotImplementedError, RecursionError,
    struct.error, BytesLengthException,
)  # fmt: skip
_SR_CLASSES = (Comprehensive3DSRStorage, ComprehensiveSRStorage, EnhancedSRStorage)
_TEMPLATE = "1500"
_REMEDY = "give the report.sr.dcm of a spineseg run"


def code_key(code: Code) -> CodeKey:
    """What makes two codes the same; meanings may be translated (PS3.3 8.3)."""
    return (str(code.value), str(code.scheme_designator))


_FORMER: dict[CodeKey, CodeKey] = {code_key(former): code_key(code) for former, code in FORMER_CODES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One content item that is a child of a group.

    Parameters
    ----------
    value
        A code, a number, a text or a UID.
    children
        Items right under it, without theirs.
    """

    concept: CodeKey
    value: CodeKey | float | str
    derivation: CodeKey | None = None
    children: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One measurement group."""

    rows: tuple[Row, ...]

    def values(self, concept: Code) -> tuple[CodeKey | float | str, ...]:
        """Values of every row of a concept, in order."""
        return tuple(row.value for row in self.rows if row.concept == code_key(concept))

    def under(self, concept: Code) -> tuple[tuple[CodeKey, Group], ...]:
        """Each coded answer of a concept with the rows under it, in order."""
        return tuple(
            (row.value, Group(rows=row.children))
            for row in self.rows
            if row.concept == code_key(concept) and isinstance(row.value, tuple)
        )

    def of(self, concept: Code, value: Code) -> Group:
        """The rows that a coded row under them gives to `value`."""
        mark = (code_key(concept), code_key(value))
        rows = (row for row in self.rows if any((child.concept, child.value) == mark for child in row.children))
        return Group(rows=tuple(rows))

    def code(self, concept: Code) -> CodeKey | None:
        """First coded answer, None without one."""
        return next((value for value in self.values(concept) if isinstance(value, tuple)), None)

    def number(self, concept: Code, derivation: Code | None = None) -> float | None:
        """First number of a concept with this derivation, None without one."""
        wanted = None if derivation is None else code_key(derivation)
        for row in self.rows:
            if row.concept == code_key(concept) and row.derivation == wanted and isinstance(row.value, float):
                return row.value
        return None

    def texts(self, concept: Code) -> tuple[str, ...]:
        """Texts or UIDs of a concept, in order."""
        return tuple(value for value in self.values(concept) if isinstance(value, str))

    def text(self, concept: Code) -> str | None:
        """First text or UID of a concept, None without one."""
        return next(iter(self.texts(concept)), None)


def measurement_groups(report: Dataset) -> tuple[Group, ...]:
    """Groups of a TID 1500 report, in order.

    Raises
    ------
    UnknownReportError
        Not an SR after TID 1500.
    ReportError
        The SR is broken off or contradicts the standard.
    """
    check_template(report)
    with _damage_told():
        return tuple(Group(rows=tuple(_rows(item.ContentSequence))) for item in groups_of(report))


def study_rows(report: Dataset) -> Group:
    """What a TID 1500 report says of the study (row 12), empty where it says nothing there.

    Raises
    ------
    UnknownReportError
        Not an SR after TID 1500.
    ReportError
        The SR is broken off or contradicts the standard.
    """
    check_template(report)
    with _damage_told():
        return Group(rows=tuple(_rows(list(_under(report, QUALITATIVE_EVALUATIONS)))))


@contextmanager
def _damage_told() -> Iterator[None]:
    try:
        yield
    except DAMAGE as error:
        raise ReportError("the structured report is damaged", remedy="fetch it again") from error


def check_template(report: Dataset) -> None:
    """Refuse what is not an SR after TID 1500.

    Raises
    ------
    UnknownReportError
        Not an SR after TID 1500.
    ReportError
        It has no content.
    """
    if report.get("SOPClassUID") not in _SR_CLASSES:
        raise UnknownReportError("not a structured report", remedy=_REMEDY)
    if "ContentSequence" not in report:
        raise ReportError("the structured report has no content", remedy=_REMEDY)
    template = next(iter(report.get("ContentTemplateSequence") or ()), Dataset())
    if template.get("TemplateIdentifier") != _TEMPLATE:
        raise UnknownReportError("not a measurement report (TID 1500)", remedy=_REMEDY)


def groups_of(report: Dataset) -> Iterator[Dataset]:
    """Containers of the measurement groups."""
    for item in _under(report, codes.DCM.ImagingMeasurements):
        if _concept(item) == code_key(codes.DCM.MeasurementGroup):
            yield item


def _under(report: Dataset, container: Code) -> Iterator[Dataset]:
    for item in report.ContentSequence:
        if _concept(item) == code_key(container):
            yield from item.get("ContentSequence") or ()


def _rows(items: Sequence[Dataset], *, with_children: bool = True) -> Iterator[Row]:
    for item in items:
        concept, value = _concept(item), _value(item)
        if concept is not None and value is not None:
            under = _rows(item.get("ContentSequence") or (), with_children=False) if with_children else ()
            yield Row(concept=concept, value=value, derivation=_derivation(item), children=tuple(under))


def _concept(item: Dataset) -> CodeKey | None:
    names = item.get("ConceptNameCodeSequence")
    return key_of(names[0]) if names else None


def key_of(item: Dataset) -> CodeKey:
    """Value and scheme of a code; one that an older version wrote is the one that stands in its place."""
    value = item.get("CodeValue") or item.get("LongCodeValue") or item.get("URNCodeValue")
    key = (str(value), str(item.get("CodingSchemeDesignator", "")))
    return _FORMER.get(key, key)


def _value(item: Dataset) -> CodeKey | float | str | None:
    """Value of the kinds of items that we write; None for others, which are not ours to read."""
    match item.ValueType:
        case "CODE":
            return key_of(item.ConceptCodeSequence[0])
        case "NUM":
            return measured_value(item)
        case "TEXT":
            return str(item.TextValue)
        case "UIDREF":
            return str(item.UID)
        case "PNAME":
            return str(item.PersonName)
    return None


def measured_value(item: Dataset) -> float | None:
    """The number of a NUM, exact where the writer gave it as a double beside the decimal string (PS3.3 C.18.1)."""
    if not item.get("MeasuredValueSequence"):
        return None
    measured = item.MeasuredValueSequence[0]
    value = measured.FloatingPointValue if "FloatingPointValue" in measured else measured.NumericValue
    return float(value)


def _derivation(item: Dataset) -> CodeKey | None:
    for child in item.get("ContentSequence") or ():
        if _concept(child) == code_key(codes.DCM.Derivation):
            return key_of(child.ConceptCodeSequence[0])
    return None
