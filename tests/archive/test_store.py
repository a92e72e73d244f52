from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from spineseg.archive import send_files
from spineseg.archive.commitment import VERIFICATION
from spineseg.archive.copies import AS_BINARY
from spineseg.archive.instances import BINARY_SEGMENTATION, read_instances
from spineseg.archive.store import presentation_contexts
from spineseg.errors import DestinationError
from tests.archive.peers import running_peer

SR_CLASS = "1.2.840.10008.5.1.4.1.1.88.34"  # Comprehensive 3D SR Storage (PS3.4 B.5)


def report_of(files: list[Path]) -> list[Path]:
    """The report alone."""
    return [path for path in files if path.name == "report.sr.dcm"]


def test_contexts_of_just_these_files(results: list[Path]) -> None:
    """Each class of the files is proposed once, and nothing else."""
    instances = read_instances(results)

    contexts = presentation_contexts(instances, with_commitment=False)

    assert [context.abstract_syntax for context in contexts] == list(
        dict.fromkeys(one.sop_class_uid for one in instances)
    )


def test_a_compressed_syntax_has_its_own_context(labelmaps: list[Path]) -> None:
    """A peer can take a label map compressed or not, and beside it a binary segmentation is offered."""
    instances = [one for one in read_instances(labelmaps) if one.is_labelmap]

    contexts = presentation_contexts(instances, with_commitment=False)

    syntaxes = [tuple(context.transfer_syntax) for context in contexts]
    assert instances[0].transfer_syntax_uid in {one for (one, *more) in syntaxes if not more}
    assert BINARY_SEGMENTATION in {context.abstract_syntax for context in contexts}


def test_a_refused_class_is_an_outcome(results: list[Path]) -> None:
    """What a peer does not know is told by file; the rest is stored."""
    with running_peer([SR_CLASS]) as peer:
        report = send_files(results, peer.destination)

    taken = [one.path.name for one in report.outcomes if one.stored]
    assert taken == ["report.sr.dcm"]
    assert not report.complete
    assert "does not take Segmentation Storage" in report.refused[0].note
    assert not report.refused[0].transient


def test_nothing_is_taken(results: list[Path]) -> None:
    """A peer that takes no class at all: one line names them."""
    with (
        running_peer([VERIFICATION]) as peer,
        pytest.raises(DestinationError, match="none of these kinds"),
    ):
        send_files(results, peer.destination)


@pytest.mark.parametrize(("status", "transient"), [(0xA700, True), (0x0124, False), (0xC000, False)])
def test_failure_statuses(results: list[Path], status: int, transient: bool) -> None:
    """A failure is an outcome with its words; only a lack of room is worth another try."""
    with running_peer([SR_CLASS], status=status) as peer:
        (outcome,) = send_files(report_of(results), peer.destination).outcomes

    assert not outcome.stored
    assert f"0x{status:04X}" in outcome.note
    assert outcome.transient is transient


def test_a_warning_is_stored(results: list[Path]) -> None:
    """An archive that coerced an attribute has the instance."""
    with running_peer([SR_CLASS], status=0xB000) as peer:
        (outcome,) = send_files(report_of(results), peer.destination).outcomes

    assert outcome.stored
    assert "coercion" in outcome.note


def test_a_peer_that_wants_no_label_maps(labelmaps: list[Path]) -> None:
    """By the setting they are sent as binary without asking, although the peer would take them."""
    classes = [str(one.sop_class_uid) for one in read_instances(labelmaps)]
    with running_peer(list(dict.fromkeys([*classes, str(BINARY_SEGMENTATION)]))) as peer:
        report = send_files(labelmaps, replace(peer.destination, accepts_labelmap=False))

    assert report.complete
    assert AS_BINARY in {one.note for one in report.outcomes}
    assert str(BINARY_SEGMENTATION) in {str(one.SOPClassUID) for one in peer.received}


def test_label_maps_are_decompressed_where_only_that_is_taken(labelmaps: list[Path]) -> None:
    """A peer that takes label maps, but not compressed ones, gets the same labels uncompressed."""
    files = [path for path in labelmaps if path.name == "anatomy.seg.dcm"]
    (instance,) = read_instances(files)
    with running_peer([str(instance.sop_class_uid)]) as peer:
        report = send_files(files, peer.destination)

    assert report.complete
    (received,) = peer.received
    assert received.SOPInstanceUID == instance.sop_instance_uid
    assert not received.file_meta.TransferSyntaxUID.is_compressed
    assert len(received.PixelData) >= received.Rows * received.Columns * int(received.NumberOfFrames)
