"""Lesion findings of two series + their masks -> whether they are one lesion, by overlap in patient space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.findings import LesionFinding
from spineseg.domain.rigid import Rigid
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import Modality, SeriesRole, sample_at, spacing_mm, to_patient

# Share of the smaller mask in the other one; two series of one lesion reach half and more. [P]
_LEAST_OVERLAP = 0.1
# Middles so near belong to one lesion, though thick slices or a breath part the masks. [P]
_NEAR_MM = 5.0
_MOST_POINTS = 2000  # voxels of a lesion that are looked up


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeriesMasks:
    """Masks of the series of a study, and where each lies in the common patient space.

    Parameters
    ----------
    by_series
        By Series Instance UID.
    rigids
        From each series' patient space to the common one; a series without an entry is unrelated to those of
        another frame of reference.
    """

    by_series: Mapping[str, Segmentation]
    rigids: Mapping[str, Rigid]

    @classmethod
    def of(cls, segmentations: Sequence[Segmentation], rigids: Mapping[str, Rigid]) -> SeriesMasks:
        """The first masks of each series: a series in several parts has several."""
        return cls(by_series={one.series_instance_uid: one for one in reversed(segmentations)}, rigids=rigids)

    def modality(self, series_instance_uid: str) -> Modality | None:
        """Modality of a series; None for one without masks."""
        one = self.by_series.get(series_instance_uid)
        return None if one is None else one.modality

    def role(self, series_instance_uid: str) -> SeriesRole | None:
        """Role of a series; None for one without masks."""
        one = self.by_series.get(series_instance_uid)
        return None if one is None else one.role

    def across_mm(self, series_instance_uid: str) -> float:
        """Size that outlines across the spine resolve [mm]: in-plane voxels, or the network's; inf without masks."""
        one = self.by_series.get(series_instance_uid)
        if one is None:
            return float("inf")
        # The axis nearest to the patient's own runs along the spine.
        along = int(np.argmax(np.abs(np.asarray(one.anatomy.affine)[2, :3]) / spacing_mm(one.anatomy)))
        return max(float(np.sqrt(np.prod(np.delete(spacing_mm(one.anatomy), along)))), one.outline_mm)

    def are_related(self, first_uid: str, second_uid: str) -> bool | None:
        """Whether the place of one series in the other is known; None without the masks of both."""
        first, second = self.by_series.get(first_uid), self.by_series.get(second_uid)
        if first is None or second is None:
            return None
        frames = (first.lesions.frame_of_reference_uid, second.lesions.frame_of_reference_uid)
        return (frames[0] is not None and frames[0] == frames[1]) or {first_uid, second_uid} <= set(self.rigids)

    def points_in(self, lesion: LesionFinding, other: Segmentation) -> NDArray[np.float64] | None:
        """Voxels of a lesion in the patient space of another series: (N, 3) [mm, LPS]; None where unrelated."""
        own = self.by_series[lesion.series_instance_uid]
        index = np.argwhere(own.lesions.array == lesion.number)
        points = to_patient(own.lesions, index[:: 1 + len(index) // _MOST_POINTS])
        frames = (own.lesions.frame_of_reference_uid, other.lesions.frame_of_reference_uid)
        if frames[0] is not None and frames[0] == frames[1]:
            return points
        first, second = (self.rigids.get(one.series_instance_uid) for one in (own, other))
        return None if first is None or second is None else second.inverse().apply(first.apply(points))


def same_in_space(one: LesionFinding, other: LesionFinding, masks: SeriesMasks) -> bool | None:
    """Whether the masks of two findings lie at one place; None where that cannot be told."""
    first, second = (masks.by_series.get(lesion.series_instance_uid) for lesion in (one, other))
    if first is None or second is None:
        return None
    there, back = masks.points_in(one, second), masks.points_in(other, first)
    if there is None or back is None or not len(there) or not len(back):
        return None
    own = to_patient(second.lesions, np.argwhere(second.lesions.array == other.number)).mean(axis=0)
    if float(np.linalg.norm(there.mean(axis=0) - own)) <= _NEAR_MM:
        return True
    shares = (
        np.mean(sample_at(second.lesions, there, order=0) == other.number),
        np.mean(sample_at(first.lesions, back, order=0) == one.number),
    )
    return bool(max(shares) >= _LEAST_OVERLAP)
