"""Label map -> boxes: the voxels that hold each label, found once."""

from __future__ import annotations

from collections.abc import Mapping

from scipy import ndimage

from spineseg.domain.volume import LabelMap

Box = tuple[slice, ...]


def label_boxes(labels: LabelMap) -> Mapping[int, Box]:
    """Smallest box of every label that is there."""
    found = ndimage.find_objects(labels.array)
    return {value: box for value, box in enumerate(found, start=1) if box is not None}


def label_box(labels: LabelMap, value: int) -> Box | None:
    """Smallest box of one label; None where it is absent."""
    return label_boxes(labels).get(value)
