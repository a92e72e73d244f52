from __future__ import annotations

from spineseg.domain.extent_vocabulary import TOMITA_TYPES, WBB_LAYERS, WBB_SECTORS, WBB_SOSG


def test_every_sector_layer_and_type_has_a_code_of_its_own() -> None:
    """Twelve sectors, five layers, seven types: no two share a code."""
    codes = [*WBB_SECTORS.values(), *WBB_LAYERS.values(), *TOMITA_TYPES.values()]

    assert list(WBB_SECTORS) == list(range(1, 13))
    assert list(WBB_LAYERS) == list("ABCDE")
    assert list(TOMITA_TYPES) == list(range(1, 8))
    assert len({code.value for code in codes}) == 24


def test_a_code_says_what_it_is_the_code_of() -> None:
    """The number or letter of the key stands in the meaning, and the type's also at the end of its code."""
    assert all(code.meaning == f"WBB sector {sector}" for sector, code in WBB_SECTORS.items())
    assert all(code.meaning.startswith(f"WBB layer {layer},") for layer, code in WBB_LAYERS.items())
    assert all(code.meaning.startswith(f"Tomita type {kind},") for kind, code in TOMITA_TYPES.items())
    assert all(code.value == f"SSV09{kind}" for kind, code in TOMITA_TYPES.items())  # clinical.md section 5.5


def test_the_convention_of_the_sectors_is_named() -> None:
    """A sector means nothing without the side that is counted from."""
    assert "counter-clockwise" in WBB_SOSG.meaning
    assert "left half of spinous process" in WBB_SOSG.meaning
