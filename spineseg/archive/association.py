"""Destination + presentation contexts -> open association, or one line that says why there is none."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from pydicom.uid import UID
from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext

from spineseg.archive.destination import Destination, DimsePeer
from spineseg.archive.tls import client_context, tls_fault
from spineseg.errors import DestinationError

# PS3.8 table 9-21: result, source and reason of an A-ASSOCIATE-RJ.
_REJECTED_TRANSIENT = 2
_CALLING_NOT_KNOWN = (1, 3)
_CALLED_NOT_KNOWN = (1, 7)
_ALERT_WAIT_S = 2.0  # [P] TLS 1.3 tells of a missing client certificate only after the handshake


@contextmanager
def associated(
    destination: Destination,
    peer: DimsePeer,
    contexts: Sequence[PresentationContext],
    handlers: Sequence[tuple[Any, Any]] = (),
) -> Iterator[Association]:
    """Association with a peer, released afterwards; at least one of the contexts is accepted.

    Raises
    ------
    DestinationError
        No route, no TLS, rejected, or no context accepted.
    """
    context = None if destination.tls is None else client_context(destination.tls)
    request = _requester(destination, peer, contexts, handlers, context)
    association = request()
    if _said_nothing(association):
        _check_connection(destination, peer, context)
        # A peer that closes right after its refusal is sometimes heard only the second time (pynetdicom 3.0.4).
        association = request()
    if not association.is_established:
        raise _why_not(association, destination, peer, context)
    try:
        yield association
    finally:
        if association.is_established:
            association.release()


def _requester(
    destination: Destination,
    peer: DimsePeer,
    contexts: Sequence[PresentationContext],
    handlers: Sequence[tuple[Any, Any]],
    context: ssl.SSLContext | None,
) -> Callable[[], Association]:
    entity = AE(ae_title=peer.calling_ae_title)
    entity.connection_timeout = entity.acse_timeout = destination.timeout_s
    entity.dimse_timeout = entity.network_timeout = destination.timeout_s

    def request() -> Association:
        try:
            return entity.associate(
                peer.host,
                peer.port,
                contexts=list(contexts),
                ae_title=peer.called_ae_title,
                tls_args=None if context is None else (context, _server_name(destination, peer)),
                evt_handlers=list(handlers),
            )
        except OSError as error:  # the name of the host
            raise _unreachable(destination, peer, error) from error

    return request


def _said_nothing(association: Association) -> bool:
    return not (association.is_established or association.is_rejected or association.rejected_contexts)


def _why_not(
    association: Association, destination: Destination, peer: DimsePeer, context: ssl.SSLContext | None
) -> DestinationError:
    where = place(destination, peer)
    if association.is_rejected:
        return _rejected(association.acceptor.primitive, where, peer)
    if association.rejected_contexts:
        refused = ", ".join(dict.fromkeys(UID(cx.abstract_syntax or "").name for cx in association.rejected_contexts))
        return DestinationError(f"the peer takes none of these kinds: {refused}", where, "allow them at the peer")
    remedy = "check the port, and whether the peer wants TLS" if context is None else "check the certificates and port"
    return DestinationError("connected, but no answer to the association", where, remedy, transient=True)


def _rejected(answer: Any, where: str, peer: DimsePeer) -> DestinationError:
    fault = (answer.result_source, answer.diagnostic)
    if fault == _CALLED_NOT_KNOWN:
        return DestinationError(
            f"the peer is not called {peer.called_ae_title}", where, "correct called_ae_title of the destination"
        )
    if fault == _CALLING_NOT_KNOWN:
        return DestinationError(
            f"the peer does not know {peer.calling_ae_title}", where, "add it there, or correct calling_ae_title"
        )
    transient = answer.result == _REJECTED_TRANSIENT
    remedy = "try again later" if transient else "ask who runs the peer"
    reason = answer.reason_str.lower()
    return DestinationError(f"the peer rejects the association: {reason}", where, remedy, transient=transient)


def _check_connection(destination: Destination, peer: DimsePeer, context: ssl.SSLContext | None) -> None:
    """Connect by hand, since pynetdicom keeps to itself why it could not."""
    try:
        plain = socket.create_connection((peer.host, peer.port), timeout=destination.timeout_s)
    except OSError as error:
        raise _unreachable(destination, peer, error) from error
    with plain:
        if context is None:
            return
        try:
            _shake_hands(context, plain, _server_name(destination, peer))
        except OSError as error:
            raise tls_fault(error, place(destination, peer)) from error


def _server_name(destination: Destination, peer: DimsePeer) -> str:
    return (destination.tls.server_name if destination.tls is not None else None) or peer.host


def _shake_hands(context: ssl.SSLContext, plain: socket.socket, host: str) -> None:
    with context.wrap_socket(plain, server_hostname=host) as secure:
        secure.settimeout(_ALERT_WAIT_S)
        with suppress(TimeoutError):
            secure.recv(1)


def _unreachable(destination: Destination, peer: DimsePeer, error: OSError) -> DestinationError:
    reason = (error.strerror or type(error).__name__).lower()
    return DestinationError(
        f"no route to the peer: {reason}", place(destination, peer), "check host, port and firewall", transient=True
    )


def place(destination: Destination, peer: DimsePeer) -> str:
    """Where an error happened, as a site knows it."""
    return f"{destination.name}, {peer.called_ae_title} at {peer.host}:{peer.port}"
