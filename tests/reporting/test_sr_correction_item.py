from __future__ import annotations

import pytest
from pydicom.sr.coding import Code

from spineseg.domain import revision_vocabulary as revision
from spineseg.domain.findings import CorrectedItem, Correction
from spineseg.reporting.sr_correction_item import correction_item


@pytest.mark.parametrize("item", CorrectedItem)
def test_a_correction_says_what_stood_there_and_who_changed_it(item: CorrectedItem) -> None:
    """The former value is the item; under it stand the row that it concerns and the person's name."""
    made = correction_item(Correction(item=item, before="2 (range 1c to 2)", corrected_by="EXAMPLE^READER"))

    concerns, person = made.ContentSequence
    answer = concerns.ConceptCodeSequence[0]
    assert made.TextValue == "2 (range 1c to 2)"
    assert Code(answer.CodeValue, answer.CodingSchemeDesignator, answer.CodeMeaning) == revision.CORRECTED_ITEMS[item]
    assert str(person.PersonName) == "EXAMPLE^READER"
