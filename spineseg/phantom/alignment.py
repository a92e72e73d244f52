"""Alignment + levels -> what bends the canal: added tilt, and the shear of slipped and turned vertebrae."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spineseg.phantom import anthropometry as table
from spineseg.phantom.curve import Shear
from spineseg.phantom.variation import Alignment

Doubles = NDArray[np.float64]

_ABSORBED_MM = 90.0  # a gibbus is made up for by opposite bends within this distance on either side [P]
_STEP_MARGIN_MM = 1.5  # a step of the canal is a little longer than the disc [P]


def kyphosis_rad(alignment: Alignment, s: Doubles, top: Doubles, bottom: Doubles) -> Doubles:
    """Tilt added by angles at single vertebrae, at the nodes `s` (N,) [rad]; (29,) `top` and `bottom` [mm]."""
    tilt = np.zeros_like(s)
    for level, angle_deg in alignment.kyphosis_deg:
        # Half a turn above the vertebra and half below, fading away: kyphosis lessens the tilt on the way down.
        turn = 0.5 - _rise(s, top[level] - 2, bottom[level] + 2)
        fade = np.exp(-((np.abs(s - (top[level] + bottom[level]) / 2) / _ABSORBED_MM) ** 2))
        tilt += np.deg2rad(angle_deg) * turn * fade
    return tilt


def shear(alignment: Alignment, s: Doubles, top: Doubles, bottom: Doubles, lateral: Doubles) -> Shear | None:
    """Displacement across the canal at the nodes; None where nothing is displaced."""
    if not alignment.slips and not alignment.rotation_deg:
        return None
    forward, left = np.zeros_like(s), np.zeros_like(s)
    for slip in alignment.slips:
        above = 1 - _rise(s, bottom[slip.level] - _STEP_MARGIN_MM, top[slip.level + 1] + _STEP_MARGIN_MM)
        forward += slip.forward_mm * above
        left += slip.left_mm * above
    # Vertebrae turn to the convex side in proportion to the bend (Stokes, Spine 1994;19:236); not C1, C2, sacrum.
    bend = lateral / max(float(np.abs(lateral).max()), 1.0)
    inside = _rise(s, top[table.C2], top[table.C3] + 40) * (1 - _rise(s, top[table.L5] - 30, bottom[table.L5]))
    angle = np.deg2rad(alignment.rotation_deg) * bend * inside
    return Shear(*(np.ascontiguousarray(part, dtype=np.float32) for part in (left, forward, angle)))


def _rise(s: Doubles, low: float, high: float) -> Doubles:
    """0 before `low`, 1 after `high`, smooth between."""
    t = np.clip((s - low) / (high - low), 0, 1)
    rise: Doubles = t * t * (3 - 2 * t)
    return rise
