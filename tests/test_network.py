from __future__ import annotations

import socket
import urllib.request
from collections.abc import Iterator

import pytest

# TEST-NET-1 (RFC 5737): belongs to nobody, so that a broken guard reaches nobody either.
ELSEWHERE = "192.0.2.1"


@pytest.fixture
def tried(tried_hosts: list[str]) -> Iterator[list[str]]:
    """What the guard noted, taken back afterwards: here the attempts are the test."""
    yield tried_hosts
    tried_hosts.clear()


def test_connections_are_refused(tried: list[str]) -> None:
    """No test can connect to another machine, so a pipeline that tried to would be found out."""
    with socket.socket() as client, pytest.raises(ConnectionRefusedError):
        client.connect((ELSEWHERE, 80))

    assert tried == [ELSEWHERE]


def test_datagrams_are_refused(tried: list[str]) -> None:
    """Nor can it send a datagram."""
    with socket.socket(type=socket.SOCK_DGRAM) as client, pytest.raises(ConnectionRefusedError):
        client.sendto(b"hello", (ELSEWHERE, 80))

    assert tried == [ELSEWHERE]


def test_names_are_not_looked_up(tried: list[str]) -> None:
    """A download by name is refused, and noted although the library turns the refusal into an error of its own."""
    with pytest.raises(OSError, match="stay on this machine"):
        urllib.request.urlopen("http://example.invalid/weights.pt")

    assert tried == ["example.invalid"]


def test_loopback_is_open(tried: list[str]) -> None:
    """Tests may talk to servers that they start on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        connection, _ = server.accept()
        connection.close()

    assert tried == []
