"""NodeSettings, database and folders -> the application of the page, which the node runs in uvicorn."""

from __future__ import annotations

from importlib import resources

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from spineseg import __version__
from spineseg.errors import SpinesegError
from spineseg.service.database import Sessions
from spineseg.service.layout import Layout
from spineseg.service.settings import NodeSettings
from spineseg.service.web import actions, login, pages, slices
from spineseg.service.web.desk import Desk, make_templates, user
from spineseg.service.web.gate import Gate, LoginNeededError, Visitor, check_exposure
from spineseg.service.web.headers import Headers
from spineseg.service.web.stacks import Stacks

_DESCRIPTION = (
    "Worklist and results of a spineseg node. Research use only, not a medical device. Studies have numbers of the "
    "worklist's own; no address holds patient data. Forms need the token that the page was sent with, as the field "
    "csrf_token or the header X-CSRF-Token."
)


def create_app(settings: NodeSettings, sessions: Sessions, layout: Layout) -> FastAPI:
    """The page.

    Raises
    ------
    SettingsError
        The settings would show patients to the network: see `gate.check_exposure`.
    """
    check_exposure(settings.page)
    gate = Gate(settings.page)
    app = FastAPI(
        title="spineseg worklist", version=__version__, description=_DESCRIPTION, docs_url=None, redoc_url=None,
        openapi_url=None,
    )  # fmt: skip
    app.state.desk = Desk(
        settings=settings, sessions=sessions, layout=layout, gate=gate, stacks=Stacks(), templates=make_templates()
    )
    for part in (login, pages, slices, actions):
        app.include_router(part.router)
    app.mount("/static", StaticFiles(directory=str(resources.files("spineseg.service.web") / "static")), name="static")
    app.get("/openapi.json", include_in_schema=False, dependencies=[Depends(user)])(_describe)
    app.add_middleware(Headers, gate=gate)
    app.add_exception_handler(LoginNeededError, _ask_to_log_in)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(SpinesegError, _not_possible)
    return app


def _describe(request: Request) -> dict[str, object]:
    described: dict[str, object] = request.app.openapi()
    return described


def _ask_to_log_in(request: Request, _error: Exception) -> Response:
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        return RedirectResponse("/login", 303)
    return PlainTextResponse("log in first", 401)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _told(request, error.status_code, str(error.detail), error.headers)


def _not_possible(request: Request, error: Exception) -> Response:
    return _told(request, 422, str(error), None)  # one line without patient data


def _told(request: Request, status: int, what: str, headers: object) -> Response:
    """One line, as a page to a browser and as text to a program."""
    desk: Desk = request.app.state.desk
    if "text/html" in request.headers.get("accept", ""):
        answer: Response = desk.page("told.html.j2", Visitor(name="", token=""), status=status, what=what)
        assert isinstance(answer, HTMLResponse)
    else:
        answer = PlainTextResponse(what, status)
    if isinstance(headers, dict):
        answer.headers.update(headers)
    return answer
