"""Place + grade or kind -> growths and blobs that lesions are built from, each grade well inside its limits."""

from __future__ import annotations

import numpy as np

from spineseg.domain.escc import EsccGrade
from spineseg.phantom import anthropometry as table
from spineseg.phantom.anthropometry import LEVELS
from spineseg.phantom.growth import (
    DURA_GAP_MM,
    CordGrowth,
    EpiduralGrowth,
    IntraduralGrowth,
    Profile,
    Span,
    profile_at,
)
from spineseg.phantom.lesions import BoneBlob
from spineseg.phantom.spine import Spine

# Shape of the epidural part of each grade; lengths in mm. The plateau is where the grade holds, at least 12 mm
# with tapers that lead back to the undisturbed canal. Margins against clinical.md section 1.6 are tested.
PLATEAU_MM = 6.5
TAPER_MM = 9.0
_INDENT_1B_MM = 2.4
_CORD_SHARE_2 = 0.66
_FAR_CSF_2_MM = 1.9
_LARGEST_SHIFT_2_MM = 2.6
_CORD_SHARE_3 = 0.58
_FAR_CSF_3_MM = 0.2


def epidural_growth(
    spine: Spine, *, s: float, grade: EsccGrade, direction_rad: float, plateau_mm: float = PLATEAU_MM
) -> EpiduralGrowth:
    """Epidural tumour of a grade at a place along the canal.

    Parameters
    ----------
    grade
        1a, 1b, 1c, 2 or 3.
    direction_rad
        Where it comes from (`EpiduralGrowth`).
    """
    at = profile_at(spine, s, direction_rad)
    span = Span(s=s, plateau_mm=plateau_mm, taper_mm=TAPER_MM)
    if grade is EsccGrade.G1A:
        return EpiduralGrowth(
            span=span, direction_rad=direction_rad, front_mm=at.sac_near - 4.0, spares_sac=True, half_width_mm=7.0
        )
    if grade is EsccGrade.G1B:
        # In a narrow canal half of the CSF stays between mass and cord.
        indent = min(_INDENT_1B_MM, 0.52 * (at.sac_near - at.cord_near))
        return EpiduralGrowth(span=span, direction_rad=direction_rad, front_mm=at.sac_near - indent)
    if grade is EsccGrade.G1C:
        return EpiduralGrowth(span=span, direction_rad=direction_rad, front_mm=at.cord_near + DURA_GAP_MM)
    return _compressing(at, span, direction_rad, complete=grade is EsccGrade.G3)


def _compressing(at: Profile, span: Span, direction_rad: float, *, complete: bool) -> EpiduralGrowth:
    share, csf = (_CORD_SHARE_3, _FAR_CSF_3_MM) if complete else (_CORD_SHARE_2, _FAR_CSF_2_MM)
    # The cord gives way to the far side as far as the remaining CSF and its own ligaments let it, and is flattened.
    least = at.cord_far - (8.0 if complete else _LARGEST_SHIFT_2_MM)
    far = min(at.cord_far, max(at.sac_far + csf, least))
    near = far + share * at.cord_mm
    return EpiduralGrowth(
        span=span,
        direction_rad=direction_rad,
        front_mm=near + DURA_GAP_MM,
        cord_near_mm=near,
        cord_far_mm=far,
        widening=1.06,
        collapsed_sac=complete,
    )


def cauda_growth(spine: Spine, *, s: float, direction_rad: float, effaced: float) -> EpiduralGrowth:
    """Epidural tumour below the conus that takes a share of the sac's diameter."""
    at = profile_at(spine, s, direction_rad)
    front = at.sac_near - effaced * (at.sac_near - at.sac_far)
    return EpiduralGrowth(
        span=Span(s=s, plateau_mm=PLATEAU_MM, taper_mm=TAPER_MM), direction_rad=direction_rad, front_mm=front
    )


def bone_source(
    spine: Spine, *, s: float, direction_rad: float, extent: float = 1.0, paraspinal: bool = False
) -> BoneBlob:
    """Destroyed bone that an epidural tumour from this direction arises from: body, pedicle or arch.

    Parameters
    ----------
    extent
        Factor of its size; 1 destroys about a third of a body or one half of an arch.
    """
    k = int(spine.curve.node(np.array([s], dtype=np.float32))[0])
    canal, size = spine.canal, spine.size
    across, forward = float(np.cos(direction_rad)), float(np.sin(direction_rad))
    anterior = forward > 0.2
    half_u = (0.75 * float(canal.body_b[k]) if anterior else 11.0 * size) * extent
    half_v = (0.8 * float(canal.body_a[k]) if anterior else 10.0 * size) * extent
    # Overlaps the canal's wall, so that the tumour breaches it.
    centre_u = across * (float(canal.canal_b[k]) + 0.55 * half_u)
    centre_v = forward * (float(canal.canal_a[k]) + 0.7 * half_v)
    half_s = (10.5 if s < float(spine.top[table.T1]) else 13.0) * size * min(extent, 1.2)
    return BoneBlob(centre=(s, centre_u, centre_v), half=(half_s, half_u, half_v), paraspinal=paraspinal)


def body_blob(spine: Spine, level: str, *, share: float, side: float = 0.0) -> BoneBlob:
    """Tumour inside one vertebral body that leaves its posterior wall.

    Parameters
    ----------
    share
        Of the body's half diameters.
    side
        -1 far to the right, 1 far to the left.
    """
    k = LEVELS.index(level)
    s = float(spine.middle[k])
    node = int(spine.curve.node(np.array([s], dtype=np.float32))[0])
    depth, width = float(spine.canal.body_a[node]), float(spine.canal.body_b[node])
    # At least 2 mm of bone stay between tumour and canal.
    half_v = min(share * depth, depth - 1.5)
    return BoneBlob(
        centre=(s, side * width * (1 - share), float(spine.canal.canal_a[node]) + depth + 0.5),
        half=(share * float(spine.sizes["body_height"][k]) * 0.55, share * width, half_v),
    )


def intradural_growth(spine: Spine, *, s: float, direction_rad: float, half_s_mm: float = 10.0) -> IntraduralGrowth:
    """Meningioma or schwannoma that displaces and flattens the cord."""
    at = profile_at(spine, s, direction_rad)
    far = min(at.cord_far, at.sac_far + 0.7)
    near = far + 0.72 * at.cord_mm if at.cord_mm > 1 else (at.sac_near + at.sac_far) / 2
    half_q = (at.sac_near - near - 0.2) / 2
    return IntraduralGrowth(
        s=s, direction_rad=direction_rad, q_mm=near + 0.2 + half_q, half_q_mm=half_q + 0.4,
        half_w_mm=max(1.25 * half_q, 4.0), half_s_mm=half_s_mm, cord_near_mm=near, cord_far_mm=far,
    )  # fmt: skip


def cord_growth(*, s: float, half_length_mm: float = 14.0, swelling: float = 0.45, share: float = 0.75) -> CordGrowth:
    """Ependymoma or astrocytoma."""
    return CordGrowth(
        span=Span(s=s, plateau_mm=0.5 * half_length_mm, taper_mm=0.5 * half_length_mm), swelling=swelling, share=share
    )
