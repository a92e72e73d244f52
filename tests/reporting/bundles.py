"""FHIR bundles of the sample report, read as a receiver reads them."""

from __future__ import annotations

import json
from typing import Any

from fhir.resources.R4B.bundle import Bundle

from spineseg.domain.findings import Findings
from spineseg.reporting.fhir import fhir_bundle
from tests.reporting.recommendations import HEADER, RECOMMENDATION
from tests.reporting.samples import NOW, make_findings

FINDINGS = make_findings("1.2.3")


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Resources of a type, as a receiver reads them: through JSON and the models of the standard."""
    content = json.loads(json.dumps(bundle))
    Bundle.model_validate(content)
    return [one["resource"] for one in content["entry"] if one["resource"]["resourceType"] == kind]


def made(found: Findings = FINDINGS, **change: Any) -> dict[str, Any]:
    """Bundle of the sample."""
    arguments = {"recommendation": RECOMMENDATION, "header": HEADER, **change}
    return fhir_bundle(found, arguments["recommendation"], arguments["header"], now=NOW)
