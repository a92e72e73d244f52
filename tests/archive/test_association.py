from __future__ import annotations

import socket
import threading
from dataclasses import replace

import pytest
from pynetdicom import build_context

from spineseg.archive.association import associated
from spineseg.archive.commitment import VERIFICATION
from spineseg.archive.destination import Destination, DimsePeer
from spineseg.errors import DestinationError
from tests.archive.peers import running_peer


def test_released_afterwards() -> None:
    """The association is open inside the block and released when it ends."""
    with running_peer([VERIFICATION]) as peer:
        assert isinstance(peer.destination.peer, DimsePeer)
        with associated(peer.destination, peer.destination.peer, [build_context(VERIFICATION)]) as association:
            assert association.is_established
        assert association.is_released


def test_a_silent_peer_is_not_waited_for() -> None:
    """A machine that takes the connection and says nothing ends in one line after the time that the setting gives."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: [server.accept() for _ in range(3)], daemon=True).start()
        peer = DimsePeer(host="127.0.0.1", port=server.getsockname()[1], called_ae_title="X")
        destination = replace(Destination(name="silent", peer=peer), timeout_s=0.5)
        with (
            pytest.raises(DestinationError, match="no answer to the association") as caught,
            associated(destination, peer, [build_context(VERIFICATION)]),
        ):
            pass

    assert caught.value.transient
