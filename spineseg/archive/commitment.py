"""Instances -> storage commitment request; event information -> CommitmentReport (PS3.4 annex J)."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid
from pynetdicom import AE, evt
from pynetdicom.association import Association

from spineseg.archive.send_report import CommitmentOutcome, CommitmentReport, InstanceOutcome
from spineseg.archive.statuses import SUCCESS, status_words
from spineseg.errors import SettingsError

VERIFICATION = UID("1.2.840.10008.1.1")  # PS3.4 A.4
PUSH_MODEL = UID("1.2.840.10008.1.20.1")  # PS3.4 J.3.1
# The one well-known instance of the push model (PS3.4 J.3.5) and its action (J.3.2).
PUSH_MODEL_INSTANCE = "1.2.840.10008.1.20.1.1"
REQUEST_COMMITMENT = 1
_CANNOT_UNDERSTAND = 0x0110  # processing failure (PS3.7 C.5.2)
_TRANSFER_SYNTAXES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]


class CommitmentInbox:
    """Reports as they come in, by transaction; whoever asked waits here for the answer."""

    def __init__(self) -> None:
        self._reports: dict[str, CommitmentReport] = {}
        self._changed = threading.Condition()

    def put(self, report: CommitmentReport) -> None:
        """Add a report."""
        with self._changed:
            self._reports[report.transaction_uid] = report
            self._changed.notify_all()

    def take(self, transaction_uid: str, timeout_s: float) -> CommitmentReport | None:
        """The report of a transaction, removed; None where none comes in time.

        Parameters
        ----------
        timeout_s
            How long to wait [s].
        """
        with self._changed:
            self._changed.wait_for(lambda: transaction_uid in self._reports, timeout_s)
            return self._reports.pop(transaction_uid, None)


def commitment_request(instances: Iterable[tuple[str, str]], transaction_uid: str) -> Dataset:
    """Action information of a request (PS3.4 table J.3-1).

    Parameters
    ----------
    instances
        SOP class UID and SOP instance UID of each.
    """
    request = Dataset()
    request.TransactionUID = transaction_uid
    request.ReferencedSOPSequence = [_reference(*pair) for pair in instances]
    return request


def read_commitment(information: Dataset) -> CommitmentReport:
    """What the event information of a report says (PS3.4 table J.3-2)."""
    committed = (str(item.ReferencedSOPInstanceUID) for item in information.get("ReferencedSOPSequence") or ())
    failed = information.get("FailedSOPSequence") or ()
    return CommitmentReport(
        transaction_uid=str(information.TransactionUID),
        committed=frozenset(committed),
        failed={str(item.ReferencedSOPInstanceUID): int(item.FailureReason) for item in failed},
    )


def commitment_handler(inbox: CommitmentInbox) -> tuple[Any, Any]:
    """Handler of pynetdicom that puts every report into the inbox; for a requestor and for a node's server."""

    def receive(event: Any) -> tuple[int, None]:
        try:
            inbox.put(read_commitment(event.event_information))
        except (AttributeError, TypeError, ValueError):
            return _CANNOT_UNDERSTAND, None
        return SUCCESS, None

    return evt.EVT_N_EVENT_REPORT, receive


def request_commitment(
    association: Association, outcomes: Sequence[InstanceOutcome], inbox: CommitmentInbox, *, timeout_s: float
) -> CommitmentOutcome:
    """Ask the peer to commit to what it took, and await its report in the inbox.

    Parameters
    ----------
    timeout_s
        How long the report is awaited [s]; 0 asks and goes.
    """
    stored = [(one.sop_class_uid, one.sop_instance_uid) for one in outcomes if one.stored]
    offered = any(context.abstract_syntax == PUSH_MODEL for context in association.accepted_contexts)
    if not stored or not association.is_established:
        return CommitmentOutcome(note="not asked for: nothing was stored")
    if not offered:
        return CommitmentOutcome(note="the peer does not offer storage commitment")
    transaction_uid = str(generate_uid())  # a new one for each request (PS3.4 J.3.2.1.1)
    request = commitment_request(stored, transaction_uid)
    answer, _ = association.send_n_action(request, REQUEST_COMMITMENT, PUSH_MODEL, UID(PUSH_MODEL_INSTANCE))
    status = answer.get("Status")
    if status != SUCCESS:
        reason = "no answer" if status is None else status_words(status)
        return CommitmentOutcome(note=f"the peer did not take the request for storage commitment: {reason}")
    report = inbox.take(transaction_uid, timeout_s)
    note = f"no report of storage commitment within {timeout_s:g} s" if report is None and timeout_s else ""
    return CommitmentOutcome(transaction_uid=transaction_uid, report=report, note=note)


@contextmanager
def listening(
    address: tuple[str, int], ae_title: str, inbox: CommitmentInbox, context: ssl.SSLContext | None = None
) -> Iterator[None]:
    """Server that takes reports on new associations while the block runs.

    Raises
    ------
    SettingsError
        The address or its port cannot be used.
    """
    entity = AE(ae_title=ae_title)
    entity.add_supported_context(VERIFICATION, _TRANSFER_SYNTAXES)
    # The peer opens the association, yet provides the service: it asks for the SCP role (PS3.4 J.3.3).
    entity.add_supported_context(PUSH_MODEL, _TRANSFER_SYNTAXES, scu_role=False, scp_role=True)
    try:
        server = entity.start_server(
            address, block=False, evt_handlers=[commitment_handler(inbox)], ssl_context=context
        )
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise SettingsError(
            f"cannot listen for storage commitment: {reason}", f"port {address[1]}", "choose another listen_port"
        ) from error
    try:
        yield
    finally:
        if server is not None:
            server.shutdown()


def _reference(sop_class_uid: str, sop_instance_uid: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = sop_class_uid
    item.ReferencedSOPInstanceUID = sop_instance_uid
    return item
