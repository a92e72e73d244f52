"""Tests of spineseg.service.associations: what is faster than pynetdicom's own says the same."""

from __future__ import annotations

import queue
import time
from io import BytesIO

import pytest
from pydicom.uid import UID, CTImageStorage
from pynetdicom.dimse_messages import C_STORE_RSP
from pynetdicom.dimse_primitives import C_STORE

from spineseg.service.associations import PatientQueue, store_response


@pytest.mark.parametrize("instance", ["1.2.826.0.1.7", "1.2.826.0.1.71", "1." + "2" * 62])
@pytest.mark.parametrize("status", [0x0000, 0xA700, 0xA900, 0xC000])
def test_the_answer_is_that_of_the_library(instance: str, status: int) -> None:
    """Byte for byte what pynetdicom writes, for UIDs of even and odd length."""
    answer = C_STORE()
    answer.MessageID, answer.MessageIDBeingRespondedTo, answer.Status = 513, 513, status
    answer.AffectedSOPClassUID, answer.AffectedSOPInstanceUID = CTImageStorage, UID(instance)
    library = C_STORE_RSP()
    library.primitive_to_message(answer)
    (unit,) = library.encode_msg(1, 16384)
    ((_, expected),) = unit.presentation_data_value_list

    assert b"\x03" + store_response(answer) == expected
    assert BytesIO(expected).getbuffer().nbytes % 2 == 1


def test_a_message_ends_the_wait() -> None:
    """Who asks without wanting to wait gets what comes meanwhile at once, and nothing after a moment."""
    messages = PatientQueue()
    with pytest.raises(queue.Empty):
        messages.get(block=False)
    messages.put("a message")

    began = time.monotonic()
    assert messages.get(block=False) == "a message"
    assert time.monotonic() - began < 0.04
