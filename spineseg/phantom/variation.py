"""Nothing -> Variation: everything by which an old, worn, broken or operated spine differs from the healthy one.

Levels are indices into `anthropometry.LEVELS`. A disc has the index of the vertebra above it; its two end plates are
the `upper` one (lower surface of the vertebra above) and the `lower` one (upper surface of the vertebra below).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.arch_shape import ArchShape
from spineseg.phantom.canal_tables import CanalChange, CanalHabit
from spineseg.phantom.tissues import Tissue


class DiscState(IntEnum):
    """What a disc looks like inside."""

    BRIGHT = 0
    GREY = 1
    DARK = 2
    VACUUM = 3
    CALCIFIED = 4
    FLUID = 5


WEAR_COLUMNS = (
    "disc_share", "state", "bulge", "lip", "bridge", "fused", "uncus", "plate", "crush",
    "upper_hollow", "lower_hollow", "upper_front", "lower_front", "upper_side", "lower_side",
    "upper_node", "lower_node", "node_u", "node_v", "upper_marrow", "lower_marrow", "upper_marrow_mm",
    "lower_marrow_mm", "facet", "joint", "laminectomy",
)  # fmt: skip
"""Columns of `Variation.wear`, (29,) each, by vertebra or disc:

disc_share   factor of the disc's height
state        `DiscState`
bulge        of the disc as share of its radius
lip, bridge  osteophytes at both end plates and bone that bridges the disc [mm]
fused        1 where bone has replaced the disc
uncus        height of the uncinate processes of the vertebra below [mm]
plate        thickness of the end plates' compact bone [mm]
crush        lost share of the whole body's height
*_hollow     depth of the end plate's middle [mm]
*_front      height lost at the body's front [mm], *_side at its left (negative: right)
*_node       depth of a Schmorl node at (node_u, node_v), shares of the half width and of the depth
*_marrow     `Tissue` of the marrow beside the end plate (0: as elsewhere) and how far it reaches [mm]
facet        factor of the size of the joint below
joint        `Tissue` between its surfaces
laminectomy  1 where laminae and spinous process are gone
"""


def healthy_wear() -> dict[str, FloatArray]:
    """Columns of a spine without any wear."""
    columns = {name: np.zeros(len(table.LEVELS), dtype=np.float32) for name in WEAR_COLUMNS}
    for name in ("disc_share", "facet"):
        columns[name] += 1
    columns["plate"] += np.float32(0.9)
    columns["joint"] += np.float32(Tissue.CARTILAGE)
    return columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """Vertebra displaced against the one below it, with everything above: to anterior and to the left [mm]."""

    level: int
    forward_mm: float
    left_mm: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Curves of the spine as factors of the mean ones, and what bends it aside.

    Parameters
    ----------
    neck, trunk, sacral
        Factors of the tilt: above C7, below, and in the sacrum.
    kyphosis_deg : (level, angle)
        Angles added at single vertebrae, as behind wedge fractures.
    scoliosis_mm, rotation_deg
        Greatest lateral offset of the canal and turn of the vertebrae towards its convex side.
    """

    neck: float = 1.0
    trunk: float = 1.0
    sacral: float = 1.0
    kyphosis_deg: tuple[tuple[int, float], ...] = ()
    scoliosis_mm: float = 0.0
    rotation_deg: float = 0.0
    slips: tuple[Slip, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Round place inside a body that is made of something else.

    Parameters
    ----------
    centre : (s, u, v)
        Shares of the body's half height, half width and half depth, from its middle.
    half_mm : (s, u, v)
    ragged
        Unevenness of its surface as share.
    """

    level: int
    tissue: Tissue
    centre: tuple[float, float, float]
    half_mm: tuple[float, float, float]
    ragged: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Encroachment:
    """Something normal that narrows the canal from outside: disc, bone or yellow ligament.

    Parameters
    ----------
    level
        Vertebra whose disc (or, with `of_body`, whose body) is meant.
    shift_mm
        Of its centre along the canal, caudally.
    direction_rad
        0 the patient's left, π/2 anterior.
    depth_mm, half_width_mm, half_length_mm
        How far it reaches into the canal, and its extents across and along.
    """

    level: int
    tissue: Tissue
    direction_rad: float
    depth_mm: float
    half_width_mm: float
    half_length_mm: float
    shift_mm: float = 0.0
    of_body: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Syrinx:
    """Cavity in the cord; `share` of the cord's half diameters."""

    level: int
    half_length_mm: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cyst:
    """Perineural cyst beside the sacral sac; `side` is +1 to the left."""

    level: int
    side: float
    radius_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """Implants of a fusion from `first` to `last`: screws in pedicles with rods, cages in the discs `cages`."""

    first: int
    last: int
    screws: bool
    cages: tuple[int, ...]
    screw_mm: float
    rod_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyForm:
    """Outline of the bodies across the canal, by region (neck, thorax, lumbar spine).

    Parameters
    ----------
    heart
        Share by which the front half narrows to a tip.
    hollow_mm
        Depth of the posterior wall's groove.
    fat_islands
        Level of the random field above which marrow is fatty; 9 for none.
    cortex_factor
        Of the thickness of the bodies' compact rim.
    """

    heart: tuple[float, float, float] = (0.05, 0.3, 0.1)
    hollow_mm: tuple[float, float, float] = (0.5, 2.5, 4.0)
    fat_islands: float = 9.0
    cortex_factor: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cauda:
    """How the nerve roots lie in the sac.

    Parameters
    ----------
    pitch_mm
        Distance of neighbouring roots.
    settled
        0: in the sac's middle; 1: at its back.
    share
        Half depth of the bundle just below the conus as share of the sac's.
    winding_mm
        Sideways waves along the sac: redundant roots above a stenosis.
    """

    pitch_mm: float = 2.6
    settled: float = 0.85
    share: float = 0.72
    winding_mm: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """A patient's spine; the defaults are a healthy one."""

    wear: Mapping[str, FloatArray] = field(default_factory=healthy_wear)
    alignment: Alignment = field(default_factory=Alignment)
    form: BodyForm = field(default_factory=BodyForm)
    arch: ArchShape = field(default_factory=ArchShape)
    canal: CanalHabit = field(default_factory=CanalHabit)
    canal_changes: tuple[CanalChange, ...] = ()
    cauda: Cauda = field(default_factory=Cauda)
    spots: tuple[Spot, ...] = ()
    encroachments: tuple[Encroachment, ...] = ()
    syrinxes: tuple[Syrinx, ...] = ()
    cysts: tuple[Cyst, ...] = ()
    hardware: tuple[Hardware, ...] = ()
