"""Storage commitment requests -> reports on a new association: which of the instances named are safe on our disk."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom import AE, build_role
from pynetdicom.sop_class import StorageCommitmentPushModel  # type: ignore[attr-defined]

from spineseg.archive.commitment import PUSH_MODEL_INSTANCE, REQUEST_COMMITMENT
from spineseg.service.layout import SUFFIX, Layout, is_uid
from spineseg.service.settings import ReceiveSettings

LOGGER = logging.getLogger(__name__)

_SUCCESS, _NO_SUCH_ACTION, _PROCESSING_FAILURE = 0x0000, 0x0123, 0x0110  # PS3.7 annex C
_NO_SUCH_INSTANCE = 0x0112  # failure reason (PS3.3 C.14-1)
_ALL_SAFE, _SOME_FAILED = 1, 2  # event types (PS3.4 J.3.3)
_ATTEMPTS, _PAUSE_S = 5, 5.0  # to deliver one report [P]
_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    ae_title: str
    transaction_uid: str
    references: tuple[tuple[str, str], ...]


class CommitmentReporter:
    """Answers requests at once and reports from a thread of its own."""

    def __init__(self, layout: Layout, settings: ReceiveSettings) -> None:
        self._layout = layout
        self._settings = settings
        self._requests: queue.Queue[_Request | None] = queue.Queue()
        self._thread = threading.Thread(target=self._work, name="commitment-reports", daemon=True)
        self._thread.start()

    def on_action(self, event: Any) -> tuple[int, None]:
        """Status of an N-ACTION; one of a peer whose `report_peers` address is not known fails."""
        title = str(event.assoc.requestor.ae_title).strip()
        if event.action_type != REQUEST_COMMITMENT:
            return _NO_SUCH_ACTION, None
        if title not in self._settings.report_peers:
            LOGGER.warning("storage commitment was asked for by an AE that receive.report_peers does not name")
            return _PROCESSING_FAILURE, None
        try:
            self._requests.put(_read(title, event.action_information))
        except (AttributeError, TypeError, ValueError):
            return _PROCESSING_FAILURE, None
        return _SUCCESS, None

    def stop(self) -> None:
        """End after the report in hand."""
        self._requests.put(None)

    def _work(self) -> None:
        while (request := self._requests.get()) is not None:
            information = self._report(request)
            for attempt in range(_ATTEMPTS):
                if attempt:
                    time.sleep(_PAUSE_S)
                if self._deliver(request, information):
                    break
            else:
                LOGGER.error("a storage commitment report could not be delivered")

    def _report(self, request: _Request) -> Dataset:
        """Event information (PS3.4 table J.3-2)."""
        studies = self._layout.study_uids()
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

    def _is_safe(self, sop_instance_uid: str, studies: Iterable[str]) -> bool:
        if not is_uid(sop_instance_uid):
            return False
        name = f"{sop_instance_uid}{SUFFIX}"
        return any(
            (folder / name).is_file()
            for study in studies
            for folder in (self._layout.images(study), self._layout.others(study))
        )

    def _deliver(self, request: _Request, information: Dataset) -> bool:
        host, _, port = self._settings.report_peers[request.ae_title].rpartition(":")
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


def _read(title: str, information: Dataset) -> _Request:
    return _Request(
        ae_title=title,
        transaction_uid=str(information.TransactionUID),
        references=tuple(
            (str(item.ReferencedSOPClassUID), str(item.ReferencedSOPInstanceUID))
            for item in information.ReferencedSOPSequence
        ),
    )
