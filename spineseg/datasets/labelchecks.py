"""Image + label map on one grid -> doubts: labels in the wrong order, mirrored, empty, away from the set's points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.datasets.sourcecase import Landmark
from spineseg.domain import labels
from spineseg.domain.dataset import NOT_KNOWN
from spineseg.domain.volume import ImageGrid, LabelMap, spacing_mm, to_patient

# A mask whose outline, mirrored, lies on edges this much steeper than its own does is refused [P].
MIRROR_RATIO = 1.25
# A centroid may differ from the mask's by this much: bodies were marked, masks hold arches too [mm] [P].
LANDMARK_MM = 25.0
# Outlines of fewer voxels tell nothing [P].
_LEAST_OUTLINE = 50
_AXES = ("head and feet", "front and back", "left and right")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What a check found; a case with a doubt that refuses is left out of the set."""

    check: str
    words: str
    refuses: bool


def check_labels(image: ImageGrid, label_map: LabelMap, landmarks: Sequence[Landmark]) -> list[Doubt]:
    """Every doubt about a label map on its image.

    Parameters
    ----------
    label_map : (slice, row, column) uint8
        Values of `domain.labels` or `NOT_KNOWN`.
    """
    present = [int(value) for value in np.unique(label_map.array) if value not in (0, NOT_KNOWN)]
    if not present:
        return [Doubt(check="empty", words="no voxel is labelled", refuses=True)]
    centres = _centres(label_map, present)
    return [*_order(centres), *_gaps(centres), *_mirrored(image, label_map), *_landmarks(centres, landmarks)]


def _centres(label_map: LabelMap, present: Iterable[int]) -> dict[int, NDArray[np.float64]]:
    """Centre of each label [mm, LPS]."""
    values = list(present)
    middle = np.array(ndimage.center_of_mass(label_map.array > 0, label_map.array, values)).reshape(-1, 3)
    return dict(zip(values, to_patient(label_map, middle), strict=True))


def _named(centres: dict[int, NDArray[np.float64]]) -> list[tuple[str, float]]:
    """Level and height [mm] of the named vertebrae, in anatomical order: T13 and L6 stand where they belong."""
    heights = {labels.level_name(value): float(centre[2]) for value, centre in centres.items() if _is_named(value)}
    return [(name, heights[name]) for name in labels.LEVEL_ORDER if name in heights]


def _is_named(value: int) -> bool:
    return value in labels.VERTEBRA_VALUES.values() or value == labels.SACRUM


def _order(centres: dict[int, NDArray[np.float64]]) -> list[Doubt]:
    wrong = [f"{above} below {below}" for (above, z), (below, lower) in pairwise(_named(centres)) if z <= lower]
    return [Doubt(check="order", words=", ".join(wrong), refuses=True)] if wrong else []


def _gaps(centres: dict[int, NDArray[np.float64]]) -> list[Doubt]:
    """Levels missing between labelled ones; T13 and L6 are rare and missed by nobody."""
    named = [name for name, _ in _named(centres)]
    usual = [name for name in labels.LEVEL_ORDER if name not in ("T13", "L6")]
    places = [usual.index(name) for name in named if name in usual]
    missing = [name for name in usual[min(places, default=0) : max(places, default=0)] if name not in named]
    return [Doubt(check="gap", words=f"{', '.join(missing)} not labelled", refuses=False)] if missing else []


def _mirrored(image: ImageGrid, label_map: LabelMap) -> list[Doubt]:
    """Outlines lie on edges of the image; those of a flipped mask lie on fewer."""
    step = tuple(slice(None, None, 2 if size > 64 else 1) for size in label_map.array.shape)
    mask = np.isin(label_map.array[step], (0, NOT_KNOWN), invert=True)
    outline = mask & ~ndimage.binary_erosion(mask)
    if np.count_nonzero(outline) < _LEAST_OUTLINE:
        return []
    steps_mm = spacing_mm(image) * [part.step for part in step]
    edges = ndimage.gaussian_gradient_magnitude(image.array[step].astype(np.float32), 1.0)
    own = float(edges[outline].mean())
    directions = np.abs(np.asarray(image.affine, dtype=np.float64)[:3, :3] / spacing_mm(image))
    doubts = []
    for axis in range(3):
        middle = ndimage.center_of_mass(mask)[axis] - (mask.shape[axis] - 1) / 2
        # Near the middle of the image a flip hardly moves the mask: nothing can be told.
        moved_mm = 2 * abs(middle) * float(steps_mm[axis])
        flipped = float(edges[np.flip(outline, axis)].mean())
        if moved_mm > 2 * float(steps_mm[axis]) and flipped > MIRROR_RATIO * own:
            words = f"fits the image better with {_AXES[2 - int(np.argmax(directions[:, axis]))]} exchanged"
            doubts.append(Doubt(check="left-right", words=words, refuses=True))
    return doubts


def _landmarks(centres: dict[int, NDArray[np.float64]], landmarks: Sequence[Landmark]) -> list[Doubt]:
    far = [
        f"{labels.level_name(one.value)} by {distance:.0f} mm"
        for one in landmarks
        if one.value in centres
        and (distance := float(np.linalg.norm(centres[one.value] - np.asarray(one.point_mm)))) > LANDMARK_MM
    ]
    return [Doubt(check="centroid", words=f"away from the set's points: {', '.join(far)}", refuses=True)] if far else []
