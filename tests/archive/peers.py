"""Real peers on loopback: Orthanc, DCMTK's storescp and a small server of ours that refuses what it is told to."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, evt

from spineseg.archive import Destination, DimsePeer, WebPeer

DICOMWEB_PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
START_SECONDS = 20.0  # Orthanc needs half a second on a free machine
OWN_TITLE = "SPINESEG"


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@dataclass(frozen=True)
class Orthanc:
    """A running Orthanc that knows us, and nobody else."""

    dicom_port: int
    http_port: int
    report_port: int

    @property
    def dicom(self) -> Destination:
        """Over associations."""
        peer = DimsePeer(host="127.0.0.1", port=self.dicom_port, called_ae_title="ORTHANC")
        return Destination(name="orthanc", peer=peer)

    @property
    def web(self) -> Destination:
        """Over DICOMweb."""
        return Destination(name="web", peer=WebPeer(url=f"http://127.0.0.1:{self.http_port}/dicom-web"))

    def stored(self) -> dict[str, Dataset]:
        """What it holds, by SOP instance UID."""
        found = (dcmread(BytesIO(self._get(f"/instances/{one}/file"))) for one in json.loads(self._get("/instances")))
        return {str(dataset.SOPInstanceUID): dataset for dataset in found}

    def clear(self) -> None:
        """Forget everything."""
        for one in json.loads(self._get("/instances")):
            url = f"http://127.0.0.1:{self.http_port}/instances/{one}"
            urllib.request.urlopen(urllib.request.Request(url, method="DELETE")).close()

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}{path}") as answer:
            content: bytes = answer.read()
            return content


@contextmanager
def running_orthanc(folder: Path) -> Iterator[Orthanc]:
    """Orthanc on loopback, ended afterwards; the test is skipped where it is not installed."""
    program = shutil.which("Orthanc", path="/usr/sbin:/usr/bin")
    if program is None or not DICOMWEB_PLUGIN.exists():
        pytest.skip("Orthanc with its DICOMweb plugin is not on this machine (Debian: orthanc, orthanc-dicomweb)")
    one = Orthanc(dicom_port=free_port(), http_port=free_port(), report_port=free_port())
    settings = {
        "StorageDirectory": str(folder / "storage"), "DicomAet": "ORTHANC", "DicomPort": one.dicom_port,
        "HttpPort": one.http_port, "RemoteAccessAllowed": False, "AuthenticationEnabled": False,
        "DicomCheckCalledAet": True, "DicomAlwaysAllowEcho": False, "DicomAlwaysAllowStore": False,
        "DicomModalities": {"spineseg": [OWN_TITLE, "127.0.0.1", one.report_port]},
        "Plugins": [str(DICOMWEB_PLUGIN)], "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }  # fmt: skip
    (folder / "orthanc.json").write_text(json.dumps(settings))
    with (folder / "orthanc.log").open("wb") as log:
        process = subprocess.Popen([program, str(folder / "orthanc.json")], stdout=log, stderr=log)
        try:
            _await(lambda: _answers(one.http_port), process)
            yield one
        finally:
            process.terminate()
            process.wait(timeout=START_SECONDS)


@contextmanager
def running_storescp(folder: Path) -> Iterator[Destination]:
    """DCMTK's storescp, which writes into the folder; the test is skipped where it is not installed."""
    program = shutil.which("storescp", path="/usr/bin")  # pynetdicom brings a program of the same name
    if program is None:
        pytest.skip("DCMTK is not on this machine (Debian: dcmtk)")
    port = free_port()
    process = subprocess.Popen([program, "-aet", "STORESCP", "-od", str(folder), "-pm", str(port)])
    try:
        _await(lambda: _listens(port), process)
        yield Destination(name="dcmtk", peer=DimsePeer(host="127.0.0.1", port=port, called_ae_title="STORESCP"))
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


@dataclass
class Peer:
    """A server of ours."""

    destination: Destination
    received: list[Dataset] = field(default_factory=list)
    contexts: list[str] = field(default_factory=list)


@contextmanager
def running_peer(
    classes: Sequence[str], *, status: int = 0x0000, context: ssl.SSLContext | None = None
) -> Iterator[Peer]:
    """A server that takes only some SOP classes, uncompressed, and answers every C-STORE with one status."""
    entity = AE(ae_title="PEER")
    for one in classes:
        entity.add_supported_context(one, [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
    port = free_port()
    peer = Peer(Destination(name="peer", peer=DimsePeer(host="127.0.0.1", port=port, called_ae_title="PEER")))

    def store(event: evt.Event) -> int:
        dataset = event.dataset
        dataset.file_meta = event.file_meta
        peer.received.append(dataset)
        return status

    def ask(event: evt.Event) -> None:
        proposed = event.assoc.requestor.primitive.presentation_context_definition_list
        peer.contexts.extend(str(one.abstract_syntax) for one in proposed)

    handlers = [(evt.EVT_C_STORE, store), (evt.EVT_REQUESTED, ask)]
    server = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=handlers, ssl_context=context)
    try:
        yield peer
    finally:
        server.shutdown()


def _await(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while not ready():
        assert process.poll() is None, "the peer has ended"
        assert time.monotonic() < end, "the peer does not start"
        time.sleep(0.1)


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/system").close()
    except (urllib.error.URLError, ConnectionError):
        return False
    return True


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionError:
        return False
    return True
