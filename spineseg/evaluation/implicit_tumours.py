"""Site in a canal + random numbers -> test tumour as implicit surfaces, with its grade by construction.

Written apart from `segmentation.hybrids`, which trains: nothing is shared, so that a network cannot score by having
learnt the way in which tumours were put into its training images.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.evaluation.canal_site import CanalSite

FloatArray = NDArray[np.float64]

GRADED = (EsccGrade.G1A, EsccGrade.G1B, EsccGrade.G1C, EsccGrade.G2, EsccGrade.G3)
LEAST_FILM_MM = 1.5  # thinner epidural tumour cannot be seen on pixels of about 0.7 mm [P]
LEAST_GAP_MM = 1.5  # of CSF before the cord, for a sac that is indented without contact [P]
LEAST_SHIFT_MM = 1.2  # of a compressed cord [P]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ImplicitTumour:
    """A tumour in canal coordinates; lengths in mm.

    Parameters
    ----------
    grade
        Truth from how deep the mass was set; not applicable inside the dura and below the conus.
    angle
        Direction of its base from the centreline [rad]: 0 anterior, positive to the patient's left.
    half_length, half_width, depth
        Half axes along the canal, across it, and inward from the wall.
    centre
        Offset of an intradural tumour's middle from the centreline to the left and to posterior: (2,).
    shift
        How far the cord is moved inward.
    squash
        Factor on the cord's diameter along the push.
    ring
        Whether the mass fills all of the canal but the cord.
    bone_radius
        Half axis of the part in bone; 0 without one.
    """

    compartment: Compartment
    grade: EsccGrade
    site: CanalSite
    angle: float
    half_length: float
    half_width: float
    depth: float
    centre: tuple[float, float] = (0.0, 0.0)
    shift: float = 0.0
    squash: float = 1.0
    ring: bool = False
    bone_radius: float = 0.0

    @property
    def direction(self) -> FloatArray:
        """Unit vector from the centreline to the tumour's base, to the left and to posterior: (2,)."""
        return np.array([np.sin(self.angle), -np.cos(self.angle)])

    def inside(self, along: FloatArray, left: FloatArray, posterior: FloatArray) -> FloatArray:
        """Signed distance, roughly, to the soft mass's surface; positive inside.

        Parameters
        ----------
        along, left, posterior : (N,) [mm]
            Canal coordinates.

        Returns
        -------
        (N,) [mm]
        """
        if self.compartment is not Compartment.EXTRADURAL:
            return self._ellipsoid(along, left, posterior)
        if self.depth <= 0:
            return np.full(along.shape, -np.inf)
        wall = self.site.canal_at(np.arctan2(left, -posterior)) - np.hypot(left, posterior)
        out, across = self._turned(left, posterior)
        axial = (along - self.site.position_mm) / self.half_length
        if self.ring:
            # All of the canal, tapering at both ends like a spindle's shell.
            reach = 1.5 * (1 - axial**2) * float(self.site.canal_at(self.angle))
            return np.minimum(wall, reach - wall)
        from_wall = np.clip(float(self.site.canal_at(self.angle)) - out, 0, None)
        scaled = np.sqrt(axial**2 + (across / self.half_width) ** 2 + (from_wall / self.depth) ** 2)
        return np.minimum(wall, (1 - scaled) * min(self.depth, self.half_width, self.half_length))

    def inside_bone(self, along: FloatArray, left: FloatArray, posterior: FloatArray) -> FloatArray:
        """The same for the part in bone, before it is cut to the bone's mask: (N,) [mm]."""
        if self.bone_radius <= 0:
            return np.full(along.shape, -np.inf)
        out, across = self._turned(left, posterior)
        middle = float(self.site.canal_at(self.angle)) + 0.7 * self.bone_radius
        axial = along - self.site.position_mm
        # A low ripple, since no tumour's edge is an ellipsoid.
        ripple = 1 + 0.12 * np.sin(0.9 * out + 0.3 * axial) * np.cos(0.8 * across - 0.5 * axial)
        return self.bone_radius - np.sqrt((out - middle) ** 2 + across**2 + 0.8 * axial**2) * ripple

    def cord_shift(self, along: FloatArray) -> FloatArray:
        """How far the cord is moved inward, fading over one and a half of the half length: (N,) [mm]."""
        axial = (along - self.site.position_mm) / (1.5 * self.half_length)
        return self.shift * np.clip(1 - axial**2, 0, None)

    def _turned(self, left: FloatArray, posterior: FloatArray) -> tuple[FloatArray, FloatArray]:
        x, y = self.direction
        return left * x + posterior * y, posterior * x - left * y

    def _ellipsoid(self, along: FloatArray, left: FloatArray, posterior: FloatArray) -> FloatArray:
        axial = (along - self.site.position_mm) / self.half_length
        across = np.hypot(left - self.centre[0], posterior - self.centre[1]) / self.half_width
        return (1 - np.hypot(axial, across)) * self.half_width


def epidural_mass(
    site: CanalSite, grade: EsccGrade, rng: np.random.Generator, *, least_length: float
) -> ImplicitTumour | None:
    """Mass on the canal's wall, set to a grade; None where the site has not the room that the grade needs.

    Parameters
    ----------
    grade
        0 for bone only. Below the conus the grades stand for rising depth, and the truth is "not applicable".
    least_length : [mm]
        Half length that the image's slices can still show.
    """
    angle = float(rng.choice([-1, 1]) * np.deg2rad(rng.uniform(0, 100)))
    length = max(float(rng.uniform(6, 16)), least_length)
    width = float(rng.uniform(0.6, 1.3)) * float(site.canal_at(angle))
    radius = float(rng.uniform(5, 11)) if grade is EsccGrade.G0 or rng.random() < 0.7 else 0.0
    depth, shift, squash = 0.0, 0.0, 1.0
    if grade is not EsccGrade.G0:
        setting = _setting(site, grade, angle) if site.has_cord else _below_conus(site, grade, angle)
        if setting is None:
            return None
        depth, shift, squash = setting
    return ImplicitTumour(
        compartment=Compartment.EXTRADURAL,
        grade=grade if site.has_cord or grade is EsccGrade.G0 else EsccGrade.NOT_APPLICABLE,
        site=site,
        angle=angle,
        half_length=length,
        half_width=width,
        depth=depth,
        shift=shift,
        squash=squash,
        ring=grade is EsccGrade.G3 and site.has_cord,
        bone_radius=radius,
    )


def intradural_mass(site: CanalSite, rng: np.random.Generator, *, least_length: float) -> ImplicitTumour:
    """Round tumour on the inside of the dura; a cord in its way is moved."""
    angle = float(rng.uniform(-np.pi, np.pi))
    dura = float(site.sac_at(angle))
    radius = float(rng.uniform(0.3, 0.6)) * (dura + float(site.sac_at(angle + np.pi))) / 2
    shift = 0.0
    if site.has_cord:
        _, before, behind = site.gaps(angle)
        shift = min(max(2 * radius - before, 0.0), behind)
        radius = min(radius, (before + shift) / 2 + 0.5)  # half a millimetre of contact
    middle = (dura - radius) * np.array([np.sin(angle), -np.cos(angle)])
    return ImplicitTumour(
        compartment=Compartment.INTRADURAL_EXTRAMEDULLARY,
        grade=EsccGrade.NOT_APPLICABLE,
        site=site,
        angle=angle,
        half_length=max(radius * float(rng.uniform(1.0, 2.0)), least_length),
        half_width=radius,
        depth=radius,
        centre=(float(middle[0]), float(middle[1])),
        shift=shift,
    )


def intramedullary_mass(site: CanalSite, rng: np.random.Generator, *, least_length: float) -> ImplicitTumour | None:
    """Tumour within the cord, which is not swollen; None below the conus."""
    if not site.has_cord:
        return None
    return ImplicitTumour(
        compartment=Compartment.INTRAMEDULLARY,
        grade=EsccGrade.NOT_APPLICABLE,
        site=site,
        angle=0.0,
        half_length=max(float(rng.uniform(6, 15)), least_length),
        half_width=float(rng.uniform(0.6, 0.9)) * site.cord_radius_mm,
        depth=site.cord_radius_mm,
        centre=(float(site.cord_centre[0]), float(site.cord_centre[1])),
    )


def _setting(site: CanalSite, grade: EsccGrade, angle: float) -> tuple[float, float, float] | None:
    """Depth, shift of the cord and squash for a grade (Bilsky et al. 2010, doi:10.3171/2010.3.SPINE09459)."""
    epidural, before, behind = site.gaps(angle)
    touching = epidural + before
    if grade is EsccGrade.G1A:
        return (epidural, 0.0, 1.0) if epidural >= LEAST_FILM_MM else None
    if grade is EsccGrade.G1B:
        # Half way through the CSF: the sac is indented, the cord is not reached.
        return (epidural + 0.5 * before, 0.0, 1.0) if before >= LEAST_GAP_MM else None
    if touching < LEAST_FILM_MM:
        return None
    if grade is EsccGrade.G1C:
        return touching + 0.3, 0.0, 1.0  # 0.3 mm of contact
    if grade is EsccGrade.G2:
        shift = 0.6 * behind
        return (touching + shift, shift, 0.9) if shift >= LEAST_SHIFT_MM else None
    return touching + behind, 0.8 * behind, 0.75


def _below_conus(site: CanalSite, grade: EsccGrade, angle: float) -> tuple[float, float, float] | None:
    epidural = max(float(site.canal_at(angle) - site.sac_at(angle)), 0.0)
    across = float(site.sac_at(angle) + site.sac_at(angle + np.pi))
    share = GRADED.index(grade) / len(GRADED)  # of the sac that the mass takes
    depth = epidural + share * across
    return (depth, 0.0, 1.0) if depth >= LEAST_FILM_MM else None
