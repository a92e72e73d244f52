from __future__ import annotations

import dataclasses

from spineseg.domain.findings import Change, PriorComparison
from spineseg.domain.followup_vocabulary import CHANGES, FOLLOWUP_MEASUREMENTS


def test_every_number_of_a_comparison_can_be_written() -> None:
    """Each measurement is a field of the comparison under its own name, and only the coded answers are not."""
    fields = {field.name for field in dataclasses.fields(PriorComparison)}

    assert fields - set(FOLLOWUP_MEASUREMENTS) == {"change", "prior_escc_point"}
    assert set(FOLLOWUP_MEASUREMENTS) < fields


def test_every_change_has_its_code() -> None:
    """A change that is not determined has the public code of that answer."""
    assert set(CHANGES) == set(Change)
    assert CHANGES[Change.UNDETERMINED].scheme_designator == "SCT"
