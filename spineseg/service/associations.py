"""Accepted connection -> association of pynetdicom that reads in large pieces and sleeps until there is something.

The library's own looks a thousand times a second at each connection in two threads, reads 4096 bytes a call, and words
every answer as a dataset, which took most of the time that an instance cost (scripts/bench node). What is said on the
wire stays the same.
"""

from __future__ import annotations

import os
import queue
import select
import ssl
import struct
import time
from typing import Any

from pynetdicom.association import Association
from pynetdicom.dimse import DIMSEServiceProvider
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.pdu_primitives import P_DATA
from pynetdicom.transport import AssociationSocket, RequestHandler

_AT_ONCE_BYTES = 1 << 16  # taken from a connection in one call
# Who keeps to what was negotiated stays far below (PS3.8 annex D.1; ours is 131072); a request for an association is
# not bound by it.
_LARGEST_PDU_BYTES = 1 << 24  # [P]
# A thread that nothing wakes looks so often whether its association has ended or timed out. [P]
_LOOK_EVERY_S = 0.05
_LOOP_PAUSE_S = 0.0001  # of pynetdicom's loop before it asks whether there is something, which here waits by itself
# PS3.8 annex E.2: a command, its last fragment. PS3.7 table E.1-1: a response's command field and "no dataset".
_LAST_COMMAND_FRAGMENT = b"\x03"
_C_STORE_RESPONSE, _NO_DATASET = 0x8001, 0x0101


class NodeHandler(RequestHandler):
    """Makes an association of a connection."""

    def _create_association(self) -> Association:
        association = super()._create_association()
        association.dimse = NodeMessages(association)
        assert association.dul.socket is not None
        taken = NodeSocket(association.dul.socket)
        association.dul.socket = taken
        association.dul.to_provider_queue = WakingQueue(taken)
        association.dul._run_loop_delay = _LOOP_PAUSE_S
        return association


class NodeSocket(AssociationSocket):
    """Connection that a thread waits at, until the peer says something or there is something to say."""

    def __init__(self, made: AssociationSocket) -> None:
        # Made anew it would announce its connection to the association a second time.
        self.__dict__.update(made.__dict__)
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def __del__(self) -> None:
        os.close(self._wake)

    def wake(self) -> None:
        """Let the thread that waits go on."""
        os.eventfd_write(self._wake, 1)

    @property
    def ready(self) -> bool:
        """Whether there is something to read; waits for it a while."""
        if self.socket is None or not self._is_connected:
            time.sleep(_LOOK_EVERY_S / 10)
            return False
        if isinstance(self.socket, ssl.SSLSocket) and self.socket.pending():
            return True
        poll = select.poll()
        try:
            poll.register(self.socket, select.POLLIN)
            poll.register(self._wake, select.POLLIN)
            found = {handle for handle, _ in poll.poll(_LOOK_EVERY_S * 1000)}
        except (OSError, ValueError):
            self.event_queue.put("Evt17")  # PS3.8 table 9-10: transport connection closed
            return False
        if self._wake in found:
            os.eventfd_read(self._wake)
        return len(found - {self._wake}) > 0

    def recv(self, nr_bytes: int) -> bytearray:
        """Read `nr_bytes`, or fewer where the peer closes the connection first.

        Raises
        ------
        ConnectionError
            The peer announces more than any message unit may hold.
        """
        if nr_bytes > _LARGEST_PDU_BYTES:
            raise ConnectionError("a message unit is larger than the node takes")
        assert self.socket is not None
        stream = bytearray()
        while len(stream) < nr_bytes:
            piece = self.socket.recv(min(nr_bytes - len(stream), _AT_ONCE_BYTES))
            if not piece:
                break
            stream += piece
        return stream


class WakingQueue(queue.Queue[Any]):
    """What is to be sent; the thread that sends it is woken."""

    def __init__(self, connection: NodeSocket) -> None:
        super().__init__()
        self._connection = connection

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Add something to send."""
        super().put(item, block, timeout)
        self._connection.wake()


class PatientQueue(queue.Queue[Any]):
    """Messages; who asks without wanting to wait waits a little, instead of asking a thousand times a second."""

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """The next message.

        Raises
        ------
        queue.Empty
            There is none.
        """
        return super().get(True, timeout if block else _LOOK_EVERY_S)


class NodeMessages(DIMSEServiceProvider):
    """Messages of an association; answers to C-STORE are written without a dataset in between."""

    def __init__(self, association: Association) -> None:
        super().__init__(association)
        self.msg_queue = PatientQueue()

    def send_msg(self, primitive: Any, context_id: int) -> None:
        """Send a message."""
        is_answer = isinstance(primitive, C_STORE) and primitive.MessageIDBeingRespondedTo is not None
        if not is_answer or primitive.ErrorComment or primitive.OffendingElement:
            super().send_msg(primitive, context_id)
            return
        unit = P_DATA()
        answer: Any = [context_id, _LAST_COMMAND_FRAGMENT + store_response(primitive)]  # declared a tuple, and refused
        unit.presentation_data_value_list = [answer]
        self.dul.send_pdu(unit)


def store_response(answer: C_STORE) -> bytes:
    """Command set of a C-STORE response, implicit little endian (PS3.7 table 9.3-2 and section 6.3.1)."""
    elements = b"".join(
        (
            _uid(0x0002, str(answer.AffectedSOPClassUID)),
            _number(0x0100, _C_STORE_RESPONSE),
            _number(0x0120, answer.MessageIDBeingRespondedTo),
            _number(0x0800, _NO_DATASET),
            _number(0x0900, answer.Status),
            _uid(0x1000, str(answer.AffectedSOPInstanceUID)),
        )
    )
    return struct.pack("<HHLL", 0, 0, 4, len(elements)) + elements


def _number(element: int, value: Any) -> bytes:
    return struct.pack("<HHLH", 0, element, 2, int(value))


def _uid(element: int, uid: str) -> bytes:
    value = uid.encode("ascii", "replace")
    value += b"\0" * (len(value) % 2)
    return struct.pack("<HHL", 0, element, len(value)) + value
