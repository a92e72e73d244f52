from __future__ import annotations

from dataclasses import replace

from pydicom.sr.codedict import codes

from spineseg.domain import extent_vocabulary as extent
from spineseg.domain import followup_vocabulary as followup
from spineseg.domain import vocabulary as words
from spineseg.domain.findings import Change, PriorComparison
from spineseg.reporting.sr_extent_rows import (
    extent_evaluations,
    prior_evaluations,
    prior_measurements,
)
from tests.reporting.full_findings import full_findings

LESION = full_findings("1.2.3").lesions[0]


def test_parts_have_their_public_code_and_side() -> None:
    """A left pedicle is the pedicle of SNOMED CT with its laterality."""
    body, pedicle = (one for one in extent_evaluations(LESION) if one.name == words.SUBREGION)

    assert pedicle.value == codes.SCT.PedicleOfVertebra
    ((side,),) = ([item.value for item in pedicle[0].ContentSequence],)
    assert side == codes.SCT.Left
    assert "ContentSequence" not in body[0]


def test_sectors_come_with_the_convention_and_layers_and_type_with_theirs() -> None:
    """The numbering is named wherever a sector is written."""
    told = [(one.name.value, one.value.value) for one in extent_evaluations(LESION)]

    assert (extent.WBB_CONVENTION.value, extent.WBB_SOSG.value) in told
    assert [value for name, value in told if name == extent.WBB_SECTOR.value] == ["SSV153", "SSV154", "SSV155"]
    assert [value for name, value in told if name == extent.WBB_LAYER.value] == ["SSV141", "SSV143"]
    assert (extent.TOMITA_TYPE.value, "SSV094") in told


def test_not_assessed_is_an_answer_and_not_an_absence() -> None:
    """Parts, sectors and layers that nobody looked for say so; a type that was not found has no row."""
    unknown = replace(LESION, subregions=None, wbb_sectors=None, wbb_layers=None, tomita_type=None)

    assert [(one.name.value, one.value.meaning) for one in extent_evaluations(unknown)] == [
        (question.value, "No")
        for question in (words.SUBREGIONS_ASSESSED, extent.WBB_SECTORS_ASSESSED, extent.WBB_LAYERS_ASSESSED)
    ]


def test_a_comparison_writes_only_what_is_known() -> None:
    """A new lesion has a change and no former volume; without a prior study there is no row at all."""
    new = PriorComparison(change=Change.NEW)

    assert [one.value for one in prior_evaluations(new)] == [followup.CHANGES[Change.NEW]]
    assert prior_measurements(new) == []
    assert [one.value for one in prior_measurements(LESION.prior)] == [1500.0, 43.0, 8.4, 2.0]
    assert prior_measurements(None) == list(prior_evaluations(None)) == []
