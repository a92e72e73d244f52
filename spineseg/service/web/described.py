"""Parts of the OpenAPI description that routes share: refusals and bodies of forms."""

from __future__ import annotations

from typing import Any

from spineseg.service.web.desk import TOKEN_FIELD

_WORDS = {
    400: "The form cannot be read.",
    401: "Log in first, or name or password is wrong.",
    403: "This address may not ask, or the form's token is missing or old.",
    404: "No such study, series or slice.",
    409: "There is a newer result than the one that was looked at.",
    413: "The form is too large.",
    422: "A value is not allowed, or the state of the study does not permit it; one line says why.",
    429: "Too many wrong passwords from this address.",
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Refusals that a route may answer with; each is one line."""
    text = {"schema": {"type": "string"}}
    content = {"text/plain": text, "text/html": text}
    return {status: {"description": _WORDS[status], "content": content} for status in (*statuses, 400)}


def form_body(*, others: str = "", **fields: str) -> dict[str, Any]:
    """Body of a form.

    Parameters
    ----------
    others
        What further fields mean; empty where there are none.
    fields
        Name and meaning.
    """
    named = {name: {"type": "string", "description": meaning} for name, meaning in fields.items()}
    token = {TOKEN_FIELD: {"type": "string", "description": "Token that the page was sent with."}}
    schema: dict[str, Any] = {"type": "object", "properties": {**named, **token}, "required": [*fields]}
    if others:
        schema["additionalProperties"] = {"type": "string", "description": others}
    return {"requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}}
