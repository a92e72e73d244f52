"""Name and password -> a login in this browser, and its end."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from spineseg.service.studies import write_audit
from spineseg.service.web.described import form_body, refusals
from spineseg.service.web.desk import Anyone, DeskOf, LoginForm, User, UserForm, one_of

router = APIRouter(tags=["login"])
_LONGEST = 200  # characters of a name or password [P]


@router.get("/login", summary="Where users log in", response_class=HTMLResponse, responses=refusals(403))
def show_login(desk: DeskOf, visitor: Anyone) -> Response:
    """The form; who has entered already goes to the worklist."""
    if visitor.name:
        return RedirectResponse("/", 303)
    return desk.page("login.html.j2", visitor, problem="")


@router.post(
    "/login", summary="Log in", status_code=303, response_class=RedirectResponse,
    responses=refusals(401, 403, 413, 429),
    openapi_extra=form_body(name="Name of a user", password="The password of the user"),  # noqa: S106 (a description)
)  # fmt: skip
def log_in(request: Request, desk: DeskOf, visitor: Anyone, form: LoginForm) -> Response:
    """To the worklist, or the form again."""
    name, password = one_of(form, "name")[:_LONGEST], form.get("password", ("",))[-1]
    right = desk.gate.has_users and len(password) <= _LONGEST and desk.gate.log_in(request, name, password)
    if desk.gate.has_users:
        who = name if desk.gate.is_user(name) else "an unknown name"
        with desk.sessions.begin() as session:
            write_audit(session, desk.clock(), who=who, action="log in" if right else "wrong password")
    if not right:
        return desk.page("login.html.j2", visitor, status=401, problem="Name or password is wrong.")
    return RedirectResponse("/", 303)


@router.post(
    "/logout", summary="Log out", status_code=303, response_class=RedirectResponse, responses=refusals(401, 403, 413),
    openapi_extra=form_body(),
)  # fmt: skip
def log_out(request: Request, desk: DeskOf, visitor: User, _form: UserForm) -> Response:
    """Back to the login page."""
    desk.gate.log_out(request)
    with desk.sessions.begin() as session:
        write_audit(session, desk.clock(), who=visitor.name, action="log out")
    return RedirectResponse("/login", 303)
