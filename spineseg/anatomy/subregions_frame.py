"""Vertebra + its canal -> CanalFrame: the measures of the patient's own canal that divide a vertebra into its parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.anatomy.centerline import Projection
from spineseg.domain.anatomy import SpineAnatomy, Vertebra

Points = NDArray[np.float64]

# Adult means (Panjabi 1991/1992, as rounded in clinical practice), where the canal is not in view.
_CANAL_HALF_MM = (11.0, 8.0)  # left-right, anteroposterior
_PEDICLE_RANGE_MM = (4.0, 15.0)  # widths of pedicles from T4-T5 to L5 (Panjabi et al., Spine 1991;16:888, 1992;17:299)
# In the neck the transverse process with its foramen lies beside the pedicle, whose width of 5.5 mm is 0.45 of the
# canal's half width of 12.3 mm (C3-C6, Panjabi et al., Spine 1991;16:861).
_NECK_PEDICLE_SHARE = 0.45
_USUAL_PEDICLE_MM = 7.0
_DISC_MM = 4.0  # half a disc, where the neighbour is not in view [P]
# Behind the laminae (5 mm) and their joints only the spinous process is this close to the midline: 24 degrees. [P]
_BEHIND_LAMINAE_MM = 8.0
_STEEPEST = 0.45
_LEAST_POINTS = 20  # fewer voxels measure nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class CanalFrame:
    """Measures of the canal at one vertebra.

    Parameters
    ----------
    half_width_mm
        Of the canal, to each side.
    front_mm, back_mm
        From the centreline to the anterior and posterior edge of the canal.
    pedicle_mm
        Width of the pedicles.
    middle_mm
        Middle of the body along the centreline.
    upper_mm, lower_mm
        Middle of the discs above and below along the centreline, where the joints lie.
    midline
        Offset of the spinous process to the left per millimetre behind the centreline: vertebrae turn, and the
        frame's anterior side is smoothed over several of them.
    cervical
        Whether the vertebra is known to be one of the neck.
    """

    half_width_mm: float
    front_mm: float
    back_mm: float
    pedicle_mm: float
    middle_mm: float
    upper_mm: float
    lower_mm: float
    midline: float
    cervical: bool

    @property
    def pitch_mm(self) -> float:
        """From disc to disc."""
        return self.lower_mm - self.upper_mm


def canal_frame(anatomy: SpineAnatomy, vertebra: Vertebra, canal: Projection, posterior: Projection) -> CanalFrame:
    """Measures of the canal at one vertebra, from its own voxels.

    Parameters
    ----------
    canal
        Voxels of the canal around the vertebra.
    posterior
        Voxels of its posterior elements.
    """
    low, high = vertebra.extent_mm
    middle = 0.5 * (low + high)
    here = np.abs(canal.position_mm - middle) < 0.5 * (high - low)
    half_width, (front, back) = _CANAL_HALF_MM[0], (_CANAL_HALF_MM[1],) * 2
    if here.sum() >= _LEAST_POINTS:
        # Half axes of a filled ellipse are twice the standard deviations: no single voxel at the edge decides.
        half_width = 2.0 * float(np.std(canal.left_mm[here]))
        half_depth, offset = 2.0 * float(np.std(canal.posterior_mm[here])), float(np.mean(canal.posterior_mm[here]))
        front, back = max(2.0, half_depth - offset), max(2.0, half_depth + offset)
    upper, lower = _disc_middles(anatomy, vertebra)
    cervical = vertebra.name.startswith("C")
    pedicle = _pedicle_width(posterior, half_width=half_width, front=front, extent=(low, middle))
    return CanalFrame(
        half_width_mm=half_width,
        front_mm=front,
        back_mm=back,
        pedicle_mm=min(pedicle, _NECK_PEDICLE_SHARE * half_width) if cervical else pedicle,
        middle_mm=middle,
        upper_mm=upper,
        lower_mm=lower,
        midline=_midline(posterior, back=back),
        cervical=cervical,
    )


def _midline(posterior: Projection, *, back: float) -> float:
    """Direction of the spinous process as offset to the left per millimetre to posterior."""
    behind = posterior.posterior_mm
    far = (behind > back + _BEHIND_LAMINAE_MM) & (np.abs(posterior.left_mm) < _STEEPEST * behind)
    if far.sum() < _LEAST_POINTS:
        return 0.0
    return float(np.median(posterior.left_mm[far] / behind[far]))


def _disc_middles(anatomy: SpineAnatomy, vertebra: Vertebra) -> tuple[float, float]:
    number = anatomy.vertebrae.index(vertebra)
    low, high = vertebra.extent_mm
    above = anatomy.vertebrae[number - 1].extent_mm[1] if number else low - 2 * _DISC_MM
    below = anatomy.vertebrae[number + 1].extent_mm[0] if number + 1 < len(anatomy.vertebrae) else high + 2 * _DISC_MM
    # A vertebra that was not segmented leaves a gap; a joint is never further away than a whole disc.
    return max(0.5 * (low + above), low - 3 * _DISC_MM), min(0.5 * (high + below), high + 3 * _DISC_MM)


def _pedicle_width(posterior: Projection, *, half_width: float, front: float, extent: tuple[float, float]) -> float:
    """How far bone reaches beside the canal where only pedicles lie: its front half, at the body's upper half."""
    beside = np.abs(posterior.left_mm) - half_width
    slab = (posterior.position_mm > extent[0]) & (posterior.position_mm < extent[1]) & (beside > 0)
    slab &= (posterior.posterior_mm < -0.2 * front) & (posterior.posterior_mm > -front)
    if slab.sum() < _LEAST_POINTS:
        return _USUAL_PEDICLE_MM
    return float(np.clip(np.percentile(beside[slab], 90), *_PEDICLE_RANGE_MM))
