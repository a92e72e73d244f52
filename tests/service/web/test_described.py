"""Tests of spineseg.service.web.described: parts of the OpenAPI description."""

from __future__ import annotations

from spineseg.service.web.described import form_body, refusals


def test_a_form_is_described_with_its_token() -> None:
    """Named fields are required, others are told by what they mean."""
    schema = form_body(others="facts", run="a run")["requestBody"]["content"]["application/x-www-form-urlencoded"][
        "schema"
    ]

    assert schema["required"] == ["run"]
    assert set(schema["properties"]) == {"run", "csrf_token"}
    assert schema["additionalProperties"]["description"] == "facts"
    assert set(refusals(404)) == {400, 404}
