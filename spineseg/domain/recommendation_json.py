"""Recommendation -> recommendation.json: the dataclass field by field; its schema is `recommendation_schema`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from enum import Enum

from spineseg.domain.recommendation import Recommendation

Json = dict[str, object]

# Counts changes that a reader of the file has to follow; a key that is only added does not count.
SCHEMA_VERSION = 1


def recommendation_to_json(recommendation: Recommendation) -> Json:
    """JSON-ready mapping; times are ISO 8601, lists keep the order of the recommendation."""
    return {"schema_version": SCHEMA_VERSION, **{name: _plain(value) for name, value in asdict(recommendation).items()}}


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(inner) for inner in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime) else value
