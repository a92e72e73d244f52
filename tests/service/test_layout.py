"""Tests of spineseg.service.layout: paths that lead nowhere else."""

from __future__ import annotations

import pytest

from spineseg.service.layout import Layout, fingerprint, instances_in, is_uid


@pytest.mark.parametrize("text", ["../../etc/passwd", "1.2/3", "", ".", "1..2", "1.2.", "1" * 65, "1.2\n", "1.2\0"])
def test_what_is_no_uid_is_no_path(layout: Layout, text: str) -> None:
    """A text that is no UID never becomes part of a path."""
    assert not is_uid(text)
    with pytest.raises(ValueError, match="not a UID"):
        layout.images(text)
    with pytest.raises(ValueError, match="not a UID"):
        layout.result(text, 1)


def test_preparing_removes_unfinished_files(layout: Layout) -> None:
    """What an interrupted reception left is gone after a start, and nothing else is."""
    (layout.incoming / "half.dcm").write_bytes(b"x")
    layout.images("1.2").mkdir(parents=True)

    layout.prepare()

    assert not list(layout.incoming.iterdir())
    assert layout.study_uids() == ("1.2",)


def test_fingerprints_know_sets_and_not_orders() -> None:
    """The same instances have one fingerprint whatever their order; one more makes another."""
    assert fingerprint(["1.1", "1.2"]) == fingerprint(["1.2", "1.1"]) != fingerprint(["1.1", "1.2", "1.3"])
    assert fingerprint(["1.11", "1.2"]) != fingerprint(["1.1", "11.2"])


def test_an_absent_folder_has_no_instances(layout: Layout) -> None:
    """A study of which nothing came has no instances."""
    assert instances_in(layout.images("1.2")) == ()
