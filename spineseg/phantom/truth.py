"""PhantomCase -> Findings: what is true by construction, in the shape of findings.json.

Grades and compartments are what the lesion was built as; sizes come from its shapes, finely sampled. Nothing here
is computed by the code that the phantoms test.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, distance

from spineseg import __version__
from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.basis import NamingBasis
from spineseg.domain.escc import AbstentionReason, EsccGrade, EsccResult
from spineseg.domain.findings import (
    Compartment,
    CompartmentFractions,
    Findings,
    LesionFinding,
    LesionOrigin,
    LevelFinding,
)
from spineseg.domain.labels import CAUDA_EQUINA, CSF, SPINAL_CORD
from spineseg.domain.uids import derive_uid
from spineseg.phantom import anthropometry as table
from spineseg.phantom.anthropometry import LEVELS
from spineseg.phantom.canvas import Canvas
from spineseg.phantom.cases import PhantomCase
from spineseg.phantom.growth import EpiduralGrowth, profile_at
from spineseg.phantom.lesions import Lesion
from spineseg.phantom.rasterize import paint_all
from spineseg.phantom.spine import Spine
from spineseg.phantom.truth_sins import involved_parts, true_sins, true_subregions

_FINE_MM = 0.8  # sampling of volumes and diameters
_MARGIN_MM = 4.0


def study_uid(case: PhantomCase) -> str:
    """Study Instance UID of a case."""
    return derive_uid("phantom", case.name, str(case.seed), "study")


def series_uid(case: PhantomCase, protocol_name: str) -> str:
    """Series Instance UID of one of its series."""
    return derive_uid("phantom", case.name, str(case.seed), "series", protocol_name)


def true_findings(case: PhantomCase) -> Findings:
    """Truth of a case; lesions from cranial to caudal."""
    decisive = next((one.name for one in case.protocols if one.name.startswith("axial")), "")
    series = series_uid(case, decisive or case.protocols[0].name)
    return Findings(
        study_instance_uid=study_uid(case),
        levels=tuple(_level(case.phantom.spine, k, case.phantom.lesions, series) for k in range(table.S1 + 1)),
        lesions=tuple(_lesion(case, lesion, series) for lesion in case.phantom.lesions),
        quality=(),
        algorithm=AlgorithmIdentity(name="spineseg phantom", version=__version__, segmenter="truth"),
    )


def _level(spine: Spine, k: int, lesions: tuple[Lesion, ...], series: str) -> LevelFinding:
    s = float(spine.middle[k])
    canal, node = spine.canal, int(spine.curve.node(np.array([s], dtype=np.float32))[0])
    canal_a, canal_b, sac_a, sac_b, cord_a, cord_b = (
        float(getattr(canal, f"{part}_{axis}")[node]) for part in ("canal", "sac", "cord") for axis in "ab"
    )
    values = {"canal_area_mm2": np.pi * canal_a * canal_b}
    # Where a mass deforms the content, its size at mid-body is not a simple ellipse's: left unknown.
    calm = all(abs(growth.span.s - s) > growth.span.reach_mm for lesion in lesions for growth in lesion.growths)
    if calm:
        values |= {
            "sac_area_mm2": np.pi * sac_a * sac_b, "sac_ap_diameter_mm": 2 * sac_a,
            "sac_transverse_diameter_mm": 2 * sac_b,
        }  # fmt: skip
    if calm and s < spine.conus_s - 30:
        values |= {
            "cord_area_mm2": np.pi * cord_a * cord_b, "cord_ap_diameter_mm": 2 * cord_a,
            "cord_transverse_diameter_mm": 2 * cord_b,
        }  # fmt: skip
    return LevelFinding(
        name=LEVELS[k],
        assumed=False,
        basis=NamingBasis.GIVEN,
        series_instance_uid=series,
        measurements={name: round(float(value), 3) for name, value in values.items()},
    )


def _lesion(case: PhantomCase, lesion: Lesion, series: str) -> LesionFinding:
    canvas, points = _fine(case, lesion)
    inside = canvas.lesions == lesion.number
    anatomy = canvas.anatomy[inside]
    cord = float(np.mean(anatomy == SPINAL_CORD))
    dural = float(np.mean(np.isin(anatomy, (CSF, CAUDA_EQUINA))))
    levels = _levels(case.phantom.spine, canvas.points.s[inside])
    involved = involved_parts(case.phantom, anatomy, voxel_mm3=_FINE_MM**3)
    return LesionFinding(
        number=lesion.number,
        tracking_uid=derive_uid("phantom", case.name, str(case.seed), "lesion", str(lesion.number)),
        series_instance_uid=series,
        origin=LesionOrigin.AUTOMATIC,
        levels=levels,
        compartment=lesion.compartment,
        compartment_fractions=CompartmentFractions(
            extradural=1 - cord - dural, intradural_extramedullary=dural, intramedullary=cord
        ),
        volume_mm3=round(float(np.count_nonzero(inside)) * _FINE_MM**3, 1),
        max_diameter_mm=round(_diameter(points[inside]), 1),
        escc=_escc(case.phantom.spine, lesion),
        sins=true_sins(case.phantom, lesion, involved),
        subregions=true_subregions(lesion, involved),
        bone_quality=lesion.bone_quality,
    )


def _fine(case: PhantomCase, lesion: Lesion) -> tuple[Canvas, NDArray[np.float64]]:
    """The phantom finely sampled in a box around a lesion, and the voxel centres (N, 3) [mm, LPS]."""
    curve = case.phantom.spine.curve
    corners = []
    for growth in lesion.growths:
        reach, half = growth.span.reach_mm, 14.0
        corners += [(growth.span.s + a, b, c) for a in (-reach, 0, reach) for b in (-half, half) for c in (-half, half)]
    for bone in lesion.bones:
        (s, u, v), (ds, du, dv) = bone.centre, bone.half
        corners += [
            (s + a * ds, u + b * du, v + c * dv) for a in (-1.2, 0, 1.2) for b in (-1.2, 1.2) for c in (-1.2, 1.2)
        ]
    places = np.array([curve.to_patient(*corner) for corner in corners])
    low, high = places.min(axis=0) - _MARGIN_MM, places.max(axis=0) + _MARGIN_MM
    first, second, third = (int(n) for n in np.ceil((high - low) / _FINE_MM))
    affine = np.diag([_FINE_MM, _FINE_MM, _FINE_MM, 1.0])
    affine[:3, 3] = low
    canvas = paint_all(case.phantom, (first, second, third), affine)
    index = np.indices((first, second, third)).reshape(3, -1).T
    return canvas, low + index * _FINE_MM


def _levels(spine: Spine, s: NDArray[np.float32]) -> tuple[str, ...]:
    """Levels that hold at least a twentieth of the lesion [P], each with half of its neighbouring discs."""
    borders = [-np.inf, *((float(spine.bottom[k]) + float(spine.top[k + 1])) / 2 for k in range(table.S1)), np.inf]
    shares = [float(np.mean((s >= low) & (s < high))) for low, high in pairwise(borders)]
    return tuple(name for name, share in zip(LEVELS, shares, strict=False) if share >= 0.05)


def _diameter(points: NDArray[np.float64]) -> float:
    hull = points[ConvexHull(points).vertices]
    return float(distance.pdist(hull).max()) + _FINE_MM


def _escc(spine: Spine, lesion: Lesion) -> EsccResult:
    grade = lesion.grade
    if grade is EsccGrade.NOT_APPLICABLE:
        extradural = lesion.compartment is Compartment.EXTRADURAL
        reason = AbstentionReason.BELOW_CONUS if extradural else AbstentionReason.INTRADURAL_LESION
        return EsccResult(low=grade, point=grade, high=grade, reason=reason)
    x, y, z = spine.curve.to_patient(lesion.s)
    return EsccResult(
        low=grade, point=grade, high=grade, level_of_max=lesion.level, max_any_slice=grade,
        decisive_point_mm=(round(float(x), 2), round(float(y), 2), round(float(z), 2)),
        metrics=_metrics(spine, lesion),
    )  # fmt: skip


def _metrics(spine: Spine, lesion: Lesion) -> dict[str, float]:
    """Distances that the epidural growth was built with, along its direction."""
    metrics: dict[str, float] = {}
    for growth in lesion.growths:
        if isinstance(growth, EpiduralGrowth):
            at = profile_at(spine, growth.span.s, growth.direction_rad)
            front = at.sac_near if growth.spares_sac else growth.front_mm
            near = at.cord_near if growth.cord_near_mm is None else growth.cord_near_mm
            metrics["tumour_cord_gap_mm"] = round(front - near, 2)
            metrics["sac_indentation_mm"] = round(at.sac_near - front, 2)
            metrics["epidural_thickness_mm"] = round(at.canal_near - front, 2)
    return metrics
