"""Segmentation -> SpineAnatomy: centreline, vertebrae in order, and the masks with their names settled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.basis import NamingBasis
from spineseg.domain.quality import QualityNote
from spineseg.domain.segmentation import Segmentation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Centerline:
    """Middle of the spinal canal, cranial to caudal.

    Parameters
    ----------
    points : (N, 3) [mm, LPS]
        Every `step_mm` along the curve.
    tangents : (N, 3)
        Unit vectors, pointing caudally.
    anterior : (N, 3)
        Unit vectors perpendicular to the tangent, pointing to the vertebral bodies.
    """

    points: NDArray[np.float64]
    tangents: NDArray[np.float64]
    anterior: NDArray[np.float64]
    step_mm: float

    @property
    def left(self) -> NDArray[np.float64]:
        """Unit vectors to the patient's left, perpendicular to tangent and anterior: (N, 3)."""
        return np.cross(self.anterior, self.tangents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vertebra:
    """One vertebra of the described spine.

    Parameters
    ----------
    position_mm
        Where its body's centre projects on the centreline, as distance from its cranial end [mm].
    extent_mm
        Cranial and caudal end of the body along the centreline [mm].
    complete
        Whether the whole body is in the field of view.
    candidates
        Names that a relative one may stand for, likeliest first; empty where nothing tells, or the name is known.
    """

    label: int
    name: str
    assumed: bool
    basis: NamingBasis
    body_centroid: tuple[float, float, float]
    position_mm: float
    extent_mm: tuple[float, float]
    complete: bool
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpineAnatomy:
    """A described spine.

    Parameters
    ----------
    segmentation
        The masks, their vertebrae and discs renamed to what the anchors say.
    centerline
        None where no canal was found.
    vertebrae
        Cranial to caudal, the sacrum last as "S1".
    """

    segmentation: Segmentation
    centerline: Centerline | None
    vertebrae: tuple[Vertebra, ...]
    quality: tuple[QualityNote, ...] = ()
