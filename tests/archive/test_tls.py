from __future__ import annotations

import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from spineseg.archive import DimsePeer, Tls, echo
from spineseg.archive.commitment import VERIFICATION
from spineseg.archive.tls import client_context, server_context
from spineseg.errors import DestinationError, SettingsError
from tests.archive.peers import running_peer


def test_mutual_tls(own_tls: Tls) -> None:
    """Both sides show a certificate that the other trusts: the peer answers."""
    with running_peer([VERIFICATION], context=server_context(own_tls)) as peer:
        assert "answers C-ECHO" in echo(replace(peer.destination, tls=own_tls))


def test_untrusted_peer(own_tls: Tls, other_tls: Tls) -> None:
    """A peer whose certificate nobody we trust has signed is not spoken to, and one line says which setting."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(other_tls.certificate_file), str(other_tls.key_file))
    with (
        running_peer([VERIFICATION], context=context) as peer,
        pytest.raises(DestinationError, match=r"certificate is not trusted.*ca_file") as caught,
    ):
        echo(replace(peer.destination, tls=own_tls))
    assert not caught.value.transient


def test_no_certificate_of_ours(own_tls: Tls) -> None:
    """A peer that asks for a certificate which we do not have: one line says TLS."""
    with (
        running_peer([VERIFICATION], context=server_context(own_tls)) as peer,
        pytest.raises(DestinationError, match=r"TLS|certificates"),
    ):
        echo(replace(peer.destination, tls=Tls(ca_file=own_tls.ca_file)))


def test_plain_peer(own_tls: Tls) -> None:
    """A peer that speaks no TLS: one line says so."""
    with running_peer([VERIFICATION]) as peer, pytest.raises(DestinationError, match=r"TLS"):
        echo(replace(peer.destination, tls=own_tls, timeout_s=3.0))


def test_name_in_the_certificate(own_tls: Tls) -> None:
    """The name of the peer is checked: a certificate of another name is refused."""
    with running_peer([VERIFICATION], context=server_context(own_tls)) as peer:
        assert isinstance(peer.destination.peer, DimsePeer)
        with pytest.raises(DestinationError, match="not trusted"):
            echo(replace(peer.destination, tls=replace(own_tls, server_name="pacs.example")))


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is a setting that is wrong, named without its folder."""
    with pytest.raises(SettingsError, match=r"ca\.pem"):
        client_context(Tls(ca_file=tmp_path / "ca.pem"))


def test_a_server_needs_a_certificate() -> None:
    """To listen with TLS without a certificate is a setting that is wrong."""
    with pytest.raises(SettingsError, match="certificate_file"):
        server_context(Tls())
