from __future__ import annotations

import dataclasses

import pytest

from spineseg.archive.destination import Destination, DimsePeer


def test_safe_defaults() -> None:
    """Without a word in the settings no commitment is asked for, and who we are is SPINESEG."""
    peer = DimsePeer(host="h", port=104, called_ae_title="PACS")

    assert peer.calling_ae_title == "SPINESEG"
    assert peer.commitment is None
    with pytest.raises(dataclasses.FrozenInstanceError):
        Destination(name="x", peer=peer).name = "y"  # type: ignore[misc] # the test
