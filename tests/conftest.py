"""Shared fixtures and settings, and the guard that no test reaches beyond this machine."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Time says nothing on a loaded machine.
settings.register_profile("spineseg", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("spineseg")

SHARED_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real images; the test is skipped, with the reason, where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real images of ../shared/data are not on this machine")
    return SHARED_DATA


@pytest.fixture(autouse=True, scope="session")
def tried_hosts() -> Iterator[list[str]]:
    """Other machines that something tried to reach; every such connection and name look-up is refused."""
    tried: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        for method in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, method, _loopback_only(getattr(socket.socket, method), tried))
        patch.setattr(socket, "getaddrinfo", _loopback_names_only(socket.getaddrinfo, tried))
        yield tried


@pytest.fixture(autouse=True)
def _no_network(tried_hosts: list[str]) -> Iterator[None]:
    """Fail the test that tried, even where a library kept the refusal to itself: spineseg downloads nothing."""
    yield
    hosts, tried_hosts[:] = list(tried_hosts), []
    assert hosts == [], f"tried to reach {hosts}"


def _loopback_only(method: Callable[..., Any], tried: list[str]) -> Callable[..., Any]:
    def guarded(self: socket.socket, *arguments: Any) -> Any:
        address = arguments[-1]
        if self.family != socket.AF_UNIX and not _is_loopback(address[0]):
            tried.append(str(address[0]))
            raise ConnectionRefusedError(f"tests stay on this machine, {address[0]} is another")
        return method(self, *arguments)

    return guarded


def _loopback_names_only(look_up: Callable[..., Any], tried: list[str]) -> Callable[..., Any]:
    def guarded(host: str | bytes | None, *arguments: Any, **options: Any) -> Any:
        if host is not None and not _is_loopback(host):
            tried.append(str(host))
            raise socket.gaierror(f"tests stay on this machine, {host!r} is another")
        return look_up(host, *arguments, **options)

    return guarded


def _is_loopback(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    try:
        return name in ("localhost", "") or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
