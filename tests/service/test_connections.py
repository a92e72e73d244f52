"""Tests of spineseg.service.connections: silent connections, with and without TLS."""

from __future__ import annotations

import shutil
import socket
import ssl
from pathlib import Path

import pytest
from pynetdicom import AE

from spineseg.service.scp import Receiver
from spineseg.service.settings import PeerSettings, ReceiveSettings, TlsSettings
from tests.service.certificates import make_authority, make_certificate
from tests.service.peers_and_files import instance, receiving, send

SETTINGS = ReceiveSettings(peers=(PeerSettings(ae_title="CT1"),), maximum_associations=2, association_timeout_s=2)


def _silent(port: int, count: int) -> list[socket.socket]:
    return [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]


def test_silent_connections_keep_nobody_out(tmp_path: Path) -> None:
    """200 connections that say nothing leave a limit of 2 associations free, and are closed after the timeout."""
    receiver, _ = receiving(tmp_path, SETTINGS)
    try:
        silent = _silent(receiver.port, 200)
        statuses = send(receiver.port, [instance()])
        silent[0].settimeout(20)
        last = silent[0].recv(1)
    finally:
        receiver.stop()

    assert statuses == [0]
    assert last == b"", "the node did not close it"
    for one in silent:
        one.close()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates")
def test_tls_asks_for_a_certificate_of_the_authority(tmp_path: Path) -> None:
    """A peer with a certificate of ours is served; without one, with a stranger's, or without TLS it is not.

    Silent connections do not hold up the handshake of others.
    """
    authority, stranger = make_authority(tmp_path), make_authority(tmp_path, "stranger")
    certificate, key = make_certificate(tmp_path, "node", authority)
    tls = TlsSettings(certificate=certificate, key=key, authorities=authority)
    receiver, _ = receiving(tmp_path / "node", SETTINGS.model_copy(update={"tls": tls}))
    try:
        silent = _silent(receiver.port, 20)
        known = make_certificate(tmp_path, "ct1", authority)
        unknown = make_certificate(tmp_path, "ct2", stranger)
        served = [_echoes(receiver, authority, pair) for pair in (known, unknown, None)]
        plain = _associate(receiver, None)
    finally:
        receiver.stop()

    assert served == [True, False, False]
    assert not plain
    for one in silent:
        one.close()


def _echoes(receiver: Receiver, authority: Path, pair: tuple[Path, Path] | None) -> bool:
    context = ssl.create_default_context(cafile=str(authority))
    if pair is not None:
        context.load_cert_chain(*pair)
    return _associate(receiver, context)


def _associate(receiver: Receiver, context: ssl.SSLContext | None) -> bool:
    entity = AE(ae_title="CT1")
    entity.acse_timeout = entity.connection_timeout = 5
    entity.add_requested_context("1.2.840.10008.1.1")
    tls = None if context is None else (context, "localhost")
    association = entity.associate("127.0.0.1", receiver.port, ae_title="SPINESEG", tls_args=tls)
    established = association.is_established
    if established:
        association.release()
    return established
