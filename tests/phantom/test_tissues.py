from __future__ import annotations

from spineseg.phantom.tissues import MARROW, TISSUE_COUNT, Tissue


def test_tissues_are_numbered_without_gaps() -> None:
    """Tables of signals are indexed by tissue, so that the numbers run from 0."""
    assert [int(tissue) for tissue in Tissue] == list(range(TISSUE_COUNT))
    assert all(tissue.name.startswith("MARROW") for tissue in MARROW)
