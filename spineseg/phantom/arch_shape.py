"""Nothing -> ArchShape: proportions of the posterior elements, by region (neck, thorax, lumbar spine)."""

from __future__ import annotations

from dataclasses import dataclass

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchShape:
    """Factors and sizes that `posterior` builds with; the defaults are the arches of the named cases.

    Parameters
    ----------
    lamina_factor
        Of the thickness of the laminae.
    lamina_share
        Half height of the laminae as share of the body's height.
    pillar_factor
        Of the articular pillars' thickness (across the canal, not along it).
    lamina_low
        How far the laminae's middle lies below the body's, as share of the body's height.
    spinous_factor, spinous_height_factor
        Of the thickness and of the height of the spinous processes.
    spinous_rounding
        Share of their height that they lose at root and tip.
    isthmus_mm
        Half thickness of the bone between the upper and the lower joints of an arch; 0 for none.
    joint_mm
        Half of the gap between the joint surfaces, with their cartilage.
    flavum_mm
        Thickness of the yellow ligament.
    bifid_mm
        How far the two tips of a cervical spinous process (C2-C6) lie from the midline; 0 for a single one.
    interspinous
        Share of ligament, against fat, between the spinous processes; negative for none painted.
    canal_taper
        Share by which the canal narrows at its back: a rounded triangle instead of an ellipse.
    """

    lamina_factor: Triple = (0.8, 1.0, 1.0)
    lamina_share: Triple = (0.42, 0.5, 0.42)
    pillar_factor: Triple = (1.0, 1.0, 1.0)
    lamina_low: Triple = (0.15, 0.15, 0.15)
    spinous_factor: Triple = (1.0, 1.0, 1.0)
    spinous_height_factor: Triple = (1.0, 1.0, 1.0)
    spinous_rounding: float = 0.0
    isthmus_mm: Triple = (0.0, 0.0, 0.0)
    joint_mm: float = 0.6
    flavum_mm: float = 3.0
    bifid_mm: float = 0.0
    interspinous: float = -1.0
    canal_taper: Triple = (0.0, 0.0, 0.0)
