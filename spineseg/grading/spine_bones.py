"""SpineAnatomy -> SpineBones: vertebrae divided and measured once a series, and which of them a lesion has reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from spineseg.anatomy.body_shape import BodyShape, body_shape
from spineseg.anatomy.boxes import Box, label_boxes
from spineseg.anatomy.subregions import VertebraParts, split_vertebra
from spineseg.domain.anatomy import SpineAnatomy, Vertebra
from spineseg.domain.labels import SACRUM
from spineseg.domain.volume import voxel_volume_mm3

# Tumour in a vertebra below this volume is the edge of an outline, not an involved vertebra (a tenth of a pedicle
# of 1 cm³). [P]
LEAST_INVOLVED_MM3 = 100.0
_AFFECTED_MM3 = 30.0  # a vertebra that serves as reference has less tumour than this [P]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpineBones:
    """Vertebrae of one series; shapes and parts are computed when first asked for.

    Parameters
    ----------
    tumour_mm3 : vertebra label -> lesion number -> volume [mm³]
        Tumour inside each vertebra.
    boxes : vertebra label -> voxels that hold it
    """

    anatomy: SpineAnatomy
    tumour_mm3: dict[int, dict[int, float]]
    boxes: Mapping[int, Box]
    _shapes: dict[int, BodyShape | None] = field(default_factory=dict)
    _parts: dict[int, VertebraParts | None] = field(default_factory=dict)
    # Lesions are graded in threads and ask for the same vertebrae: the first computes, the others wait.
    _locks: dict[int, Lock] = field(default_factory=lambda: defaultdict(Lock))

    def shape(self, vertebra: Vertebra) -> BodyShape | None:
        """Shape of its body."""
        with self._locks[vertebra.label]:
            if vertebra.label not in self._shapes:
                self._shapes[vertebra.label] = body_shape(self.anatomy, vertebra, self.boxes.get(vertebra.label))
            return self._shapes[vertebra.label]

    def parts(self, vertebra: Vertebra) -> VertebraParts | None:
        """Its parts; None for the sacrum."""
        with self._locks[vertebra.label]:
            if vertebra.label not in self._parts:
                box = self.boxes.get(vertebra.label)
                # The sacrum has no pedicles or facets of this kind.
                divided = None if vertebra.label == SACRUM else split_vertebra(self.anatomy, vertebra, box)
                self._parts[vertebra.label] = divided
            return self._parts[vertebra.label]

    def involved(self, number: int) -> tuple[Vertebra, ...]:
        """Vertebrae that a lesion has reached, cranial to caudal."""
        return tuple(
            vertebra
            for vertebra in self.anatomy.vertebrae
            if self.tumour_mm3.get(vertebra.label, {}).get(number, 0.0) >= LEAST_INVOLVED_MM3
        )

    def is_affected(self, vertebra: Vertebra) -> bool:
        """Whether any lesion lies in it."""
        return sum(self.tumour_mm3.get(vertebra.label, {}).values()) >= _AFFECTED_MM3

    def tumour_in(self, parts: VertebraParts, number: int) -> NDArray[np.bool_]:
        """Which voxels of a divided vertebra belong to a lesion: (N,)."""
        lesions = self.anatomy.segmentation.lesions.array
        return np.asarray(lesions[tuple(parts.indices.T)] == number)


def find_bones(anatomy: SpineAnatomy) -> SpineBones:
    """Vertebrae of a described spine and the tumour in them."""
    segmentation = anatomy.segmentation
    reached = segmentation.lesions.array > 0
    labels, numbers = segmentation.anatomy.array[reached], segmentation.lesions.array[reached]
    voxel_mm3 = voxel_volume_mm3(segmentation.anatomy)
    pairs, counts = np.unique(labels.astype(np.int64) * 256 + numbers, return_counts=True)
    tumour: dict[int, dict[int, float]] = {}
    for pair, count in zip(pairs, counts, strict=True):
        tumour.setdefault(int(pair) // 256, {})[int(pair) % 256] = float(count * voxel_mm3)
    return SpineBones(anatomy=anatomy, tumour_mm3=tumour, boxes=label_boxes(segmentation.anatomy))
