"""Settings of the peers -> who may connect, ask for an association, and store."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from spineseg.errors import SettingsError
from spineseg.service.settings import PeerSettings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Peers:
    """Networks by AE title; nobody listed means that every AE of this machine may send."""

    allowed: tuple[tuple[str, tuple[Network, ...]], ...]

    def knows_address(self, address: str) -> bool:
        """Whether any peer may connect from an address."""
        own = _address(address)
        if own is None:
            return False
        if not self.allowed:
            return own.is_loopback
        return any(not networks or _within(own, networks) for _, networks in self.allowed)

    def knows(self, ae_title: str, address: str) -> bool:
        """Whether this AE may send from this address."""
        own = _address(address)
        if own is None:
            return False
        if not self.allowed:
            return own.is_loopback
        return any(
            title == ae_title.strip() and (not networks or _within(own, networks)) for title, networks in self.allowed
        )


def read_peers(settings: tuple[PeerSettings, ...]) -> Peers:
    """Peers of the settings.

    Raises
    ------
    SettingsError
        An address is none.
    """
    try:
        return Peers(
            tuple(
                (peer.ae_title.strip(), tuple(ipaddress.ip_network(one, strict=False) for one in peer.addresses))
                for peer in settings
            )
        )
    except ValueError as error:
        raise SettingsError(
            "an address is neither an IP address nor a network", "receive.peers", "write 10.0.0.5 or 10.0.0.0/24"
        ) from error


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return address if mapped is None else mapped


def _within(address: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: tuple[Network, ...]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
