"""Instances -> SendReport over C-STORE: contexts of just these files, label maps as binary where they are refused."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import build_context
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext

from spineseg.archive.association import associated, place
from spineseg.archive.commitment import (
    PUSH_MODEL,
    VERIFICATION,
    CommitmentInbox,
    commitment_handler,
    listening,
    request_commitment,
)
from spineseg.archive.copies import AS_BINARY, Copies, binary_copies
from spineseg.archive.destination import Destination, DimsePeer
from spineseg.archive.instances import BINARY_SEGMENTATION, Instance
from spineseg.archive.send_report import InstanceOutcome, SendReport
from spineseg.archive.statuses import is_stored, is_transient, status_words
from spineseg.archive.tls import server_context
from spineseg.errors import DestinationError, InputError

UNCOMPRESSED = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)
_MOST_CONTEXTS = 128  # PS3.8 9.3.2.2: odd numbers from 1 to 255
_LOST = "the association was lost before it was taken"


def store(
    instances: Sequence[Instance], destination: Destination, peer: DimsePeer, *, inbox: CommitmentInbox | None
) -> SendReport:
    """Send instances on one association, and ask for storage commitment where the destination says so.

    Raises
    ------
    InputError
        More kinds of instances than one association can carry.
    DestinationError
        No association.
    """
    settings = peer.commitment
    patience_s = 0.0 if settings is None or inbox is not None else settings.timeout_s
    received = CommitmentInbox() if inbox is None else inbox
    handlers = [] if settings is None else [commitment_handler(received)]
    contexts = presentation_contexts(instances, with_commitment=settings is not None)
    with ExitStack() as stack:
        if settings is not None and settings.listen_port is not None and inbox is None:
            address = (settings.listen_host, settings.listen_port)
            context = None if destination.tls is None else server_context(destination.tls)
            stack.enter_context(listening(address, peer.calling_ae_title, received, context))
        association = stack.enter_context(associated(destination, peer, contexts, handlers))
        outcomes = _store_all(association, instances, destination)
        commitment = None
        if settings is not None:
            commitment = request_commitment(association, outcomes, received, timeout_s=patience_s)
    return SendReport(destination=destination.name, outcomes=outcomes, commitment=commitment)


def presentation_contexts(instances: Sequence[Instance], *, with_commitment: bool) -> list[PresentationContext]:
    """Contexts of just these instances: each compressed syntax alone, and one uncompressed context for each class.

    Raises
    ------
    InputError
        More than one association can carry.
    """
    classes = list(dict.fromkeys(one.sop_class_uid for one in instances))
    if any(one.is_labelmap for one in instances) and BINARY_SEGMENTATION not in classes:
        classes.append(BINARY_SEGMENTATION)
    compressed = dict.fromkeys(
        (one.sop_class_uid, one.transfer_syntax_uid) for one in instances if one.transfer_syntax_uid.is_compressed
    )
    contexts = [build_context(sop_class, list(UNCOMPRESSED)) for sop_class in classes]
    contexts += [build_context(sop_class, syntax) for sop_class, syntax in compressed]
    if with_commitment:
        contexts.append(build_context(PUSH_MODEL, list(UNCOMPRESSED)))
    if len(contexts) > _MOST_CONTEXTS:
        raise InputError(f"{len(contexts)} kinds of instances, more than one association carries", remedy="send fewer")
    return contexts


def echo_dimse(destination: Destination, peer: DimsePeer) -> str:
    """C-ECHO.

    Raises
    ------
    DestinationError
        No association, or no success.
    """
    contexts = [build_context(VERIFICATION, list(UNCOMPRESSED))]
    with associated(destination, peer, contexts) as association:
        answer = association.send_c_echo()
    where = place(destination, peer)
    if "Status" not in answer:
        raise DestinationError("no answer to C-ECHO", where, "try again later", transient=True)
    if not is_stored(answer.Status):
        raise DestinationError(f"C-ECHO failed: {status_words(answer.Status)}", where, "ask who runs the peer")
    return f"{where} answers C-ECHO"


def _store_all(
    association: Association, instances: Sequence[Instance], destination: Destination
) -> tuple[InstanceOutcome, ...]:
    accepted = {(UID(cx.abstract_syntax or ""), cx.transfer_syntax[0]) for cx in association.accepted_contexts}
    classes = {sop_class for sop_class, _ in accepted}
    labelmaps = [one for one in instances if one.is_labelmap]
    refused = bool(labelmaps) and not {one.sop_class_uid for one in labelmaps} <= classes
    copies = Copies()
    if refused or not destination.accepts_labelmap:
        copies = binary_copies(instances)
    return tuple(_store_one(association, one, copies, accepted) for one in instances)


def _store_one(
    association: Association, instance: Instance, copies: Copies, accepted: set[tuple[UID, UID]]
) -> InstanceOutcome:
    sop_class_uid, sop_instance_uid = copies.identity(instance)
    syntaxes = {syntax for sop_class, syntax in accepted if sop_class == sop_class_uid}
    status: int | None = None
    note = ""
    if not association.is_established:
        note = _LOST
    elif not syntaxes:
        note = f"the peer does not take {UID(sop_class_uid).name}"
    elif (dataset := _fitting(copies.dataset(instance), syntaxes)) is None:
        note = f"the peer takes {UID(sop_class_uid).name} in no transfer syntax of ours"
    else:
        status, note = _send(association, dataset)
    stored = status is not None and is_stored(status)
    return InstanceOutcome(
        path=instance.path,
        sop_class_uid=sop_class_uid,
        sop_instance_uid=sop_instance_uid,
        stored=stored,
        note=note or (AS_BINARY if copies.changes(instance) else ""),
        transient=note == _LOST or (status is not None and is_transient(status)),
    )


def _fitting(dataset: Dataset, syntaxes: set[UID]) -> Dataset | None:
    """The dataset in a syntax that the peer takes; decompressed where it must be, None where it cannot be."""
    own = dataset.file_meta.TransferSyntaxUID
    if own in syntaxes:
        return dataset
    if syntaxes.isdisjoint(UNCOMPRESSED):
        return None
    if own.is_compressed and own.is_encapsulated:
        dataset.decompress(generate_instance_uid=False)
    return dataset


def _send(association: Association, dataset: Dataset) -> tuple[int | None, str]:
    """Status and words; no status where the association broke."""
    answer = association.send_c_store(dataset)
    if "Status" not in answer:
        return None, _LOST
    return answer.Status, status_words(answer.Status)
