from __future__ import annotations

from spineseg.domain.basis import NamingBasis
from spineseg.domain.vocabulary import NAMING_BASES


def test_every_basis_has_its_own_code() -> None:
    """Each basis is written to the SR under a code of its own."""
    assert set(NAMING_BASES) == set(NamingBasis)
    assert len({code.value for code in NAMING_BASES.values()}) == len(NamingBasis)
