"""Tests of spineseg.service.alerts: what leaves the node when a grade is high."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from spineseg.errors import DestinationError
from spineseg.service.alerts import Alert, mail_alert, post_alert
from spineseg.service.settings import AlertSettings

ALERT = Alert(worklist_number=7, grade="2 (1c to 3)", urgency="soon", node="SPINESEG")


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[int]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]  # type: ignore[misc]
    finally:
        server.shutdown()
        server.server_close()


class _Hook(BaseHTTPRequestHandler):
    bodies: list[dict[str, object]] = []  # noqa: RUF012 (filled by the test's server)
    status = 200

    def do_POST(self) -> None:
        self.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class _Mail(socketserver.StreamRequestHandler):
    received: list[str] = []  # noqa: RUF012 (filled by the test's server)

    def handle(self) -> None:
        self._say("220 test")
        while line := self.rfile.readline().decode().strip():
            if line.upper() == "DATA":
                self._say("354 go on")
                while (text := self.rfile.readline().decode().strip()) != ".":
                    self.received.append(text)
            self._say("221 bye" if line.upper() == "QUIT" else "250 ok")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


def test_the_hook_gets_a_grade_and_no_patient() -> None:
    """The POST holds a number of the worklist, the approximate grade and the notice; nothing names the patient."""
    with _serving(HTTPServer(("127.0.0.1", 0), _Hook)) as port:
        post_alert(ALERT, AlertSettings(url=f"http://127.0.0.1:{port}/hook"))

    (body,) = _Hook.bodies
    assert set(body) == {"event", "worklist_number", "approximate_escc", "urgency", "node", "notice"}
    assert body["approximate_escc"] == "2 (1c to 3)"


def test_a_hook_that_fails_is_tried_again() -> None:
    """Neither an error status nor silence is taken for success."""
    with pytest.raises(DestinationError) as caught:
        post_alert(ALERT, AlertSettings(url="http://127.0.0.1:1/hook"))
    assert caught.value.transient

    class Failing(_Hook):
        status = 503

    with _serving(HTTPServer(("127.0.0.1", 0), Failing)) as port, pytest.raises(DestinationError, match="503"):
        post_alert(ALERT, AlertSettings(url=f"http://127.0.0.1:{port}/hook"))


def test_mail_is_handed_to_the_server() -> None:
    """The message has its receivers, the number of the worklist and the grade."""
    with _serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mail)) as port:
        mail_alert(ALERT, AlertSettings(mail_to=("a@example.org",), smtp=f"127.0.0.1:{port}"))
    with pytest.raises(DestinationError, match=r"alert\.smtp"):
        mail_alert(ALERT, AlertSettings(mail_to=("a@example.org",), smtp="127.0.0.1:1"))

    text = "\n".join(_Mail.received)
    assert "To: a@example.org" in text
    assert "Study 7" in text
    assert "2 (1c to 3)" in text
