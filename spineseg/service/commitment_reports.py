"""Storage commitment requests -> reports on a new association: which of the instances named are safe on our disk."""

from __future__ import annotations

import logging
import threading
from collections import deque
from datetime import UTC, datetime
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom import AE, build_role
from pynetdicom.sop_class import StorageCommitmentPushModel  # type: ignore[attr-defined]
from sqlalchemy.exc import SQLAlchemyError

from spineseg.archive.commitment import PUSH_MODEL_INSTANCE, REQUEST_COMMITMENT
from spineseg.service.commitment_requests import (
    Asked,
    due_requests,
    note_not_reported,
    note_reported,
    note_request,
)
from spineseg.service.database import Sessions
from spineseg.service.layout import SUFFIX, Layout, is_uid
from spineseg.service.settings import ReceiveSettings

LOGGER = logging.getLogger(__name__)

_SUCCESS, _NO_SUCH_ACTION, _PROCESSING_FAILURE = 0x0000, 0x0123, 0x0110  # PS3.7 annex C
_NO_SUCH_INSTANCE = 0x0112  # failure reason (PS3.3 C.14-1)
_ALL_SAFE, _SOME_FAILED = 1, 2  # event types (PS3.4 J.3.3)
_TIMEOUT_S = 30.0
# A request wakes the reporter; an attempt that is due again is found so late at most. [P]
_LOOK_EVERY_S = 2.0


class CommitmentReporter:
    """Keeps requests in the database before it answers them, and reports from a thread of its own."""

    def __init__(self, layout: Layout, settings: ReceiveSettings, sessions: Sessions) -> None:
        self._layout = layout
        self._settings = settings
        self._sessions = sessions
        self._asked, self._ending = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._work, name="commitment-reports", daemon=True)
        self._thread.start()

    def on_action(self, event: Any) -> tuple[int, None]:
        """Status of an N-ACTION: success once the request outlives a power cut.

        One of a peer whose `report_peers` address is not known fails, and so does one that cannot be kept.
        """
        title = str(event.assoc.requestor.ae_title).strip()
        if event.action_type != REQUEST_COMMITMENT:
            return _NO_SUCH_ACTION, None
        if title not in self._settings.report_peers:
            LOGGER.warning("storage commitment was asked for by an AE that receive.report_peers does not name")
            return _PROCESSING_FAILURE, None
        try:
            self._keep(title, event.action_information)
        except (AttributeError, TypeError, ValueError):
            return _PROCESSING_FAILURE, None
        except (SQLAlchemyError, OSError) as error:
            LOGGER.error("a request for storage commitment cannot be kept: %s", type(error).__name__)
            return _PROCESSING_FAILURE, None
        self._asked.set()
        return _SUCCESS, None

    def stop(self) -> None:
        """End after the report in hand; the others are delivered after the next start."""
        self._ending.set()
        self._asked.set()

    def look(self, now: datetime) -> None:
        """Try to deliver every report that is due."""
        with self._sessions.begin() as session:
            due = due_requests(session, now)
        for request in due:
            if self._ending.is_set():
                return
            delivered = self._deliver(request, self._report(request))
            with self._sessions.begin() as session:
                if delivered:
                    note_reported(session, request.id)
                elif not note_not_reported(session, request.id, now=now):
                    LOGGER.error("a storage commitment report could not be delivered")

    def _work(self) -> None:
        while not self._ending.is_set():
            try:
                self.look(datetime.now(UTC))
            except (SQLAlchemyError, OSError) as error:
                LOGGER.error("storage commitment reports wait: %s", type(error).__name__)
            self._asked.wait(_LOOK_EVERY_S)
            self._asked.clear()

    def _keep(self, title: str, information: Dataset) -> None:
        references = [
            (str(item.ReferencedSOPClassUID), str(item.ReferencedSOPInstanceUID))
            for item in information.ReferencedSOPSequence
        ]
        with self._sessions.begin() as session:
            note_request(session, title, str(information.TransactionUID), references, now=datetime.now(UTC))

    def _report(self, request: Asked) -> Dataset:
        """Event information (PS3.4 table J.3-2)."""
        studies = deque(self._layout.study_uids())
        safe, failed = [], []
        for sop_class_uid, sop_instance_uid in request.references:
            item = Dataset()
            item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class_uid, sop_instance_uid
            if self._is_safe(sop_instance_uid, studies):
                safe.append(item)
            else:
                item.FailureReason = _NO_SUCH_INSTANCE
                failed.append(item)
        information = Dataset()
        information.TransactionUID = request.transaction_uid
        if safe:
            information.ReferencedSOPSequence = safe
        if failed:
            information.FailedSOPSequence = failed
        return information

    def _is_safe(self, sop_instance_uid: str, studies: deque[str]) -> bool:
        """Whether an instance is on disk; the study that has it is asked first for the next one."""
        if not is_uid(sop_instance_uid):
            return False
        name = f"{sop_instance_uid}{SUFFIX}"
        for number, study in enumerate(studies):
            if any((folder / name).is_file() for folder in (self._layout.images(study), self._layout.others(study))):
                studies.rotate(-number)
                return True
        return False

    def _deliver(self, request: Asked, information: Dataset) -> bool:
        address = self._settings.report_peers.get(request.ae_title)
        if address is None:  # the settings may have changed since the peer asked
            return False
        host, _, port = address.rpartition(":")
        entity = AE(ae_title=self._settings.ae_title)
        entity.add_requested_context(StorageCommitmentPushModel)
        entity.connection_timeout = entity.acse_timeout = entity.dimse_timeout = _TIMEOUT_S
        # We open the association, yet provide the service (PS3.4 J.3.3).
        role = build_role(StorageCommitmentPushModel, scp_role=True)
        association = entity.associate(host, int(port), ae_title=request.ae_title, ext_neg=[role])
        if not association.is_established:
            return False
        event_type = _SOME_FAILED if "FailedSOPSequence" in information else _ALL_SAFE
        try:
            answer, _ = association.send_n_event_report(
                information, event_type, StorageCommitmentPushModel, PUSH_MODEL_INSTANCE
            )
        except (ValueError, RuntimeError):
            return False
        finally:
            association.release()
        return bool(answer.get("Status") == _SUCCESS)
