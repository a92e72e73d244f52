from __future__ import annotations

from collections.abc import Callable

import pytest
from pydicom.sr.codedict import codes

from spineseg.domain import followup_vocabulary as followup
from spineseg.domain import vocabulary as words
from spineseg.errors import ReportError
from spineseg.reporting.sr_lesion_reader import read_lesion, read_vanished
from spineseg.reporting.sr_tree import Group, Row, code_key, measurement_groups, study_rows
from tests.reporting.full_findings import full_findings
from tests.reporting.samples import Sample, sr_without_masks

FINDINGS = full_findings("1.2.3")


@pytest.fixture(scope="module")
def groups(sample: Sample) -> tuple[Group, ...]:
    """Measurement groups of a report of full findings: lesion, levels."""
    return measurement_groups(sr_without_masks(sample, FINDINGS))


def without(group: Group, unwanted: Callable[[Row], bool]) -> Group:
    """The group without some rows."""
    return Group(rows=tuple(row for row in group.rows if not unwanted(row)))


def test_a_lesion_comes_back_from_its_group_alone(groups: tuple[Group, ...]) -> None:
    """Nothing about a lesion stands outside its group."""
    assert read_lesion(groups[0]) == FINDINGS.lesions[0]


def test_a_lesion_that_has_gone_comes_back_from_the_study(sample: Sample) -> None:
    """A vanished lesion has no region of its own: it stands among what is said of the study."""
    study = study_rows(sr_without_masks(sample, FINDINGS))
    gone = code_key(followup.VANISHED_LESION)

    (found,) = [under for value, under in study.under(codes.DCM.Finding) if value == gone]

    assert read_vanished(found) == FINDINGS.vanished[0]


def test_a_lesion_without_a_needed_row_is_broken(groups: tuple[Group, ...]) -> None:
    """A lesion whose grade or tracking UID has gone is no lesion without grade."""
    for concept in (words.ESCC_POINT, codes.DCM.TrackingUniqueIdentifier, words.SUBREGIONS_ASSESSED):
        with pytest.raises(ReportError, match="lacks a row"):
            read_lesion(without(groups[0], lambda row, code=concept: row.concept == code_key(code)))


def test_half_a_sins_component_is_unknown(groups: tuple[Group, ...]) -> None:
    """Points of which one end has gone are not taken for known."""
    component = next(one for one in words.SINS_COMPONENTS if one.value == "collapse")
    concept = code_key(words.SINS_COMPONENTS[component])
    half = without(groups[0], lambda row: row.concept == concept and row.derivation == code_key(codes.SCT.Maximum))

    assert component not in read_lesion(half).sins.components


def test_a_part_that_is_not_known_is_an_error(groups: tuple[Group, ...]) -> None:
    """A left vertebral body, or a part of a later version, is not read as something else."""
    strange = Row(
        concept=code_key(words.SUBREGION),
        value=code_key(words.SUBREGIONS["vertebral_body"].code),
        children=(Row(concept=code_key(codes.SCT.Laterality), value=code_key(codes.SCT.Left)),),
    )

    with pytest.raises(ReportError, match="SSA020"):
        read_lesion(Group(rows=(*groups[0].rows, strange)))
