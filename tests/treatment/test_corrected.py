from __future__ import annotations

from spineseg.domain.findings import CorrectedItem
from spineseg.treatment import facts_from_findings
from spineseg.treatment.corrected import rejected_fact, with_corrections
from spineseg.treatment.values import Known
from tests.treatment.cases import findings_of

CORRECTED = {
    "escc": "1a",
    "sins": {"total": 3},
    "corrections": [
        {"item": "escc", "before": "3"},
        {"item": "escc", "before": "2 (range 1c to 2)"},
        {"item": "sins.collapse", "before": "0 to 3"},
    ],
}


def _known() -> dict[str, Known]:
    found = findings_of({"lesions": [CORRECTED]})
    return dict(facts_from_findings(found, verified=True, verified_by="Second Reader").lesions[0].known)


def test_a_corrected_fact_shows_what_stood_there_before() -> None:
    """The last correction of an item stands beside the value, at every end of a grade; other facts are as they were."""
    known = _known()

    for name in ("img.escc", "img.escc.low", "img.escc.point", "img.escc.high"):
        assert known[name].text == "1a (corrected by a person; before: 2 (range 1c to 2))"
    assert known["img.sins.collapse"].text == "3 points (corrected by a person; before: 0 to 3)"
    assert known["img.compartment"].text == "extradural"
    assert known["img.corrections"].text == "approximate ESCC before: 2 (range 1c to 2); SINS collapse before: 0 to 3"


def test_each_fact_has_the_name_of_its_reader() -> None:
    """Who corrected a fact is named at it; who verified the report at the others."""
    known = _known()

    assert known["img.escc"].verified_by == "READER^EXAMPLE"
    assert known["img.compartment"].verified_by == "Second Reader"


def test_a_rejected_lesion_is_named() -> None:
    """What a person took out is a fact of the study with its level and what stood there; nothing is said of nothing."""
    found = findings_of({"levels": ["T8"], "rejected": ["T7", "L2"]})

    text = facts_from_findings(found).study["img.rejected"].text

    assert text == "T7, before: suspected lesion; L2, before: suspected lesion"
    assert rejected_fact(()) == {}
    assert with_corrections({}, ()) == {}


def test_everything_that_can_be_corrected_is_said() -> None:
    """Each item that a person may correct gives the listing, whether or not a fact follows from it."""
    for item in CorrectedItem:
        found = findings_of({"lesions": [{"corrections": [{"item": item.value, "before": "x"}]}]})
        assert "before: x" in facts_from_findings(found).lesions[0].known["img.corrections"].text
