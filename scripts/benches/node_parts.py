"""Parts of the node's drivers: small studies, senders that never give up, a destination that counts, a node to kill."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, StoragePresentationContexts, build_context, evt

from spineseg.domain.volume import make_grid
from spineseg.phantom.dicom import MrProtocol, SeriesHeader, write_series

SLICES = 8


def free_port() -> int:
    """Port of this machine that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def empty_masks(path: Path) -> None:
    """Masks of nothing: the node's own work is what is driven here, and a run then takes under a second."""
    image = SimpleITK.GetImageFromArray(np.zeros((4, 4, 4), np.uint8))
    SimpleITK.WriteImage(image, str(path))


def make_studies(folder: Path, count: int, *, slices: int = SLICES, size: int = 64) -> list[list[Dataset]]:
    """Small sagittal T2 studies that differ in their identifiers only."""
    steps = np.column_stack([(4.0, 0, 0), (0, 0, -1.5), (0, 1.5, 0)])
    affine = np.eye(4)
    affine[:3, :3] = steps
    image = np.random.default_rng(0).integers(50, 900, (slices, size, size)).astype(np.int16)
    studies = []
    for number in range(count):
        header = SeriesHeader(
            protocol=MrProtocol(repetition_time_ms=3600.0, echo_time_ms=105.0, echo_train_length=17),
            study_instance_uid=generate_uid(), series_instance_uid=generate_uid(),
            frame_of_reference_uid=generate_uid(),
            series_number=1, series_description="T2 sagittal spine", patient_id=f"DRIVER-{number}",
        )  # fmt: skip
        paths = write_series(folder / str(number), make_grid(image, affine, header.frame_of_reference_uid), header)
        studies.append([dcmread(path) for path in paths])
    return studies


@dataclass
class Destination:
    """An archive that counts what it is sent, and can be away."""

    port: int
    received: Counter[str] = field(default_factory=Counter)
    studies: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    server: Any = None

    def start(self) -> None:
        """Listen."""
        entity = AE(ae_title="ARCHIVE")
        for context in StoragePresentationContexts:
            entity.add_supported_context(context.abstract_syntax)
        self.server = entity.start_server(
            ("127.0.0.1", self.port), block=False, evt_handlers=[(evt.EVT_C_STORE, self._store)]
        )

    def stop(self) -> None:
        """Go away."""
        self.server.shutdown()

    def _store(self, event: Any) -> int:
        with self.lock:
            uid = str(event.request.AffectedSOPInstanceUID)
            self.received[uid] += 1
            self.studies[uid] = str(event.dataset.StudyInstanceUID)
        return 0x0000


def send(datasets: list[Dataset], port: int, *, answered: list[str], ae_title: str = "MODALITY") -> None:
    """Send until every instance was answered 0x0000, over as many associations as that takes."""
    rest = list(datasets)
    while rest:
        entity = AE(ae_title=ae_title)
        entity.connection_timeout = entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 10
        entity.requested_contexts = [build_context(rest[0].SOPClassUID, rest[0].file_meta.TransferSyntaxUID)]
        association = entity.associate("127.0.0.1", port, ae_title="SPINESEG")
        while rest and association.is_established:
            try:
                status = association.send_c_store(rest[0])
            except (RuntimeError, ValueError):
                break
            if status.get("Status") != 0x0000:
                break
            answered.append(str(rest.pop(0).SOPInstanceUID))
        if association.is_established:
            association.release()
        if rest:
            time.sleep(0.3)


@dataclass
class NodeProcess:
    """`spineseg serve` in a process group of its own, so that a kill takes its workers, too, as a power cut does."""

    folder: Path
    masks: Path
    destination_port: int
    quiet_s: float = 2
    segmenter: str = ""
    free_disk_mb: float = 50
    scheduler: str = "local"
    shared: str = ""
    extra: str = ""
    dicom_port: int = field(default_factory=free_port)
    operations_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def write_settings(self) -> Path:
        """The node's settings."""
        path = self.folder / "node.toml"
        path.write_text(
            f"""[storage]
folder = "data"
free_disk_mb = {self.free_disk_mb}
shared = "{self.shared}"
[receive]
port = {self.dicom_port}
[completion]
quiet_s = {self.quiet_s}
[work]
scheduler = "{self.scheduler}"
segmenter = "{self.segmenter or f"masks:{self.masks}"}"
memory_mb = 3000
backoff_s = 1
stop_wait_s = 5
[send]
attempts = 1000
backoff_s = 1
longest_backoff_s = 5
routes = [{{ to = ["archive"] }}]
[destinations.archive]
host = "127.0.0.1"
port = {self.destination_port}
called_ae_title = "ARCHIVE"
[page]
enabled = false
[operations]
port = {self.operations_port}
{self.extra}
""",
            encoding="utf-8",
        )
        return path

    def start(self, *, wait_s: float = 120.0) -> None:
        """Start and wait until it answers."""
        settings = self.write_settings()
        with (self.folder / "node.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "spineseg", "serve", "--config", str(settings)],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + wait_s
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise SystemExit(f"the node ended by itself: see {self.folder / 'node.log'}")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.operations_port}/healthz", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise SystemExit("the node does not answer")

    def kill(self) -> None:
        """SIGKILL to the node and its workers."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(60)
