"""DICOM requests -> answers: C-ECHO, C-STORE of any storage class, storage commitment; nothing is analysed here."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydicom import config
from pydicom.uid import UID
from pynetdicom import _config, evt
from pynetdicom.dsutils import create_file_meta, encode_file_meta
from pynetdicom.sop_class import StorageCommitmentPushModel, Verification  # type: ignore[attr-defined]

from spineseg.archive.commitment import CommitmentInbox, commitment_handler
from spineseg.archive.destination import Tls
from spineseg.archive.tls import server_context
from spineseg.errors import SettingsError
from spineseg.service.activity import Activity, Counters
from spineseg.service.commitment_reports import CommitmentReporter
from spineseg.service.connections import NodeEntity, NodeServer
from spineseg.service.database import Sessions
from spineseg.service.layout import Layout
from spineseg.service.peers import read_peers
from spineseg.service.reception import Incoming, MismatchError, NoRoomError, NotUnderstoodError, receive
from spineseg.service.settings import ReceiveSettings

LOGGER = logging.getLogger(__name__)

# PS3.4 table B.2-1 and PS3.7 annex C.
SUCCESS = 0x0000
NO_ROOM = 0xA700
MISMATCH = 0xA900
CANNOT_UNDERSTAND = 0xC000
NOT_AUTHORISED = 0x0124
# PS3.8 table 9-21: rejected permanent by the service user.
_CALLING_NOT_KNOWN = (0x01, 0x01, 0x03)

_STAND_IN = "\x01"  # for each character of a UID; it occurs nowhere else in a head
_MAXIMUM_PDU_BYTES = 131072  # fastest of those measured with encoded datasets (dicom.md section 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """A running listener."""

    entity: NodeEntity
    server: NodeServer
    reporter: CommitmentReporter
    library_before: tuple[bool, str]

    @property
    def port(self) -> int:
        """Port that it listens at."""
        return int(self.server.server_address[1])

    def stop(self) -> None:
        """Take no more connections and end those that there are."""
        self.entity.shutdown()
        self.reporter.stop()
        _config.UNRESTRICTED_STORAGE_SERVICE, _config.LOG_HANDLER_LEVEL = self.library_before


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """What the handlers need."""

    settings: ReceiveSettings
    layout: Layout
    free_disk_mb: float
    activity: Activity
    counters: Counters
    inbox: CommitmentInbox
    sessions: Sessions


def start_receiver(reception: Reception) -> Receiver:
    """Listen.

    Raises
    ------
    SettingsError
        The port is taken, or a certificate or a peer's address is wrong.
    """
    settings = reception.settings
    peers = read_peers(settings.peers)
    tls = None
    if settings.tls is not None:
        files = settings.tls
        tls = server_context(Tls(ca_file=files.authorities, certificate_file=files.certificate, key_file=files.key))
    entity = _entity(settings)
    reporter = CommitmentReporter(reception.layout, settings, reception.sessions)
    before = (_config.UNRESTRICTED_STORAGE_SERVICE, _config.LOG_HANDLER_LEVEL)
    # Any storage class, also private ones and those that pynetdicom does not know yet; what the peer prefers.
    _config.UNRESTRICTED_STORAGE_SERVICE = True
    _config.LOG_HANDLER_LEVEL = "none"  # pynetdicom would word every message, also for a log that nobody keeps
    try:
        server = entity.make_server(
            (settings.host, settings.port),
            ssl_context=tls,
            evt_handlers=_handlers(reception, peers, reporter),
            server_class=NodeServer,
        )
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        where = f"{settings.host}:{settings.port}"
        raise SettingsError(f"cannot listen for DICOM: {reason}", where, "choose another receive.port") from error
    assert isinstance(server, NodeServer)
    server.peers = peers
    entity.serve(server)
    return Receiver(entity=entity, server=server, reporter=reporter, library_before=before)


def _entity(settings: ReceiveSettings) -> NodeEntity:
    entity = NodeEntity(ae_title=settings.ae_title)
    entity.maximum_associations = settings.maximum_associations
    entity.maximum_pdu_size = _MAXIMUM_PDU_BYTES
    entity.require_called_aet = settings.check_called_ae_title
    entity.acse_timeout = settings.association_timeout_s
    entity.network_timeout = entity.dimse_timeout = settings.idle_timeout_s
    entity.add_supported_context(Verification)
    # Who asks for commitment is its SCU; who reports to us on a new association asks for the SCP role (PS3.4 J.3.3).
    entity.add_supported_context(StorageCommitmentPushModel, scu_role=True, scp_role=True)
    return entity


def _handlers(reception: Reception, peers: Any, reporter: CommitmentReporter) -> list[Any]:
    ended = (evt.EVT_RELEASED, evt.EVT_ABORTED, evt.EVT_CONN_CLOSE)
    return [
        (evt.EVT_REQUESTED, _on_requested, [reception, peers]),
        (evt.EVT_PDU_RECV, _on_pdu, [reception]),
        (evt.EVT_C_ECHO, _on_echo),
        (evt.EVT_C_STORE, _on_store, [reception, peers]),
        (evt.EVT_N_ACTION, reporter.on_action),
        commitment_handler(reception.inbox),
        *((event, _on_end, [reception]) for event in ended),
    ]


def _on_requested(event: Any, reception: Reception, peers: Any) -> None:
    association = event.assoc
    title = str(association.requestor.primitive.calling_ae_title)
    if not peers.knows(title, association.requestor.address):
        reception.counters.add("associations_refused", "unknown peer")
        association.acse.send_reject(*_CALLING_NOT_KNOWN)
        association.is_rejected = True
        association.kill()


def _on_pdu(event: Any, reception: Reception) -> None:
    """End an association whose instance grows beyond the limit: nothing else stops it from filling the memory."""
    message = event.assoc.dimse.message
    if message is None or message.data_set is None:
        return
    if message.data_set.tell() > reception.settings.maximum_instance_mb * 1e6:
        reception.counters.add("instances_refused", "too large")
        LOGGER.warning("an instance is larger than receive.maximum_instance_mb; association aborted")
        message.data_set.truncate(0)
        event.assoc.abort()


def _on_echo(_event: Any) -> int:
    return SUCCESS


def _on_store(event: Any, reception: Reception, peers: Any) -> int:  # noqa: PLR0911 (a status each)
    """Status of one C-STORE: whatever goes wrong is answered, and the listener lives on."""
    association = event.assoc
    title = str(association.requestor.ae_title)
    if not peers.knows(title, association.requestor.address):
        return NOT_AUTHORISED
    try:
        received = receive(_incoming(event, title), reception.layout, free_disk_mb=reception.free_disk_mb)
    except NoRoomError:
        return _refused(reception, "no room", NO_ROOM)
    except MismatchError:
        return _refused(reception, "mismatch", MISMATCH)
    except NotUnderstoodError:
        return _refused(reception, "not understood", CANNOT_UNDERSTAND)
    except OSError as error:
        LOGGER.error("an instance cannot be written: %s", error.strerror)
        return _refused(reception, "cannot write", NO_ROOM)
    except Exception as error:  # noqa: BLE001 (the listener's border)
        # The message may quote header values; the type holds no patient data.
        LOGGER.error("an instance cannot be received: %s", type(error).__name__)
        return _refused(reception, "defect", CANNOT_UNDERSTAND)
    reception.counters.add("instances_received", "new" if received.is_new else "again")
    if received.is_new:
        reception.activity.arrived(received.study_instance_uid, sent_by=title, association=id(association))
    return SUCCESS


def _on_end(event: Any, reception: Reception) -> None:
    reception.activity.closed(id(event.assoc))


def _refused(reception: Reception, reason: str, status: int) -> int:
    reception.counters.add("instances_refused", reason)
    return status


def _incoming(event: Any, title: str) -> Incoming:
    sop_class_uid, sop_instance_uid = (
        str(uid) for uid in (event.request.AffectedSOPClassUID, event.request.AffectedSOPInstanceUID)
    )
    syntax = event.context.transfer_syntax
    stand_in = _STAND_IN * len(sop_instance_uid)
    head = _head(sop_class_uid, stand_in, str(syntax), title)
    return Incoming(
        sop_class_uid=sop_class_uid,
        sop_instance_uid=sop_instance_uid,
        transfer_syntax_uid=syntax,
        head=head.replace(stand_in.encode("ascii"), sop_instance_uid.encode("ascii", "replace"), 1),
        dataset=event.request.DataSet,
        sent_by=title,
    )


@lru_cache(maxsize=256)
def _head(sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str, title: str) -> bytes:
    """Preamble and file meta information (PS3.10 section 7.1); instances of a series differ in one UID only."""
    with config.disable_value_validation():
        meta = create_file_meta(
            sop_class_uid=UID(sop_class_uid),
            sop_instance_uid=UID(sop_instance_uid),
            transfer_syntax=UID(transfer_syntax_uid),
        )
        meta.SourceApplicationEntityTitle = title
        return b"\0" * 128 + b"DICM" + encode_file_meta(meta)
