from __future__ import annotations

from pathlib import Path

from spineseg.archive.copies import Copies, binary_copies
from spineseg.archive.instances import BINARY_SEGMENTATION, read_instances
from spineseg.reporting.sr_reader import read_findings


def test_nothing_is_copied_without_label_maps(results: list[Path]) -> None:
    """Binary results are sent as they are."""
    assert binary_copies(read_instances(results)) == Copies()


def test_what_refers_to_a_copy_is_copied(labelmaps: list[Path]) -> None:
    """Segmentations and the report get new identities, the same each time; key images keep theirs."""
    instances = read_instances(labelmaps)

    copies = binary_copies(instances)

    assert copies == binary_copies(instances)
    changed = {one.path.name for one in instances if copies.changes(one)}
    assert {"anatomy.seg.dcm", "lesions.seg.dcm", "report.sr.dcm"} <= changed
    assert not any(name.endswith(".sc.dcm") for name in changed)
    old = {one.sop_instance_uid for one in instances}
    assert old.isdisjoint(uid for _, uid in copies.renamed.values())


def test_a_copied_report_says_the_same(labelmaps: list[Path]) -> None:
    """Its findings are equal, and its file says what it is."""
    instance = next(one for one in read_instances(labelmaps) if one.path.name == "report.sr.dcm")
    copies = binary_copies(read_instances(labelmaps))

    copy = copies.dataset(instance)

    assert read_findings(copy) == read_findings(instance.path)
    assert copy.SOPInstanceUID == copy.file_meta.MediaStorageSOPInstanceUID == copies.identity(instance)[1]
    assert not any(one.sop_instance_uid in str(copy) for one in read_instances(labelmaps) if one.is_labelmap)
    assert str(BINARY_SEGMENTATION) not in {instance.sop_class_uid}
