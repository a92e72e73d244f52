"""TCP connections -> associations: silent ones wait in a thread of their own and take no association's place."""

from __future__ import annotations

import logging
import select
import socket
import threading
from typing import TYPE_CHECKING, Any

from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.transport import ThreadedAssociationServer

from spineseg.service.associations import NodeHandler

if TYPE_CHECKING:
    from spineseg.service.peers import Peers

LOGGER = logging.getLogger(__name__)
MOST_SILENT = 500  # connections that have not yet said anything; further ones are closed at once [P]
_PATIENCE_S = 5.0  # with a connection that says nothing, where no timeout is set [P]


class NodeEntity(AE):
    """Application entity whose limit on associations counts associations, not connections."""

    @property
    def active_associations(self) -> list[Association]:
        """Associations that a peer has asked for."""
        return [one for one in super().active_associations if one.is_requestor or one.requestor.primitive is not None]

    def serve(self, server: NodeServer) -> None:
        """Let a server of ours accept in a thread, as `start_server` does with pynetdicom's own."""
        self._servers.append(server)
        threading.Thread(target=server.serve_forever, name="dicom-listener", daemon=True).start()


class NodeServer(ThreadedAssociationServer):
    """Server that makes an association only of a connection that says something.

    pynetdicom makes one of every connection: two polling threads each, a place among the associations, and with TLS
    the handshake in the thread that accepts, where one silent peer holds up all others.
    """

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._silent = threading.BoundedSemaphore(MOST_SILENT)
        self.peers: Peers | None = None
        super().__init__(*arguments, **{**options, "request_handler": NodeHandler})

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept; the handshake comes later, in the connection's own thread."""
        assert self.socket is not None
        return self.socket.accept()

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002
        """Whether a connection is worth a thread."""
        return self.peers is None or self.peers.knows_address(str(client_address[0]))

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Wait for the first byte, then let pynetdicom go on."""
        if not self._silent.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            ready = self._spoken(request)
        except OSError:
            ready = None
        finally:
            self._silent.release()
        if ready is None:
            self.shutdown_request(request)
            return
        ready.settimeout(self.ae.network_timeout)
        super().finish_request(ready, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """One line instead of a traceback on standard error."""
        LOGGER.warning("a connection failed before its association")

    def _spoken(self, request: socket.socket) -> socket.socket | None:
        """The connection once its peer says something, wrapped where TLS is on; None where it stays silent."""
        patience_s = self.ae.acse_timeout or _PATIENCE_S
        request.settimeout(patience_s)
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.ssl_context is not None:
            request = self.ssl_context.wrap_socket(request, server_side=True)
            if request.pending():
                return request
        poll = select.poll()
        poll.register(request, select.POLLIN)
        return request if poll.poll(patience_s * 1000) else None
