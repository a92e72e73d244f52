"""Tests of spineseg.service.peers: who may connect and who may send."""

from __future__ import annotations

import pytest

from spineseg.errors import SettingsError
from spineseg.service.peers import read_peers
from spineseg.service.settings import PeerSettings

PEERS = (PeerSettings(ae_title="CT1", addresses=("10.0.0.5", "10.1.0.0/16")), PeerSettings(ae_title="PACS"))


@pytest.mark.parametrize(
    ("title", "address", "may"),
    [
        ("CT1", "10.0.0.5", True),
        ("CT1", "10.1.7.7", True),
        ("CT1", "::ffff:10.0.0.5", True),
        ("CT1", "10.0.0.6", False),
        ("CT2", "10.0.0.5", False),
        ("PACS", "192.168.1.1", True),
        ("CT1", "not an address", False),
    ],
)
def test_title_and_address_must_fit(title: str, address: str, may: bool) -> None:
    """A peer is its title at one of its addresses; without addresses, anywhere."""
    assert read_peers(PEERS).knows(title, address) is may


def test_without_peers_only_this_machine_may_send() -> None:
    """An empty list opens the node to nobody else."""
    peers = read_peers(())

    assert peers.knows("ANY", "127.0.0.1")
    assert not peers.knows("ANY", "10.0.0.5")
    assert not peers.knows_address("10.0.0.5")


def test_a_wrong_address_is_refused() -> None:
    """A host name is no address."""
    with pytest.raises(SettingsError, match=r"receive\.peers"):
        read_peers((PeerSettings(ae_title="CT1", addresses=("pacs.local",)),))
