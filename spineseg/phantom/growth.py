"""Canal + growth -> deformed canal: how a mass, the thecal sac and the cord push each other, slice by slice.

Everything happens along one direction of the cross-section: q is the distance from the canal's middle towards the
mass, w the one across. The mass advances to a front q = F(w, s); the dura follows the front; the cord keeps its
far side as long as it can, then is shifted and flattened (and a little widened) between front and far side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from spineseg.domain.volume import FloatArray
from spineseg.phantom.canal import CanalPoints, Mask, cord_gauge
from spineseg.phantom.spine import Spine
from spineseg.phantom.tissues import Tissue

DURA_GAP_MM = 0.15  # dura and pia between a mass that touches and the cord (0.1-0.3 mm in histology [P])


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Extent along the canal: full within `plateau_mm` of `s`, then smoothly down to nothing over `taper_mm`."""

    s: float
    plateau_mm: float
    taper_mm: float

    def strength(self, s: FloatArray) -> FloatArray:
        """1 on the plateau, 0 beyond the tapers."""
        t = ((np.abs(s - np.float32(self.s)) - np.float32(self.plateau_mm)) / np.float32(self.taper_mm)).clip(0, 1)
        strength: FloatArray = 1 - t * t * (3 - 2 * t)
        return strength

    @property
    def reach_mm(self) -> float:
        """Half of the whole length."""
        return self.plateau_mm + self.taper_mm


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Where canal, sac and cord of a spine lie along one direction of a cross-section, as q [mm].

    Parameters
    ----------
    near, far
        Edges towards and away from the mass.
    """

    canal_near: float
    sac_near: float
    sac_far: float
    cord_near: float
    cord_far: float

    @property
    def cord_mm(self) -> float:
        """Diameter of the cord along the direction."""
        return self.cord_near - self.cord_far


@dataclass(frozen=True, slots=True, kw_only=True)
class EpiduralGrowth:
    """Tumour between bone and dura.

    Parameters
    ----------
    direction_rad
        Where the mass comes from: 0 the patient's left, π/2 anterior, -π/2 posterior.
    front_mm
        Position q of the front on the plateau; the dura follows it. Above the sac's near edge it lies flat.
    spares_sac
        The mass fills only the epidural space and leaves the sac its form (grade 1a).
    bow_per_mm
        How fast the front recedes sideways: q grows by `bow_per_mm * w²`.
    half_width_mm
        Extent across.
    cord_near_mm, cord_far_mm
        Edges of the cord on the plateau; None leaves the cord in place.
    widening
        Factor of the flattened cord's other diameter.
    collapsed_sac
        No CSF is left around the cord and the mass fills the rest of the sac's former place (grade 3).
    """

    span: Span
    direction_rad: float
    front_mm: float
    spares_sac: bool = False
    bow_per_mm: float = 0.03
    half_width_mm: float = 30.0
    cord_near_mm: float | None = None
    cord_far_mm: float | None = None
    widening: float = 1.0
    collapsed_sac: bool = False

    def press(self, section: CanalPoints, number: int) -> CanalPoints:
        """The canal with this growth in it, its voxels numbered `number`."""
        q, w = _across(section, self.direction_rad)
        strength = self.span.strength(section.points.s)
        edge = _support(section.canal_b, section.canal_a, self.direction_rad) + np.float32(0.3)
        front = edge + (np.float32(self.front_mm) - edge) * strength
        if self.cord_near_mm is not None and self.cord_far_mm is not None:
            section = _flatten_cord(section, self, front - np.float32(DURA_GAP_MM), q, w)
        cord_w = _across_centre(section, self.direction_rad)[1]
        surface = front + np.float32(self.bow_per_mm) * (w - cord_w) ** 2
        mass = (q > surface) & (np.abs(w) < self.half_width_mm * strength) & (strength > 0)
        if self.spares_sac:
            return _fill(section, mass & ~section.sac, section.sac, number, Tissue.LESION_SOFT)
        gauge = cord_gauge(section)
        sac = section.sac & ~mass
        if self.collapsed_sac:
            # 0.25 mm of dura and pia around the cord; the sac opens again along the tapers.
            rim = np.float32(0.25) / np.maximum(np.minimum(section.cord_a, section.cord_b), np.float32(0.5))
            squeezed = gauge < 1 + rim + 4 * (1 - strength)
            mass |= sac & ~squeezed & (strength > 0)
            sac &= squeezed
        mass &= gauge > 1.02
        return _fill(section, mass, sac | (gauge <= 1.02), number, Tissue.LESION_SOFT)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntraduralGrowth:
    """Rounded mass between dura and cord, widening the CSF above and below it; sizes are half diameters."""

    s: float
    direction_rad: float
    q_mm: float
    half_q_mm: float
    half_w_mm: float
    half_s_mm: float
    cord_near_mm: float
    cord_far_mm: float

    @property
    def span(self) -> Span:
        """Extent over which the cord gives way: longer than the mass."""
        return Span(s=self.s, plateau_mm=0.6 * self.half_s_mm, taper_mm=1.1 * self.half_s_mm)

    def press(self, section: CanalPoints, number: int) -> CanalPoints:
        """The canal with this growth in it, its voxels numbered `number`."""
        q, w = _across(section, self.direction_rad)
        strength = self.span.strength(section.points.s)
        natural = _support(section.sac_b, section.sac_a, self.direction_rad) + section.sac_v * np.float32(
            np.sin(self.direction_rad)
        )
        near = natural + (np.float32(self.cord_near_mm) - natural) * strength
        section = _flatten_cord(section, self, near, q, w)
        ball = ((q - self.q_mm) / self.half_q_mm) ** 2 + (w / self.half_w_mm) ** 2
        ball += ((section.points.s - self.s) / self.half_s_mm) ** 2
        mass = (ball < 1) & section.sac & (cord_gauge(section) > 1.04)
        return _fill(section, mass, section.sac, number, Tissue.LESION_INTRADURAL)

    @property
    def widening(self) -> float:
        """The displaced cord keeps most of its area."""
        return 1.06


@dataclass(frozen=True, slots=True, kw_only=True)
class CordGrowth:
    """Mass inside the cord, which swells around it, with oedema above and below.

    Parameters
    ----------
    swelling
        Growth of the cord's diameters as share.
    share
        Half diameters of the mass as share of the swollen cord's.
    """

    span: Span
    swelling: float
    share: float

    def press(self, section: CanalPoints, number: int) -> CanalPoints:
        """The canal with this growth in it, its voxels numbered `number`."""
        strength = self.span.strength(section.points.s)
        free = np.minimum(
            section.sac_a / np.maximum(section.cord_a, np.float32(0.5)),
            section.sac_b / np.maximum(section.cord_b, np.float32(0.5)),
        )
        # A swollen cord may fill the sac but not burst it.
        factor = np.minimum(1 + np.float32(self.swelling) * strength, np.maximum(0.94 * free, 1))
        section = replace(section, cord_u=section.cord_u / factor, cord_v=section.cord_v / factor)
        gauge = cord_gauge(section)
        mass = (gauge < self.share * np.sqrt(strength)) & (strength > 0.15) & section.sac
        return _fill(section, mass, section.sac, number, Tissue.LESION_CORD)


Growth = EpiduralGrowth | IntraduralGrowth | CordGrowth


def profile_at(spine: Spine, s: float, direction_rad: float) -> Profile:
    """Edges of the undisturbed canal's content along a direction."""
    k = int(spine.curve.node(np.array([s], dtype=np.float32))[0])
    canal = spine.canal
    across, forward = np.cos(direction_rad), np.sin(direction_rad)
    sac = float(np.hypot(canal.sac_b[k] * across, canal.sac_a[k] * forward))
    cord = float(np.hypot(canal.cord_b[k] * across, canal.cord_a[k] * forward))
    sac_q = float(canal.sac_v[k]) * forward
    cord_q = float(canal.cord_u[k]) * across + float(canal.cord_v[k]) * forward
    return Profile(
        canal_near=float(np.hypot(canal.canal_b[k] * across, canal.canal_a[k] * forward)),
        sac_near=sac_q + sac,
        sac_far=sac_q - sac,
        cord_near=cord_q + cord,
        cord_far=cord_q - cord,
    )


def _across(section: CanalPoints, direction_rad: float) -> tuple[FloatArray, FloatArray]:
    cosine, sine = np.float32(np.cos(direction_rad)), np.float32(np.sin(direction_rad))
    u, v = section.points.u, section.points.v
    return u * cosine + v * sine, v * cosine - u * sine


def _across_centre(section: CanalPoints, direction_rad: float) -> tuple[FloatArray, FloatArray]:
    cosine, sine = np.float32(np.cos(direction_rad)), np.float32(np.sin(direction_rad))
    u, v = section.cord_centre_u, section.cord_centre_v
    return u * cosine + v * sine, v * cosine - u * sine


def _support(half_u: FloatArray, half_v: FloatArray, direction_rad: float) -> FloatArray:
    cosine, sine = np.float32(np.cos(direction_rad)), np.float32(np.sin(direction_rad))
    reach: FloatArray = np.hypot(half_u * cosine, half_v * sine)
    return reach


def _flatten_cord(
    section: CanalPoints, growth: EpiduralGrowth | IntraduralGrowth, limit: FloatArray, q: FloatArray, w: FloatArray
) -> CanalPoints:
    """Cord squeezed between `limit` and its far edge; both edges move together along the tapers."""
    if growth.cord_near_mm is None or growth.cord_far_mm is None:
        return section
    centre_q, centre_w = _across_centre(section, growth.direction_rad)
    half = _support(section.cord_b, section.cord_a, growth.direction_rad)
    near, far = centre_q + half, centre_q - half
    least = np.float32(1e-3)
    squeezed_near = np.minimum(near, np.maximum(limit, np.float32(growth.cord_near_mm)))
    progress = ((near - squeezed_near) / np.maximum(near - np.float32(growth.cord_near_mm), least)).clip(0, 1)
    squeezed_far = far + progress * (np.float32(growth.cord_far_mm) - far)
    squeezed_half = np.maximum((squeezed_near - squeezed_far) / 2, np.float32(0.5))
    # Map each point back to where it would lie in the undisturbed cord.
    back_q = (q - (squeezed_near + squeezed_far) / 2) * (half / squeezed_half)
    back_w = (w - centre_w) / (1 + np.float32(growth.widening - 1) * progress)
    cosine, sine = np.float32(np.cos(growth.direction_rad)), np.float32(np.sin(growth.direction_rad))
    # Beyond its own reach the cord may lie where another growth has pushed it.
    reached = growth.span.strength(section.points.s) > 0
    return replace(
        section,
        cord_u=np.where(reached, back_q * cosine - back_w * sine, section.cord_u),
        cord_v=np.where(reached, back_q * sine + back_w * cosine, section.cord_v),
    )


def _fill(section: CanalPoints, mass: Mask, sac: Mask, number: int, tissue: Tissue) -> CanalPoints:
    return replace(
        section,
        sac=sac,
        tumour=np.where(mass, np.uint8(number), section.tumour),
        tumour_tissue=np.where(mass, np.uint8(tissue), section.tumour_tissue),
    )
