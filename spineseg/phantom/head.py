"""Canvas -> skull base, vault, brain, brain stem and the CSF around them painted on it; nothing here is labelled.

Heights are above the top of C1; the foramen magnum lies some 8 mm up. Sizes are those of adults, read off CT [P].
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import FloatArray
from spineseg.phantom.canvas import Canvas, Chosen, ellipse, paint
from spineseg.phantom.tissues import Tissue

Mask = NDArray[np.bool_]

_BRAIN_HALF_MM = (68.0, 86.0, 64.0)
_BRAIN_CENTRE_MM = (0.0, 18.0, 66.0)
_VAULT_MM = 6.5
# Middle of the brain stem (anterior, half width, half depth) [mm at size 1] by height: medulla, pons, midbrain.
_STEM_UP = (0.0, 26.0, 34.0, 44.0, 58.0, 75.0)
_STEM_V = (0.0, 3.0, 8.0, 11.0, 13.0, 16.0)
_STEM_HALF_U = (6.5, 8.0, 15.0, 18.0, 15.0, 22.0)
_STEM_HALF_V = (5.0, 6.5, 11.0, 13.0, 10.0, 14.0)


def paint_skull(canvas: Canvas) -> None:
    """Vault, base with clivus, condyles and sphenoid sinus, and what lies inside."""
    size = canvas.spine.size
    chosen = canvas.box(u_mm=90 * size, v_mm=(-90 * size, 130 * size), s_mm=(-150 * size, 4.0))
    if not chosen.size:
        return
    # The spine was painted before and stays.
    chosen = chosen[canvas.anatomy[chosen] == 0]
    points = canvas.points.at(chosen)
    u, v, up = points.u / np.float32(size), points.v / np.float32(size), -points.s / np.float32(size)
    inside = _brain_mm(u, v, up)
    floor = _floor_mm(v)
    over = up > floor
    shell = (inside <= 0) & (inside > -_VAULT_MM) & (up > floor - 6)
    base = (inside > -_VAULT_MM) & ~over & (up > floor - 8) & (np.abs(u) < 62)
    hole = (ellipse(u, v, 14.5, 18.0) < 1) & (up < 14)
    bone = (shell | base) & ~hole
    compact = (inside > -1.6) | (inside < 1.6 - _VAULT_MM) | (base & (up > floor - 1.6))
    paint(canvas.tissue, chosen, bone, np.where(compact, np.uint8(Tissue.CORTEX), np.uint8(Tissue.MARROW_OTHER)))
    brain = (inside > 0) & over
    paint(canvas.tissue, chosen, brain, Tissue.BRAIN)
    _paint_cisterns(canvas, chosen, (u, v, up), brain | (hole & (up > 3)), inside)
    _paint_base(canvas, chosen, (u, v, up))


def _brain_mm(u: FloatArray, v: FloatArray, up: FloatArray) -> FloatArray:
    """Depth inside the vault's inner face [mm at size 1]."""
    offsets = [value - np.float32(centre) for value, centre in zip((u, v, up), _BRAIN_CENTRE_MM, strict=True)]
    gauge = np.sqrt(sum((value / np.float32(half)) ** 2 for value, half in zip(offsets, _BRAIN_HALF_MM, strict=True)))
    radius = np.sqrt(offsets[0] ** 2 + offsets[1] ** 2 + offsets[2] ** 2)
    depth: FloatArray = radius * (1 / np.maximum(gauge, np.float32(0.05)) - 1)
    return depth


def _floor_mm(v: FloatArray) -> FloatArray:
    """Height of the skull base's inner face: posterior, middle and anterior fossa rise in steps."""
    steps = 5 + 24 / (1 + np.exp(-(v - 24) / 3)) + 15 / (1 + np.exp(-(v - 60) / 3))
    floor: FloatArray = steps.astype(np.float32)
    return floor


def _paint_cisterns(
    canvas: Canvas, chosen: Chosen, place: tuple[FloatArray, FloatArray, FloatArray], brain: Mask, inside: FloatArray
) -> None:
    """CSF below and around the stem, in sulci and ventricles; the cord goes on into medulla, pons and midbrain."""
    u, v, up = place
    side = np.abs(u)
    rough = canvas.rough[chosen]
    centre, half_u, half_v = (
        np.interp(up, _STEM_UP, column).astype(np.float32) for column in (_STEM_V, _STEM_HALF_U, _STEM_HALF_V)
    )
    sulci = (inside < 12) & (np.abs(rough) < 0.16)
    sulci |= (inside < 2.2) & (inside > 0)
    # Folia of the cerebellum lie nearly level.
    sulci |= (up < 48) & (v < -14) & (np.sin(up * 2.2 + 1.5 * rough) > 0.93)
    ring = ellipse(u, v - centre, half_u + 4.5, half_v + 5.5)
    cistern = (ring < 1) & (up < 62) & (v > centre - half_v - 2)
    cistern |= (side < 13) & (v < -7) & (v > -30 + 0.5 * up) & (up < 20) & (up > 2)
    fourth = ellipse(u, v - centre + half_v + 2, 6, 3.5) < 1
    lateral = (
        (ellipse(side - 14 - 0.12 * np.abs(v - 20), up - 88 + 0.004 * (v - 20) ** 2, 7, 9) < 1) & (v > -30) & (v < 62)
    )
    fluid = brain & (sulci | cistern | (fourth & (up > 28) & (up < 46)) | lateral)
    paint(canvas.tissue, chosen, fluid, Tissue.CSF)
    stem = brain & (ellipse(u, v - centre, half_u, half_v) < 1) & (up < 75)
    paint(canvas.tissue, chosen, stem, Tissue.BRAIN)
    basilar = brain & (np.hypot(u - 1, v - centre - half_v - 2) < 1.9) & (up > 30) & (up < 56)
    paint(canvas.tissue, chosen, basilar, Tissue.VESSEL)


def _paint_base(canvas: Canvas, chosen: Chosen, place: tuple[FloatArray, FloatArray, FloatArray]) -> None:
    """Clivus, condyles on which the skull sits, petrous bones with mastoid air, sphenoid sinus."""
    u, v, up = place
    side = np.abs(u)
    rough = canvas.rough[chosen]
    # From the basion in front of the foramen magnum up and forwards to the sella.
    behind = v - 12.5 - 0.5 * up
    clivus = np.minimum(np.minimum(behind, 9 - behind), np.minimum(14 - side + 0.1 * up, np.minimum(up - 7, 40 - up)))
    condyle = 6 * (1 - np.sqrt(((side - 20) / 7) ** 2 + ((v - 4) / 11) ** 2 + ((up - 6) / 6.5) ** 2))
    petrous = 9 - np.hypot(up - 20, v - 24 + 0.55 * side)
    petrous = np.minimum(petrous, np.minimum(side - 16, 64 - side))
    mastoid = 12 * (1 - np.sqrt(((side - 54) / 12) ** 2 + ((v + 2) / 15) ** 2 + ((up - 8) / 17) ** 2))
    sphenoid = 12 * (1 - np.sqrt((u / 17) ** 2 + ((v - 48) / 17) ** 2 + ((up - 34) / 14) ** 2))
    depth = np.maximum(np.maximum(clivus, condyle), np.maximum(np.maximum(petrous, mastoid), sphenoid))
    bone = depth > 0
    paint(canvas.tissue, chosen, bone, np.where(depth < 1.3, np.uint8(Tissue.CORTEX), np.uint8(Tissue.MARROW_OTHER)))
    cells = (mastoid > 1.5) & (rough > -0.3)
    paint(canvas.tissue, chosen, (sphenoid > 2) | cells, Tissue.AIR)
    canals = (petrous > 2) & (side > 28) & (rough > 1.0)
    paint(canvas.tissue, chosen, canals, Tissue.AIR)
