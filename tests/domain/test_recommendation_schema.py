from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from spineseg.domain.recommendation_json import SCHEMA_VERSION, recommendation_to_json
from spineseg.domain.recommendation_schema import recommendation_from_json, recommendation_schema, schema_text
from tests.domain.test_recommendation_json import RECOMMENDATION

PUBLISHED = Path(__file__).resolve().parents[2] / "docs" / "schema" / "recommendation.schema.json"


def _content(**change: Any) -> dict[str, Any]:
    return {**recommendation_to_json(RECOMMENDATION), "notice": "research use only", **change}


def test_the_published_schema_is_current() -> None:
    """docs/schema is what the code writes; make it again with `spineseg rules schema`."""
    assert PUBLISHED.read_text(encoding="utf-8") == schema_text()


def test_the_schema_names_every_key_that_is_written() -> None:
    """Keys of the file and required keys of the schema are the same, at the top and in every list."""
    schema = recommendation_schema()
    written = json.loads(json.dumps(_content()))

    assert set(schema["required"]) == set(written)
    for name, kind in {
        "options": "Option", "undecided": "Undecided", "questions": "Question", "facts": "KnownFact",
    }.items():  # fmt: skip
        assert set(schema["$defs"][kind]["required"]) == set(written[name][0])
    assert schema["properties"]["schema_version"]["const"] == SCHEMA_VERSION


def test_a_file_reads_back_whole() -> None:
    """What was written is what is read, times and lesions included."""
    assert recommendation_from_json(json.loads(json.dumps(_content()))) == RECOMMENDATION


@pytest.mark.parametrize(
    "change", [{"schema_version": 2}, {"verified": None}, {"options": [{}]}, {"questions": "none"}], ids=str
)
def test_another_file_is_refused(change: dict[str, Any]) -> None:
    """A later version, a missing field and a wrong type are no recommendation."""
    with pytest.raises(ValidationError):
        recommendation_from_json(_content(**change))
