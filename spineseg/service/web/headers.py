"""Request and response -> the same with size limit, security headers, no caching and the browser's cookie."""

from __future__ import annotations

from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp

from spineseg.service.web.gate import Gate

LARGEST_FORM_BYTES = 262_144  # the form of all facts has about 10 kB [P]
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# report.html is one file with its own styles; in its frame it may run nothing and load nothing.
REPORT_POLICY = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
_YEAR_S = 31_536_000


class Headers(BaseHTTPMiddleware):
    """Outermost layer of the page."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        super().__init__(app)
        self._gate = gate

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Refuse what is too large; add headers to every answer."""
        response = PlainTextResponse("too large", 413) if _too_large(request) else await call_next(request)
        for name, value in _FIXED.items():
            response.headers[name] = value
        response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
        framed = "SAMEORIGIN" if response.headers["Content-Security-Policy"] == REPORT_POLICY else "DENY"
        response.headers["X-Frame-Options"] = framed
        if self._gate.secure:
            response.headers["Strict-Transport-Security"] = f"max-age={_YEAR_S}"
        cookie = getattr(request.state, "new_cookie", "")
        if cookie:
            response.set_cookie(
                self._gate.cookie, cookie, path="/", httponly=True, samesite="strict", secure=self._gate.secure
            )
        return response


def _too_large(request: Request) -> bool:
    """Whether a body is larger than any form, or does not say how large it is."""
    length = request.headers.get("content-length", "")
    if length:
        return not length.isdecimal() or int(length) > LARGEST_FORM_BYTES
    return "transfer-encoding" in request.headers
