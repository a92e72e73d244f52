from __future__ import annotations

import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.tag import Tag
from pydicom.uid import Comprehensive3DSRStorage, SegmentationStorage

from spineseg.domain.codes import private
from spineseg.domain.escc import EsccGrade
from spineseg.domain.report_vocabulary import QUALITATIVE_EVALUATIONS
from spineseg.domain.vocabulary import ESCC_GRADES, ESCC_POINT
from spineseg.errors import ReportError, UnknownReportError
from spineseg.reporting.sr_tree import Group, Row, code_key, measurement_groups, study_rows

LENGTH = Code("L1", "99TEST", "Length")
KIND = Code("K1", "99TEST", "Kind")


def coded(code: Code, *, meaning: str | None = None) -> Dataset:
    """A code as an item of a sequence."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator = code.value, code.scheme_designator
    item.CodeMeaning = meaning or code.meaning
    return item


def content(value_type: str, concept: Code, *children: Dataset, **values: object) -> Dataset:
    """A content item."""
    item = Dataset()
    item.ValueType = value_type
    item.ConceptNameCodeSequence = [coded(concept)]
    for keyword, value in values.items():
        setattr(item, keyword, value)
    if children:
        item.ContentSequence = list(children)
    return item


def number(value: str, *, exact: float | None = None, derivation: Code | None = None) -> Dataset:
    """A length."""
    measured = Dataset()
    measured.NumericValue = value
    if exact is not None:
        measured.FloatingPointValue = exact
    children = [] if derivation is None else [
        content("CODE", codes.DCM.Derivation, ConceptCodeSequence=[coded(derivation)])
    ]  # fmt: skip
    return content("NUM", LENGTH, *children, MeasuredValueSequence=[measured])


def report_of(*groups: Dataset) -> Dataset:
    """A TID 1500 report around measurement groups."""
    report, template = Dataset(), Dataset()
    report.SOPClassUID = Comprehensive3DSRStorage
    template.TemplateIdentifier = "1500"
    report.ContentTemplateSequence = [template]
    library = content(
        "CONTAINER", codes.DCM.ImageLibrary, content("CONTAINER", codes.DCM.MeasurementGroup, number("9"))
    )
    report.ContentSequence = [library, content("CONTAINER", codes.DCM.ImagingMeasurements, *groups)]
    return report


def only_group(*rows: Dataset) -> Group:
    """The group of a report that has one."""
    (group,) = measurement_groups(report_of(content("CONTAINER", codes.DCM.MeasurementGroup, *rows)))
    return group


def test_rows_of_every_kind_are_read_by_their_concept() -> None:
    """Codes, numbers, texts and UIDs, each asked for by concept; what is not there is None."""
    group = only_group(
        content("CODE", KIND, ConceptCodeSequence=[coded(codes.SCT.Left)]),
        number("1.5"),
        content("TEXT", codes.DCM.Comment, TextValue="a"),
        content("TEXT", codes.DCM.Comment, TextValue="b"),
        content("UIDREF", codes.DCM.SeriesInstanceUID, UID="1.2.3"),
    )

    assert group.code(KIND) == code_key(codes.SCT.Left)
    assert group.number(LENGTH) == 1.5
    assert group.texts(codes.DCM.Comment) == ("a", "b")
    assert group.text(codes.DCM.SeriesInstanceUID) == "1.2.3"
    unknown = Code("U1", "99TEST", "Unknown")
    assert (group.code(unknown), group.number(unknown), group.text(unknown), group.texts(unknown)) == (
        None, None, None, (),
    )  # fmt: skip


def test_meanings_and_schemes_tell_codes_apart_as_the_standard_says() -> None:
    """A translated meaning is the same code; the same value of another scheme is another."""
    group = only_group(content("CODE", KIND, ConceptCodeSequence=[coded(codes.SCT.Left, meaning="links")]))

    assert group.code(Code(KIND.value, KIND.scheme_designator, "Art")) == code_key(codes.SCT.Left)
    assert group.code(Code(KIND.value, "SCT", KIND.meaning)) is None


def test_least_and_greatest_of_one_concept_are_told_apart() -> None:
    """A number with a derivation never passes for one without."""
    group = only_group(number("1", derivation=codes.SCT.Minimum), number("3", derivation=codes.SCT.Maximum))

    assert group.number(LENGTH, codes.SCT.Minimum) == 1.0
    assert group.number(LENGTH, codes.SCT.Maximum) == 3.0
    assert group.number(LENGTH) is None


def test_a_row_is_found_by_what_stands_under_it() -> None:
    """Rows that belong to a part are told from those of another part, and an answer brings what describes it."""
    left, right = (
        content("CODE", KIND, ConceptCodeSequence=[coded(side)]) for side in (codes.SCT.Left, codes.SCT.Right)
    )
    described = content(
        "CODE", KIND, content("TEXT", codes.DCM.Comment, TextValue="a"), ConceptCodeSequence=[coded(codes.SCT.Left)]
    )
    lengths = []
    for value, side in (("1.5", left), ("2.5", right)):
        length = number(value)
        length.ContentSequence = [side]
        lengths.append(length)

    group = only_group(*lengths, described)

    assert group.of(KIND, codes.SCT.Right).number(LENGTH) == 2.5
    assert group.of(KIND, codes.SCT.Bilateral) == Group(rows=())
    ((answer, under),) = group.under(KIND)
    assert (answer, under.text(codes.DCM.Comment)) == (code_key(codes.SCT.Left), "a")


def test_a_number_cut_off_is_damage() -> None:
    """A double of which bytes are missing is a damaged report and no crash."""
    cut = number("1.5", exact=1.5)
    measured = cut.MeasuredValueSequence[0]
    raw = RawDataElement(Tag("FloatingPointValue"), "FD", 6, b"\0" * 6, 0, is_implicit_VR=False, is_little_endian=True)
    measured._dict[Tag("FloatingPointValue")] = raw

    with pytest.raises(ReportError, match="damaged"):
        only_group(cut)


def test_the_exact_number_wins_over_its_decimal_string() -> None:
    """DS holds 16 characters; the double beside it holds the value."""
    assert only_group(number("60.3333333333333", exact=181 / 3)).number(LENGTH) == 181 / 3


def test_rows_that_hold_no_value_or_are_not_ours_are_left_out() -> None:
    """An empty measurement is unknown and not 0; a date and an item without concept are ignored."""
    nameless = content("TEXT", KIND, TextValue="x")
    del nameless.ConceptNameCodeSequence
    empty = content("NUM", LENGTH, MeasuredValueSequence=[])

    group = only_group(empty, nameless, content("DATE", KIND, Date="20260203"))

    assert group == Group(rows=())


def test_groups_keep_their_order_and_those_elsewhere_do_not_count() -> None:
    """Only groups under Imaging Measurements are measurements; the library's are not."""
    groups = [content("CONTAINER", codes.DCM.MeasurementGroup, number(value)) for value in ("3", "1", "2")]

    found = measurement_groups(report_of(*groups))

    assert [group.rows for group in found] == [
        (Row(concept=code_key(LENGTH), value=value),) for value in (3.0, 1.0, 2.0)
    ]


def test_what_is_said_of_the_study_is_read_apart_from_the_groups() -> None:
    """Rows of Qualitative Evaluations come with what stands under them; without that container there are none."""
    report = report_of()
    assert study_rows(report) == Group(rows=())

    answer = content("CODE", KIND, number("2"), ConceptCodeSequence=[coded(codes.SCT.Left)])
    report.ContentSequence.append(content("CONTAINER", QUALITATIVE_EVALUATIONS, answer))

    ((value, under),) = study_rows(report).under(KIND)
    assert (value, under.number(LENGTH)) == (code_key(codes.SCT.Left), 2.0)


def test_a_code_of_an_older_version_is_read_as_the_one_in_its_place() -> None:
    """Question and answer that layout 1 wrote with private codes are found by the public ones."""
    question, answer = private("SSQ001", "Approximate ESCC grade"), private("SSV013", "ESCC 1c")

    group = only_group(content("CODE", question, ConceptCodeSequence=[coded(answer)]))

    assert group.code(ESCC_POINT) == code_key(ESCC_GRADES[EsccGrade.G1C])


def test_what_is_not_such_a_report_is_told_from_a_broken_one() -> None:
    """Another object or template is unknown; one of ours without content, or contradicting itself, is broken."""
    other_class, other_template, no_content = report_of(), report_of(), report_of()
    other_class.SOPClassUID = SegmentationStorage
    other_template.ContentTemplateSequence = []
    del no_content.ContentSequence
    no_text = report_of(content("CONTAINER", codes.DCM.MeasurementGroup, content("TEXT", KIND)))

    for report in (other_class, other_template):
        with pytest.raises(UnknownReportError):
            measurement_groups(report)
    with pytest.raises(ReportError, match="no content"):
        measurement_groups(no_content)
    with pytest.raises(ReportError, match="damaged"):
        measurement_groups(no_text)
