"""Canvas + spots -> places inside vertebral bodies painted on it: haemangiomas, cement, islands of fat or bone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spineseg.domain.labels import VERTEBRAL_BODY
from spineseg.phantom import anthropometry as table
from spineseg.phantom.canvas import Canvas, paint
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.variation import Spot

_LABELS = table.label_values()


def paint_spots(canvas: Canvas, spots: Sequence[Spot]) -> None:
    """Each spot where its vertebra's body is; compact bone stays, except under cement."""
    for spot in spots:
        _paint_spot(canvas, spot)


def _paint_spot(canvas: Canvas, spot: Spot) -> None:
    spine, k = canvas.spine, spot.level
    node = int(spine.curve.node(np.array([spine.middle[k]], dtype=np.float32))[0])
    half_depth, half_width = float(spine.canal.body_a[node]), float(spine.canal.body_b[node])
    s = float(spine.middle[k]) + spot.centre[0] * float(spine.sizes["body_height"][k]) / 2
    u = spot.centre[1] * half_width
    v = float(spine.canal.canal_a[node]) + half_depth * (1 + spot.centre[2])
    half_s, half_u, half_v = spot.half_mm
    reach = 1.5
    chosen = canvas.box(
        u_mm=abs(u) + reach * half_u,
        v_mm=(v - reach * half_v, v + reach * half_v),
        s_mm=(s - reach * half_s, s + reach * half_s),
    )
    if not chosen.size:
        return
    points = canvas.points.at(chosen)
    gauge = ((points.s - s) / half_s) ** 2 + ((points.u - u) / half_u) ** 2 + ((points.v - v) / half_v) ** 2
    inside = gauge + np.float32(spot.ragged) * canvas.rough[chosen] < 1
    inside &= (canvas.anatomy[chosen] == _LABELS[k]) & (canvas.subregions[chosen] == VERTEBRAL_BODY)
    if spot.tissue is not Tissue.CEMENT:
        inside &= canvas.tissue[chosen] != Tissue.CORTEX
    paint(canvas.tissue, chosen, inside, spot.tissue)
