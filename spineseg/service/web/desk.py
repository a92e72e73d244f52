"""Request -> what every route needs: the node's data, the visitor, a form whose token is right, HTML of a template."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Path, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy.orm import Session

from spineseg.service.database import Sessions
from spineseg.service.layout import Layout
from spineseg.service.settings import NodeSettings
from spineseg.service.studies import WorklistRow, find_study
from spineseg.service.tables import Study
from spineseg.service.web.gate import Gate, LoginNeededError, Visitor
from spineseg.service.web.stacks import Stacks

TOKEN_FIELD, TOKEN_HEADER = "csrf_token", "x-csrf-token"
_LARGEST_ID = 2**31 - 1  # of an INTEGER column in PostgreSQL


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the page works on."""

    settings: NodeSettings
    sessions: Sessions
    layout: Layout
    gate: Gate
    stacks: Stacks
    templates: Environment
    clock: Callable[[], datetime] = field(default=_now)

    def page(self, template: str, visitor: Visitor, *, status: int = 200, **values: object) -> HTMLResponse:
        """HTML of a template, every value escaped."""
        text = self.templates.get_template(template).render(
            visitor=visitor, has_login=self.gate.has_users, token_field=TOKEN_FIELD, **values
        )
        return HTMLResponse(text, status_code=status)


def make_templates() -> Environment:
    """Templates in which every value is escaped and a missing one is an error."""
    return Environment(
        loader=PackageLoader("spineseg.service.web"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


def desk_of(request: Request) -> Desk:
    """The desk of the application."""
    desk: Desk = request.app.state.desk
    return desk


DeskOf = Annotated[Desk, Depends(desk_of)]


def anyone(request: Request, desk: DeskOf) -> Visitor:
    """Who asks, perhaps nobody yet."""
    return desk.gate.visitor(request)


Anyone = Annotated[Visitor, Depends(anyone)]


def user(visitor: Anyone) -> Visitor:
    """Who asks, and may see patients."""
    if not visitor.name:
        raise LoginNeededError
    return visitor


User = Annotated[Visitor, Depends(user)]
Form = Mapping[str, tuple[str, ...]]


async def checked_form(request: Request, visitor: Anyone) -> Form:
    """Fields of a form that this page has sent out; files are no fields.

    Raises
    ------
    HTTPException
        403: the token is missing or another browser's.
    """
    content = await request.form()
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in content.multi_items():
        if isinstance(value, str):
            fields[name] = (*fields.get(name, ()), value)
    given = request.headers.get(TOKEN_HEADER) or one_of(fields, TOKEN_FIELD)
    if not secrets.compare_digest(given.encode(), visitor.token.encode()):
        raise HTTPException(403, "the form is too old; open the page again")
    return fields


def user_form(form: Annotated[Form, Depends(checked_form)], visitor: User) -> Form:  # noqa: ARG001 (must be one)
    """Checked fields of a visitor who may see patients."""
    return form


LoginForm = Annotated[Form, Depends(checked_form)]
UserForm = Annotated[Form, Depends(user_form)]
StudyNumber = Annotated[
    int, Path(ge=1, le=_LARGEST_ID, description="Number on the worklist; it means nothing elsewhere.")
]


def one_of(form: Form, name: str) -> str:
    """The last value of a field, empty where it is absent."""
    return form.get(name, ("",))[-1].strip()


def row_of(session: Session, number: int) -> WorklistRow:
    """A study by its number on the worklist.

    Raises
    ------
    HTTPException
        404: there is none.
    """
    study = session.get(Study, number)
    row = None if study is None else find_study(session, study.study_instance_uid)
    if row is None:
        raise HTTPException(404, "no such study")
    return row
