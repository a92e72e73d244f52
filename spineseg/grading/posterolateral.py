"""Lesion + bones -> points of posterolateral involvement: pedicle, facet and costovertebral joint, side by side.

Fisher et al. 2010: bilateral 3, unilateral 1, none 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import spatial

from spineseg.anatomy.subregions import ARTICULAR_PROCESS, BODY, PEDICLE, RIB_HEAD, VertebraParts
from spineseg.domain.anatomy import Vertebra
from spineseg.domain.sins import PointRange, SinsDoubt
from spineseg.domain.volume import to_patient
from spineseg.grading.lesion_view import LesionView
from spineseg.grading.spine_bones import SpineBones

SIDES = ("left", "right")
PEDICLE_KEY, FACET_KEY, COSTOVERTEBRAL_KEY = "pedicle", "facet", "costovertebral"

# A side is involved from a fifth of one of its parts or 0.3 cm³ in it (clinical.md 2.4); a quarter more or less of
# that is borderline. [P]
_SHARE = 0.20
_VOLUME_MM3 = 300.0
_BORDER = 0.25
_JOINT_MM = 5.0  # bone this close to a rib's head belongs to the costovertebral joint (clinical.md 2.4)
# Half a pedicle of 5 mm (T4-T5, Panjabi 1991) across, a third of one of 14 mm along: coarser voxels do not tell a
# pedicle from the body. [P]
_COARSE_ACROSS_MM = 2.5
_COARSE_ALONG_MM = 4.6
_NOTHING = 0.02  # share of every part below which even coarse voxels show that there is nothing [P]
_LEAST_BONE_MM3 = 100.0  # pedicle and facet of one side in C4 have 500 mm³: less was cut off [P]
_SEAT_SHARE = 0.7  # of the body's half width: lateral of it, at the upper back corner, ribs rest [P]
_UNILATERAL, _BILATERAL = 1, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SideFinding:
    """One side of one vertebra.

    Parameters
    ----------
    shares
        Part -> share that is tumour, 0 to 1.
    volumes_mm3
        Part -> tumour in it.
    bone_mm3
        Volume of pedicle and facet.
    seat_share
        Share of tumour where a rib's head would rest, for thoracic vertebrae whose ribs nobody segmented; else 0.
    total_mm3
        Tumour in any of the parts.
    """

    shares: Mapping[str, float]
    volumes_mm3: Mapping[str, float]
    bone_mm3: float
    seat_share: float
    total_mm3: float

    def is_involved(self, factor: float = 1.0) -> bool:
        """Whether a part reaches the share or the volume that counts, times a factor."""
        by_share = any(share >= factor * _SHARE for share in self.shares.values())
        return by_share or any(volume >= factor * _VOLUME_MM3 for volume in self.volumes_mm3.values())


def score_posterolateral(view: LesionView, bones: SpineBones) -> PointRange:
    """Points of the worst involved vertebra."""
    coarse = _is_coarse(view)
    ranges = []
    for vertebra in bones.involved(view.number):
        parts = bones.parts(vertebra)
        if parts is None:
            ranges.append(PointRange(low=0, high=_BILATERAL, doubt=SinsDoubt.NOT_IN_VIEW))
            continue
        tumour = bones.tumour_in(parts, view.number)
        ranges.append(_range({side: find_side(view, parts, tumour, vertebra, side) for side in SIDES}, coarse=coarse))
    if not ranges:
        return PointRange(low=0, high=0, estimate=0)
    return max(ranges, key=lambda one: (one.low, one.estimate or 0, one.high, sum(one.evidence.values())))


def find_side(
    view: LesionView, parts: VertebraParts, tumour: NDArray[np.bool_], vertebra: Vertebra, side: str
) -> SideFinding:
    """Tumour in pedicle, facet and costovertebral joint of one side.

    Parameters
    ----------
    tumour : (N,)
        Which voxels of `parts` the lesion holds.
    """
    masks = {
        PEDICLE_KEY: parts.mask((f"{PEDICLE}_{side}",)),
        FACET_KEY: parts.mask((f"{ARTICULAR_PROCESS}_{side}",)),
    }
    head = parts.mask((f"{RIB_HEAD}_{side}",))
    if head.any():
        points = to_patient(view.anatomy.segmentation.anatomy, parts.indices)
        distance, _ = spatial.cKDTree(points[head]).query(points, distance_upper_bound=_JOINT_MM)
        masks[COSTOVERTEBRAL_KEY] = np.isfinite(distance)
    seen = {key: mask for key, mask in masks.items() if mask.any()}
    union = np.any(list(masks.values()), axis=0)
    bone = masks[PEDICLE_KEY] | masks[FACET_KEY]
    thoracic = vertebra.name[0] in "TV"
    return SideFinding(
        shares={key: float(np.mean(tumour[mask])) for key, mask in seen.items()},
        volumes_mm3={key: float(np.count_nonzero(tumour[mask]) * parts.voxel_mm3) for key, mask in seen.items()},
        bone_mm3=float(np.count_nonzero(bone) * parts.voxel_mm3),
        seat_share=_seat_share(parts, tumour, side) if thoracic and not head.any() else 0.0,
        total_mm3=float(np.count_nonzero(tumour & union) * parts.voxel_mm3),
    )


def _seat_share(parts: VertebraParts, tumour: NDArray[np.bool_], side: str) -> float:
    body = parts.mask((BODY,))
    if not body.any():
        return 0.0
    outward = parts.at.left_mm if side == "left" else -parts.at.left_mm
    half_width = 0.5 * float(np.ptp(np.percentile(parts.at.left_mm[body], (2, 98))))
    behind = parts.at.posterior_mm > np.median(parts.at.posterior_mm[body])
    seat = body & behind & (outward > _SEAT_SHARE * half_width) & (parts.at.position_mm < parts.frame.middle_mm)
    return float(np.mean(tumour[seat])) if seat.any() else 0.0


def _is_coarse(view: LesionView) -> bool:
    """Whether voxels are too large across the pedicles or along them."""
    axes = np.asarray(view.anatomy.segmentation.anatomy.affine)[:3, :3]
    centerline = view.centerline
    middle = float(np.median(view.voxels.frame.position_mm))
    node = int(np.clip(round(middle / centerline.step_mm), 0, len(centerline.points) - 1))
    across = float(np.linalg.norm(centerline.left[node] @ axes))
    along = float(np.linalg.norm(centerline.tangents[node] @ axes))
    return across > _COARSE_ACROSS_MM or along > _COARSE_ALONG_MM


def _range(found: Mapping[str, SideFinding], *, coarse: bool) -> PointRange:
    sides = list(found.values())
    evidence = {
        f"{key}_{side}_pct": round(100.0 * share, 1) for side, one in found.items() for key, share in one.shares.items()
    }
    evidence |= {f"posterolateral_{side}_mm3": round(one.total_mm3, 1) for side, one in found.items()}
    estimate = _points(one.is_involved() for one in sides)
    low = _points(one.is_involved(1.0 + _BORDER) for one in sides)
    high = _points(one.is_involved(1.0 - _BORDER) or one.seat_share >= _SHARE for one in sides)
    doubt = SinsDoubt.BORDERLINE if low != high else None
    if any(one.bone_mm3 < _LEAST_BONE_MM3 for one in sides):
        high, doubt = _BILATERAL, SinsDoubt.NOT_IN_VIEW
    elif coarse and any(share >= _NOTHING for one in sides for share in one.shares.values()):
        low, high, doubt = 0, _BILATERAL, SinsDoubt.RESOLUTION
    return PointRange(low=low, high=high, estimate=estimate, evidence=evidence, doubt=doubt)


def _points(involved: Iterable[bool]) -> int:
    return (0, _UNILATERAL, _BILATERAL)[sum(involved)]
