"""Tests of spineseg.service.persons_masks: whose segmentation starts a run."""

from __future__ import annotations

import os

import pytest

from spineseg.service.database import Sessions
from spineseg.service.layout import Layout
from spineseg.service.persons_masks import find_mask, mark_used, same_content
from spineseg.service.tables import ResultInstance
from tests.service.peers_and_files import STUDY, segmentation, store_directly


@pytest.mark.parametrize(
    ("kind", "maker", "counts"),
    [
        ("MANUAL", "A workstation", True),
        ("SEMIAUTOMATIC", "A workstation", True),
        ("AUTOMATIC", "Another program", False),
        ("MANUAL", "spineseg", False),
    ],
)
def test_only_a_persons_mask_counts(sessions: Sessions, layout: Layout, kind: str, maker: str, counts: bool) -> None:
    """Other programs' masks and those that say to be spineseg's start nothing."""
    store_directly(layout, [segmentation(kind=kind, maker=maker)])

    with sessions.begin() as session:
        assert (find_mask(session, layout, STUDY) is not None) is counts


def test_our_own_result_is_known_by_its_uid(sessions: Sessions, layout: Layout) -> None:
    """A result that comes back from an archive is ours even where the archive changed its manufacturer."""
    store_directly(layout, [segmentation()])
    with sessions.begin() as session:
        session.add(ResultInstance(sop_instance_uid=f"{STUDY}.50", study_instance_uid=STUDY))

    with sessions.begin() as session:
        assert find_mask(session, layout, STUDY) is None


def test_the_latest_mask_counts_once(sessions: Sessions, layout: Layout) -> None:
    """Of two masks the later one is used, and after that neither."""
    store_directly(layout, [segmentation(50), segmentation(51)])
    os.utime(layout.others(STUDY) / f"{STUDY}.50.dcm", (1, 1))

    with sessions.begin() as session:
        mask = find_mask(session, layout, STUDY)
        assert mask is not None
        assert mask.path.name == f"{STUDY}.51.dcm"
        assert same_content(mask, mask.path)
        assert not same_content(mask, layout.others(STUDY) / f"{STUDY}.50.dcm")
        mark_used(layout, STUDY)
        assert find_mask(session, layout, STUDY) is None


def test_noise_is_no_mask(sessions: Sessions, layout: Layout) -> None:
    """A file that cannot be read starts nothing and raises nothing."""
    layout.others(STUDY).mkdir(parents=True)
    (layout.others(STUDY) / "1.2.dcm").write_bytes(b"noise")

    with sessions.begin() as session:
        assert find_mask(session, layout, STUDY) is None
        assert find_mask(session, layout, "9.9") is None
