"""Canvas + cysts -> perineural (Tarlov) cysts painted on it: CSF in the epidural space of the sacrum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spineseg.domain.labels import CSF, EPIDURAL_SPACE
from spineseg.phantom.canvas import Canvas, paint
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.variation import Cyst

_WALL_MM = 0.8  # wall of the cyst and the fat around it [P]


def paint_cysts(canvas: Canvas, cysts: Sequence[Cyst]) -> None:
    """Each cyst beside the sac, where it has widened the canal; the sac stays."""
    spine = canvas.spine
    for cyst in cysts:
        s = float(spine.middle[cyst.level])
        node = int(spine.curve.node(np.array([s], dtype=np.float32))[0])
        u = cyst.side * float(spine.canal.canal_b[node]) * 0.6
        reach = cyst.radius_mm + _WALL_MM
        chosen = canvas.box(u_mm=abs(u) + reach, v_mm=(-reach, reach), s_mm=(s - 1.5 * reach, s + 1.5 * reach))
        if not chosen.size:
            continue
        points = canvas.points.at(chosen)
        # Cysts are longer along the root than wide.
        radius = np.sqrt((points.u - u) ** 2 + points.v**2 + ((points.s - s) / 1.4) ** 2)
        free = ~np.isin(canvas.anatomy[chosen], (CSF,))
        inside = free & (radius < reach)
        fluid = np.where(radius < cyst.radius_mm, np.uint8(Tissue.FLUID), np.uint8(Tissue.EPIDURAL_FAT))
        paint(canvas.tissue, chosen, inside, fluid)
        paint(canvas.anatomy, chosen, inside, EPIDURAL_SPACE)
        paint(canvas.subregions, chosen, inside, 0)
