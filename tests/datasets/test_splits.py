from __future__ import annotations

from spineseg.datasets.splits import assign_splits
from spineseg.domain.dataset import Split


def test_shares_and_stability() -> None:
    """Of 2000 patients about 70, 15 and 15 % fall into the splits, and each keeps its own when others come."""
    many, _ = assign_splits((f"p{number}", None) for number in range(2000))
    few, _ = assign_splits((f"p{number}", None) for number in range(0, 2000, 7))

    counts = [list(many.values()).count(split) for split in Split]
    assert all(abs(count - wanted) < 60 for count, wanted in zip(counts, (1400, 300, 300), strict=True))
    assert all(many[patient] is split for patient, split in few.items())


def test_the_sets_own_split_counts() -> None:
    """What the set says is kept."""
    splits, torn = assign_splits([("a", Split.TEST), ("b", Split.TRAINING)])

    assert splits == {"a": Split.TEST, "b": Split.TRAINING}
    assert torn == ()


def test_a_patient_in_two_splits_teaches_nothing() -> None:
    """Training and test at once becomes test, and is reported."""
    splits, torn = assign_splits([("a", Split.TRAINING), ("a", Split.TEST), ("a", None)])

    assert splits["a"] is Split.TEST
    assert torn == ("a",)
