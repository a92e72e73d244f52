"""A person's lesion mask by real C-STORE: run, new report with its predecessor, destination, and no loop."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, AllStoragePresentationContexts, evt

from spineseg.phantom.cases import make_case
from spineseg.phantom.segmenter import TruthSegmenter
from spineseg.phantom.study import write_case
from spineseg.pipeline import run_study
from spineseg.reporting.sr_reader import read_findings
from spineseg.service.node import Node, start_node
from spineseg.service.studies import find_study
from tests.service.peers_and_files import node_settings

STORESCU = "/usr/bin/storescu"
QUIET_S = 2.0
LONGEST_S = 300.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path(STORESCU).exists(), reason="DCMTK's storescu is not installed"),
]


@dataclass
class _Archive:
    """Keeps what it is sent, as files that DCMTK can send on."""

    folder: Path
    port: int = 0
    received: Counter[str] = field(default_factory=Counter)

    def store(self, event: evt.Event) -> int:
        dataset = event.dataset
        dataset.file_meta = event.file_meta
        uid = str(dataset.SOPInstanceUID)
        self.received[uid] += 1
        dataset.save_as(self.folder / f"{uid}.dcm", enforce_file_format=True)
        return 0x0000

    def of(self, modality: str) -> list[Dataset]:
        return [one for path in sorted(self.folder.iterdir()) if (one := dcmread(path)).Modality == modality]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[_Archive]:
    """An archive on loopback."""
    made = _Archive(tmp_path / "archive")
    made.folder.mkdir()
    entity = AE(ae_title="ARCHIVE")
    for context in AllStoragePresentationContexts:
        entity.add_supported_context(context.abstract_syntax)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, made.store)])
    made.port = server.server_address[1]
    yield made
    server.shutdown()


@dataclass(frozen=True)
class _Phantom:
    """One series of a tumour that compresses the cord, its true anatomy, and the mask that a person draws of it."""

    images: Path
    anatomy: Path
    drawn: Path


@pytest.fixture
def phantom(tmp_path: Path) -> _Phantom:
    """Axial T2 of ESCC 2 at T7; the person's mask is the truth, said to be drawn at a workstation."""
    case = make_case("escc-2-t7")
    protocols = [one for one in case.protocols if "axial" in one.name]
    write_case(case, tmp_path / "phantom", protocols=protocols)
    images = tmp_path / "phantom" / "dicom"
    run_study(images, tmp_path / "truth", TruthSegmenter(case.phantom), now=datetime.now(UTC))
    drawn = dcmread(tmp_path / "truth" / "lesions.seg.dcm")
    drawn.Manufacturer, drawn.ManufacturerModelName = "A workstation", "Editor"
    drawn.SOPInstanceUID = drawn.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    drawn.SeriesInstanceUID = generate_uid()
    for segment in drawn.SegmentSequence:
        segment.SegmentAlgorithmType = "MANUAL"
    drawn.save_as(tmp_path / "drawn.dcm")
    anatomy = tmp_path / "anatomy" / "anatomy.seg.dcm"  # alone, or the masks would hold the lesions from the start
    anatomy.parent.mkdir()
    (tmp_path / "truth" / "anatomy.seg.dcm").rename(anatomy)
    return _Phantom(images, anatomy, tmp_path / "drawn.dcm")


@pytest.fixture
def node(tmp_path: Path, phantom: _Phantom, archive: _Archive) -> Iterator[Node]:
    """A node with a worker process, masks for anatomy, and the archive as its destination."""
    peer = {"name": "a", "peer": {"host": "127.0.0.1", "port": archive.port, "called_ae_title": "ARCHIVE"}}
    settings = node_settings(
        tmp_path / "node", receive={"port": 0}, completion={"quiet_s": QUIET_S}, destinations={"a": peer},
        work={"segmenter": f"masks:{phantom.anatomy}"}, send={"routes": [{"to": ["a"]}]}, page={"enabled": False},
        operations={"port": None},
    )  # fmt: skip
    made = start_node(settings)
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    yield made
    made.stop()
    thread.join(30)


def _send(node: Node, *paths: Path) -> None:
    done = subprocess.run(
        [STORESCU, "-aet", "WORKSTATION", "-aec", "SPINESEG", "+sd", "+r", "-R", "127.0.0.1", str(node.receiver.port),
         *map(str, paths)],
        env={**os.environ, "TCP_NODELAY": "1"}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def _runs(node: Node, study_uid: str) -> list[tuple[str, str, list[str]]]:
    with node.intake.sessions.begin() as session:
        row = find_study(session, study_uid)
        jobs = [] if row is None else row.study.jobs
        return [(job.kind, job.state, [one.state for one in job.deliveries]) for job in jobs]


def _wait_for(node: Node, study_uid: str, runs: list[tuple[str, str, list[str]]]) -> None:
    deadline = time.monotonic() + LONGEST_S
    while (seen := _runs(node, study_uid)) != runs:
        assert time.monotonic() < deadline, seen
        time.sleep(0.2)


def test_a_persons_mask_is_graded_reported_and_sent_once(node: Node, phantom: _Phantom, archive: _Archive) -> None:
    """By storescu: images, then the mask; the new SR supersedes the first, both reach the archive, none comes back."""
    study_uid = str(dcmread(phantom.drawn, stop_before_pixels=True).StudyInstanceUID)
    first, second = ("study", "done", ["done"]), ("regrade", "done", ["done"])
    _send(node, phantom.images)
    _wait_for(node, study_uid, [first])
    (machines,) = archive.of("SR")
    _send(node, phantom.drawn)
    _wait_for(node, study_uid, [first, second])

    (new,) = (one for one in archive.of("SR") if one.SOPInstanceUID != machines.SOPInstanceUID)
    (named,) = new.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence
    assert named.ReferencedSOPInstanceUID == machines.SOPInstanceUID
    assert read_findings(machines).lesions == ()
    (lesion,) = read_findings(new).lesions
    assert (lesion.escc.low.value, lesion.escc.high.value) == ("2", "2")

    _send(node, archive.folder)  # as an archive that forwards everything, our own segmentations among it
    _send(node, phantom.drawn)
    time.sleep(3 * QUIET_S)
    _wait_for(node, study_uid, [first, second])
    assert node.intake.activity.arrivals() == ()
    assert set(archive.received.values()) == {1}
