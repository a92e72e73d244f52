from __future__ import annotations

from pydicom.dataset import Dataset

from spineseg.domain.findings import CorrectedItem, Correction
from spineseg.reporting.sr_correction_item import correction_item
from spineseg.reporting.sr_corrections import read_corrections
from spineseg.reporting.sr_tree import Group, _rows  # the reader of any group


def test_corrections_come_back() -> None:
    """What was corrected, what stood there and who did it are read as they were written, in their order."""
    corrections = tuple(
        Correction(item=item, before=f"{number} (range 1c to 2)", corrected_by="MÜLLER^ANNA")
        for number, item in enumerate(CorrectedItem)
    )
    items: list[Dataset] = [correction_item(one) for one in corrections]

    assert read_corrections(Group(rows=tuple(_rows(items)))) == corrections
