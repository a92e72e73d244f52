"""Recommendation's dataclasses -> JSON schema of recommendation.json, and such a file -> Recommendation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from pydantic import TypeAdapter

from spineseg.domain.recommendation import Recommendation

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationFile(Recommendation):
    """Content of recommendation.json: the recommendation with its schema's version and the research notice.

    Parameters
    ----------
    notice
        What every reader must be shown beside the content.
    """

    schema_version: Literal[1]
    notice: str


_FILE = TypeAdapter(RecommendationFile)


def recommendation_schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of the file as it is written: every key is there."""
    schema = _FILE.json_schema(mode="serialization")
    for described in (schema, *schema["$defs"].values()):
        if "properties" in described:
            described["required"] = list(described["properties"])  # defaults are written too
    return {"$schema": _DIALECT, **schema}


def schema_text() -> str:
    """The schema as it lies in `docs/schema/recommendation.schema.json`."""
    return json.dumps(recommendation_schema(), indent=2, ensure_ascii=False) + "\n"


def recommendation_from_json(content: Mapping[str, object]) -> Recommendation:
    """The recommendation that a file was written from.

    Raises
    ------
    pydantic.ValidationError
        The content does not follow the schema.
    """
    file = _FILE.validate_json(json.dumps(content))
    return Recommendation(**{one.name: getattr(file, one.name) for one in fields(Recommendation)})
