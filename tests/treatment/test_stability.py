from __future__ import annotations

from typing import Any

import pytest

from spineseg.treatment import facts_from_findings
from spineseg.treatment.facts import merge
from tests.treatment.cases import clinical_of, findings_of

SLIP = {"range": [0, 4], "estimate": 4, "doubt": "de_novo_unknown"}


@pytest.mark.parametrize(
    ("clinical", "ends"),
    [
        ({}, (3, 12)),
        ({"clin.pain": "mechanical"}, (6, 12)),
        ({"clin.pain": ["biologic", "radicular"]}, (4, 10)),
        ({"clin.pain": "none"}, (3, 9)),
        ({"clin.deformity_de_novo": True}, (7, 12)),
        ({"clin.deformity_de_novo": False}, (3, 8)),
        ({"img.bone_quality": "lytic"}, (5, 12)),
        ({"clin.pain": "none", "clin.deformity_de_novo": False, "img.bone_quality": "blastic"}, (3, 3)),
    ],
)
def test_what_the_clinic_adds(clinical: dict[str, Any], ends: tuple[int, int]) -> None:
    """Pain, the age of a deformity and bone quality narrow the total by their points and settle it together."""
    sins = {"location": 3, "bone_lesion": [0, 2], "alignment": SLIP, "collapse": 0, "posterolateral": 0}
    facts = facts_from_findings(findings_of({"lesions": [{"sins": sins}]}))

    total = merge(facts, clinical_of(clinical))[0].get("img.sins")

    assert total is not None
    assert (total.low, total.high) == ends


def test_questions_that_remain() -> None:
    """A fact that was given is not asked again."""
    facts = facts_from_findings(findings_of({"lesions": [{"sins": {"total": 4}}]}))

    before, after = (merge(facts, clinical_of(one))[0].get("img.sins") for one in ({}, {"clin.pain": "none"}))

    assert before is not None
    assert after is not None
    assert before.narrows == ("clin.pain",)
    assert after.narrows == ()
