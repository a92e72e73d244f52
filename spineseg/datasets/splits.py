"""Patients with the set's own split, or none -> one split for each patient."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from spineseg.domain.dataset import Split

# Share of the patients kept for validation, and for test, where the set itself has no split [P].
VALIDATION_SHARE = 0.15
TEST_SHARE = 0.15
# What a patient in several splits is for: the one that teaches least.
_STRICTEST = (Split.TEST, Split.VALIDATION, Split.TRAINING)


def assign_splits(cases: Iterable[tuple[str, Split | None]]) -> tuple[dict[str, Split], tuple[str, ...]]:
    """Split of each patient.

    Parameters
    ----------
    cases
        Patient and the set's own split of each case.

    Returns
    -------
    splits
        By patient; drawn from a hash of the name where the set has none, so that a grown set keeps its splits.
    torn
        Patients that the set itself has in several splits: they go to the one that teaches least.
    """
    given: defaultdict[str, set[Split]] = defaultdict(set)
    for patient, split in cases:
        given[patient] |= set() if split is None else {split}
    splits = {
        patient: next((split for split in _STRICTEST if split in own), _drawn(patient))
        for patient, own in given.items()
    }
    return splits, tuple(patient for patient, own in given.items() if len(own) > 1)


def _drawn(patient: str) -> Split:
    chance = int.from_bytes(hashlib.sha256(patient.encode()).digest()[:8], "big") / 2**64
    if chance < TEST_SHARE:
        return Split.TEST
    return Split.VALIDATION if chance < TEST_SHARE + VALIDATION_SHARE else Split.TRAINING
