"""Instances -> copies for a peer that knows no label maps: binary segmentations, and documents that refer to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID

from spineseg.archive.instances import BINARY_SEGMENTATION, Instance
from spineseg.archive.labelmap import as_binary
from spineseg.domain.uids import derive_uid

AS_BINARY = "sent as a copy with binary segmentations: the peer takes no label maps"
Identity = tuple[str, str]  # SOP class UID, SOP instance UID


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Identities of what is sent in another form; everything else is sent as it is.

    Parameters
    ----------
    renamed
        New identity by the SOP instance UID of the file.
    """

    renamed: Mapping[str, Identity] = field(default_factory=dict)

    def changes(self, instance: Instance) -> bool:
        """Whether an instance is sent in another form."""
        return instance.sop_instance_uid in self.renamed

    def identity(self, instance: Instance) -> Identity:
        """Class and UID that an instance is sent with."""
        return self.renamed.get(instance.sop_instance_uid, (str(instance.sop_class_uid), instance.sop_instance_uid))

    def dataset(self, instance: Instance) -> Dataset:
        """The instance as it is sent."""
        dataset: Dataset = dcmread(instance.path)
        if not self.changes(instance):
            return dataset
        if instance.is_labelmap:
            dataset = as_binary(dataset)
        sop_class_uid, sop_instance_uid = self.identity(instance)
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = UID(sop_class_uid)
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = UID(sop_instance_uid)
        for reference in _references(dataset):
            self._redirect(reference)
        return dataset

    def _redirect(self, reference: Dataset) -> None:
        new = self.renamed.get(str(reference.ReferencedSOPInstanceUID))
        if new is not None:
            reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = new


def binary_copies(instances: Sequence[Instance]) -> Copies:
    """Copies of every label map and, in turn, of everything that refers to a copy.

    UIDs derive from those of the files, so that sending again replaces and never multiplies. A document that points
    to an instance which the peer refused would point to nothing there; one with other references is another instance.
    """
    referred = {
        one.sop_instance_uid: frozenset(
            str(item.ReferencedSOPInstanceUID) for item in _references(dcmread(one.path, stop_before_pixels=True))
        )
        for one in instances
    }
    renamed = {one.sop_instance_uid: _binary(one) for one in instances if one.is_labelmap}
    while more := {
        one.sop_instance_uid: (str(one.sop_class_uid), derive_uid("binary", one.sop_instance_uid))
        for one in instances
        if one.sop_instance_uid not in renamed and not referred[one.sop_instance_uid].isdisjoint(renamed)
    }:
        renamed |= more
    return Copies(renamed=renamed)


def _binary(instance: Instance) -> Identity:
    return (str(BINARY_SEGMENTATION), derive_uid("binary", instance.sop_instance_uid))


def _references(dataset: Dataset) -> Iterator[Dataset]:
    """Every item, however deep, that refers to an instance."""
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                if "ReferencedSOPInstanceUID" in item:
                    yield item
                yield from _references(item)
