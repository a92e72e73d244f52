from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO

from spineseg.archive import Destination, WebPeer, echo, send_files
from spineseg.archive.copies import AS_BINARY
from spineseg.archive.instances import LABELMAP_SEGMENTATION
from spineseg.errors import DestinationError, SettingsError


class Service(HTTPServer):
    """A STOW-RS service that refuses label maps."""

    stored: list[Dataset]
    status: int
    authorization: str


class Handler(BaseHTTPRequestHandler):
    """One instance a request."""

    server: Service

    def do_POST(self) -> None:
        """STOW-RS."""
        self.server.authorization = self.headers.get("Authorization", "")
        body = self._body()
        start = body.index(b"\r\n\r\n") + 4
        dataset = dcmread(DicomBytesIO(body[start : body.rindex(b"\r\n--")]))
        item = {"00081155": {"vr": "UI", "Value": [dataset.SOPInstanceUID]}}
        refused = dataset.SOPClassUID == LABELMAP_SEGMENTATION
        if refused:
            item["00081197"] = {"vr": "US", "Value": [0x0122]}
        else:
            self.server.stored.append(dataset)
        key = "00081198" if refused else "00081199"
        status = 409 if refused else self.server.status
        self._answer(status, json.dumps({key: {"vr": "SQ", "Value": [item]}}).encode())

    def do_GET(self) -> None:
        """QIDO-RS."""
        self._answer(self.server.status, b"[]")

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers["Content-Length"]))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/dicom+json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running_service(status: int = 200) -> Iterator[tuple[Service, Destination]]:
    """The service on loopback."""
    server = Service(("127.0.0.1", 0), Handler)
    server.stored, server.status, server.authorization = [], status, ""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/dicom-web"
        yield server, Destination(name="web", peer=WebPeer(url=url))
    finally:
        server.shutdown()
        server.server_close()


def test_refused_label_maps_go_as_binary(labelmaps: list[Path]) -> None:
    """A service that refuses label maps has binary ones in the end, and no report that refers to anything else."""
    with running_service() as (service, destination):
        report = send_files(labelmaps, destination)

    assert report.complete
    assert len(service.stored) == len(labelmaps)
    assert [one.note for one in report.outcomes if one.path.name == "report.sr.dcm"] == [AS_BINARY]


@pytest.mark.parametrize(
    ("status", "words", "transient"),
    [(401, "refuses us", False), (503, "status 503", True), (404, "no DICOMweb service", False)],
)
def test_http_failures(results: list[Path], status: int, words: str, transient: bool) -> None:
    """Who refuses us, what is not there and what is only busy are told apart."""
    with running_service(status) as (_, destination), pytest.raises(DestinationError, match=words) as caught:
        send_files(results[:1], destination)
    assert caught.value.transient is transient


def test_silence_is_not_success(results: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that answers well, but does not name the instance, has not stored it for all that we know."""
    monkeypatch.setattr(Handler, "do_POST", lambda self: (self._body(), self._answer(200, b"{}")))
    with running_service() as (_, destination):
        report = send_files(results[:1], destination)

    assert not report.complete
    assert "did not say" in report.refused[0].note


def test_token(results: list[Path], tmp_path: Path) -> None:
    """A bearer token is the first line of its file."""
    (tmp_path / "token").write_text("abc\nrest\n")
    with running_service() as (service, destination):
        assert isinstance(destination.peer, WebPeer)
        peer = WebPeer(url=destination.peer.url, token_file=tmp_path / "token")
        send_files(results[:1], Destination(name="web", peer=peer))

    assert service.authorization == "Bearer abc"


def test_missing_secret(tmp_path: Path) -> None:
    """A secret that is not there is a setting that is wrong."""
    peer = WebPeer(url="http://127.0.0.1:1", token_file=tmp_path / "none")

    with pytest.raises(SettingsError, match="none"):
        echo(Destination(name="web", peer=peer))


@pytest.mark.parametrize(("url", "words"), [("http://127.0.0.1:1/x", "no route to the service: connection refused")])
def test_no_route(url: str, words: str) -> None:
    """Nothing listens: one line says so, and that a later try may help."""
    with pytest.raises(DestinationError, match=words) as caught:
        echo(Destination(name="web", peer=WebPeer(url=url)))
    assert caught.value.transient


def test_https_to_a_plain_service() -> None:
    """An address with https where only http is spoken: one line says TLS."""
    with running_service() as (service, _), pytest.raises(DestinationError, match="no TLS"):
        echo(Destination(name="web", peer=WebPeer(url=f"https://127.0.0.1:{service.server_port}")))
