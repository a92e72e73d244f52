from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime

from spineseg.domain.clinical import Provenance
from spineseg.domain.recommendation import (
    KnownFact,
    Option,
    OptionStatus,
    Question,
    Recommendation,
    Topic,
    Undecided,
    Urgency,
)
from spineseg.domain.recommendation_json import SCHEMA_VERSION, recommendation_to_json

RECOMMENDATION = Recommendation(
    study_instance_uid="1.2",
    ruleset_version="1.0.0+abc",
    verified=False,
    options=(
        Option(
            rule_id="R013",
            status=OptionStatus.BLOCKED_PENDING,
            urgency=Urgency.E0,
            text="Dexamethasone is an option to discuss.",
            strength="guideline",
            because=("ESCC is 2",),
            contra=(),
            missing=("clin.steroid_contra",),
            sources=("S10", "sorensen1994"),
            conflicts_with=("R014: biopsy first",),
            lesions=(1, 2),
        ),
    ),
    undecided=(Undecided(rule_id="R010", status=OptionStatus.ALERT, urgency=Urgency.E0, missing=("clin.pain",)),),
    questions=(
        Question(
            fact="clin.pain",
            text="Which pain?",
            allowed=("none", "mechanical"),
            why="SINS",
            decides=("R030",),
            urgency=Urgency.E1,
            from_clinic=True,
        ),
    ),
    facts=(
        KnownFact(
            name="img.escc",
            label="ESCC",
            text="2 (range 1c to 2)",
            provenance=Provenance.SR,
            topic=Topic.NEUROLOGY,
            lesion=1,
            observed_at=datetime(2026, 11, 22, 8, 30, tzinfo=UTC),
        ),
    ),
)


def test_every_field_is_a_key() -> None:
    """The file has the version of its schema and every field, also where it is empty."""
    content = recommendation_to_json(RECOMMENDATION)

    assert set(content) == {"schema_version", *(one.name for one in fields(Recommendation))}
    assert content["schema_version"] == SCHEMA_VERSION
    (option,) = json.loads(json.dumps(content))["options"]
    assert set(option) == {one.name for one in fields(Option)}


def test_values_are_plain_json() -> None:
    """Codes are their words, times ISO 8601, absent values null and never a default."""
    content = json.loads(json.dumps(recommendation_to_json(RECOMMENDATION)))

    assert content["options"][0]["status"] == "blocked_pending"
    assert content["options"][0]["lesions"] == [1, 2]
    assert content["facts"][0]["observed_at"] == "2026-11-22T08:30:00+00:00"
    assert content["facts"][0]["verified_by"] is None
    assert content["facts"][0]["provenance"] == "sr"
    assert content["verified"] is False
