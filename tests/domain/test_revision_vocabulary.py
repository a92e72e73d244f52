from __future__ import annotations

from pydicom.sr.coding import Code

from spineseg.domain import extent_vocabulary, followup_vocabulary, revision_vocabulary, vocabulary
from spineseg.domain.findings import CorrectedItem


def test_every_item_has_a_code_of_its_own() -> None:
    """What was corrected is told apart by its code."""
    table = revision_vocabulary.CORRECTED_ITEMS

    assert set(table) == set(CorrectedItem)
    assert len(set(table.values())) == len(table)


def test_codes_are_new() -> None:
    """No code of a correction stands for something else, too."""
    own = {value.value for name, value in vars(revision_vocabulary).items() if isinstance(value, Code) and _ours(value)}
    others = {
        code.value
        for module in (vocabulary, extent_vocabulary, followup_vocabulary)
        for name, code in vars(module).items()
        if isinstance(code, Code) and not hasattr(revision_vocabulary, name)
    }

    assert len(own) >= 4
    assert own - {vocabulary.COMPARTMENT.value, vocabulary.LEVEL.value} == own - others - {
        vocabulary.COMPARTMENT.value, vocabulary.LEVEL.value,
    }  # fmt: skip


def _ours(code: Code) -> bool:
    return code.scheme_designator == "99SPINESEG"
