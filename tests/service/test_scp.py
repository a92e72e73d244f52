"""Tests of spineseg.service.scp: real associations on loopback, from pynetdicom and DCMTK."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import dcmread, dcmwrite
from pydicom.uid import JPEG2000Lossless, RLELossless
from pynetdicom import AE

from spineseg.service import scp
from spineseg.service.scp import Receiver, Reception
from spineseg.service.settings import PeerSettings, ReceiveSettings
from tests.service.peers_and_files import associate, instance, new_study, receiving, send

# Debian's, and not pynetdicom's scripts of the same names.
STORESCU = "/usr/bin/storescu"
SETTINGS = ReceiveSettings(
    peers=(
        PeerSettings(ae_title="CT1", addresses=("127.0.0.1",)),
        PeerSettings(ae_title="AWAY", addresses=("10.9.9.9",)),
    ),
    maximum_instance_mb=0.5,
    association_timeout_s=3,
)
Listening = tuple[Receiver, Reception]


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A listener for all tests."""
    receiver, reception = receiving(tmp_path_factory.mktemp("node"), SETTINGS)
    yield receiver, reception
    receiver.stop()


def test_instances_are_on_disk_when_they_are_answered(listening: Listening) -> None:
    """C-STORE of any class is answered 0x0000 once it lies on disk; the study is noticed with its sender."""
    receiver, reception = listening
    private = instance(3, study="1.2.826.0.1.7", sop_class="1.2.826.0.1.3680043.2.1545.1")

    statuses = send(receiver.port, [instance(1, study="1.2.826.0.1.7"), instance(2, study="1.2.826.0.1.7"), private])

    assert statuses == [0, 0, 0]
    folder = reception.layout.study("1.2.826.0.1.7")
    assert sorted(path.name for path in folder.rglob("*.dcm")) == [f"1.2.826.0.1.7.{n}.dcm" for n in (1, 2, 3)]
    noticed = {one.study_instance_uid: one.sent_by for one in reception.activity.arrivals()}
    assert noticed["1.2.826.0.1.7"] == "CT1"


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, RLELossless])
def test_compressed_instances_stay_as_they_came(listening: Listening, syntax: str) -> None:
    """The transfer syntax on disk is the sender's."""
    receiver, reception = listening
    dataset = instance(1, study=new_study(), side=64)
    dataset.compress(syntax)

    assert send(receiver.port, [dataset]) == [0]
    path = reception.layout.images(dataset.StudyInstanceUID) / f"{dataset.SOPInstanceUID}.dcm"
    assert dcmread(path).file_meta.TransferSyntaxUID == syntax
    assert dcmread(path).PixelData == dataset.PixelData


@pytest.mark.parametrize(
    ("calling", "called", "source", "diagnostic"),
    [("CT2", "SPINESEG", 1, 3), ("AWAY", "SPINESEG", 1, 3), ("CT1", "OTHER", 1, 7)],
    ids=["unknown title", "wrong address", "not our title"],
)
def test_strangers_are_rejected(listening: Listening, calling: str, called: str, source: int, diagnostic: int) -> None:
    """An unknown peer, a known one elsewhere and a wrong called title get the standard's rejections."""
    association = associate(listening[0].port, [instance()], calling=calling, called=called)

    assert association.is_rejected
    answer = association.acceptor.primitive
    assert (answer.result, answer.result_source, answer.diagnostic) == (1, source, diagnostic)


def test_echo(listening: Listening) -> None:
    """C-ECHO is answered with success."""
    entity = AE(ae_title="CT1")
    entity.add_requested_context("1.2.840.10008.1.1")
    association = entity.associate("127.0.0.1", listening[0].port, ae_title="SPINESEG")

    assert association.send_c_echo().Status == 0x0000
    association.release()


def test_no_room_and_no_sense_have_their_statuses(tmp_path: Path) -> None:
    """A full disk is A700 (try again), a dataset without a Study Instance UID is C000 (never again)."""
    receiver, _ = receiving(tmp_path, SETTINGS, free_disk_mb=1e12)
    try:
        senseless = instance(2)
        senseless.StudyInstanceUID = "no uid"
        association = associate(receiver.port, [instance()])
        statuses = [association.send_c_store(one).Status for one in (instance(), senseless)]
        association.release()
    finally:
        receiver.stop()

    assert statuses == [scp.NO_ROOM, scp.CANNOT_UNDERSTAND]


def test_an_instance_beyond_the_limit_ends_its_association(listening: Listening) -> None:
    """Nothing of it is kept, and the next sender is served."""
    receiver, reception = listening
    large = instance(1, study=new_study(), side=1024)  # 2 MB, the limit is 0.5 MB
    association = associate(receiver.port, [large])

    answer = association.send_c_store(large)

    assert "Status" not in answer
    assert not reception.layout.study(large.StudyInstanceUID).exists()
    assert send(receiver.port, [instance(1, study=new_study())]) == [0]


def _served_within(seconds: float, port: int) -> bool:
    """Whether a sender that tries again is served: the place becomes free a moment after the release is answered."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        association = associate(port, [instance()])
        if association.is_established:
            association.release()
            return True
        time.sleep(0.05)
    return False


def test_the_limit_on_associations_is_transient(tmp_path: Path) -> None:
    """One too many is rejected for now, so that routers try again; the place is free after a release."""
    receiver, _ = receiving(tmp_path, SETTINGS.model_copy(update={"maximum_associations": 1}))
    try:
        first = associate(receiver.port, [instance()])
        second = associate(receiver.port, [instance()])
        first.release()
        served = _served_within(10.0, receiver.port)
    finally:
        receiver.stop()

    assert second.is_rejected
    assert second.acceptor.primitive.result == 2  # transient (PS3.8 table 9-21)
    assert served


@pytest.mark.skipif(not Path(STORESCU).exists(), reason="DCMTK's storescu is not installed")
def test_dcmtk_sends(listening: Listening, tmp_path: Path) -> None:
    """DCMTK's storescu delivers a folder."""
    receiver, reception = listening
    study = new_study()
    for number in range(1, 6):
        dcmwrite(tmp_path / f"{number}.dcm", instance(number, study=study), enforce_file_format=True)

    done = subprocess.run(
        [STORESCU, "-aet", "CT1", "-aec", "SPINESEG", "+sd", "127.0.0.1", str(receiver.port), str(tmp_path)],
        env={**os.environ, "TCP_NODELAY": "1"}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert len(list(reception.layout.images(study).glob("*.dcm"))) == 5


def test_stopping_gives_pynetdicom_its_setting_back(tmp_path: Path) -> None:
    """The listener's liberal negotiation ends with it."""
    from pynetdicom import _config

    before = (_config.UNRESTRICTED_STORAGE_SERVICE, _config.LOG_HANDLER_LEVEL)
    receiver, _ = receiving(tmp_path, SETTINGS)
    receiver.stop()

    assert before == (_config.UNRESTRICTED_STORAGE_SERVICE, _config.LOG_HANDLER_LEVEL)
