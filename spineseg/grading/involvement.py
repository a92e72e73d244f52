"""LesionView + bones -> Involvement: parts of the vertebra, foramina, soft tissue, WBB sectors and layers, Tomita type.

The names are a closed set; limits are proposals of clinical.md section 3.2 to 3.4 [P].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from spineseg.anatomy.subregions import (
    ARTICULAR_PROCESS,
    BODY,
    LAMINA,
    PEDICLE,
    POSTERIOR_WALL,
    SPINOUS_PROCESS,
    TRANSVERSE_PROCESS,
)
from spineseg.domain.labels import EPIDURAL_SPACE
from spineseg.domain.vocabulary import SUBREGIONS
from spineseg.grading.lesion_view import LesionView
from spineseg.grading.soft_extension import find_extension
from spineseg.grading.spine_bones import SpineBones
from spineseg.grading.wall_breach import breach_width_mm
from spineseg.grading.wbb import find_layers, find_sectors

EPIDURAL, BREACH = "epidural_space", "posterior_wall_breach"
PARASPINAL, PREVERTEBRAL, FORAMEN = "paraspinal", "prevertebral", "foramen"

_SHARE = 0.10  # a part is involved from a tenth of it ... [P]
_LEAST_MM3 = 30.0  # ... if that is more than a few voxels of an outline's edge [P]
_VOLUME_MM3 = 200.0  # and always from this volume [P]
_EPIDURAL_MM3 = 50.0  # 1.5 mm of an epidural space of 10 mm², over 3 mm [P]
_BREACH_MM = 3.0  # clinical.md 3.2
_ARCH = (LAMINA, ARTICULAR_PROCESS, TRANSVERSE_PROCESS)
_MOST_ADJACENT = 3  # vertebrae of a type 6; more are type 7 (Tomita et al., Spine 2001;26:298) [M]


@dataclass(frozen=True, slots=True, kw_only=True)
class Involvement:
    """What a lesion has reached.

    Parameters
    ----------
    subregions
        Names of `domain.vocabulary.SUBREGIONS`, in its order.
    wbb_sectors
        1 to 12, counter-clockwise from the left half of the spinous process (SOSG).
    wbb_layers
        "A" to "E".
    tomita_type
        1 to 7; None without tumour in bone.
    breach_mm
        Width of the breach of the posterior wall.
    """

    subregions: tuple[str, ...]
    wbb_sectors: tuple[int, ...]
    wbb_layers: tuple[str, ...]
    tomita_type: int | None
    breach_mm: float


def find_involvement(view: LesionView, bones: SpineBones) -> Involvement:
    """Parts and spaces that a lesion has reached."""
    found = set(_bone_parts(view, bones))
    found |= find_extension(view, bones)
    voxel_mm3 = view.volume_mm3 / len(view.voxels.indices)
    if np.count_nonzero(view.voxels.labels == EPIDURAL_SPACE) * voxel_mm3 >= _EPIDURAL_MM3:
        found.add(EPIDURAL)
    breach = breach_width_mm(view, bones)
    if breach >= _BREACH_MM:
        found.add(BREACH)
    names = tuple(name for name in SUBREGIONS if name in found)
    return Involvement(
        subregions=names,
        wbb_sectors=find_sectors(view),
        wbb_layers=find_layers(view),
        tomita_type=tomita_type(names, _vertebrae_with_tumour(bones)),
        breach_mm=breach,
    )


def tomita_type(subregions: Iterable[str], vertebrae: Iterable[int]) -> int | None:
    """Surgical type of Tomita et al. 2001 (clinical.md 3.4, unconfirmed).

    Parameters
    ----------
    subregions
        Names of the closed set.
    vertebrae
        Places along the spine of all vertebrae with tumour, of this lesion and of the others.
    """
    names = {name.removesuffix("_left").removesuffix("_right") for name in subregions}
    body, pedicle = bool(names & {BODY, POSTERIOR_WALL}), PEDICLE in names
    arch = bool(names & {*_ARCH, SPINOUS_PROCESS})
    if not (body or pedicle or arch):
        return None
    places = sorted(set(vertebrae))
    if len(places) > 1:
        adjacent = len(places) <= _MOST_ADJACENT and places[-1] - places[0] == len(places) - 1
        return 6 if adjacent else 7
    if names & {PARASPINAL, PREVERTEBRAL}:
        return 5
    if names & {EPIDURAL, BREACH}:
        return 4
    if body and arch:
        return 3
    return 2 if pedicle else 1


def _bone_parts(view: LesionView, bones: SpineBones) -> list[str]:
    found = []
    for vertebra in bones.involved(view.number):
        parts = bones.parts(vertebra)
        if parts is None:
            continue
        inside = parts.volumes_mm3(bones.tumour_in(parts, view.number))
        found += _reached(inside, parts.volumes_mm3())
    return found


def _reached(tumour: Mapping[str, float], whole: Mapping[str, float]) -> list[str]:
    return [
        name
        for name, volume in tumour.items()
        if volume >= _VOLUME_MM3 or volume >= max(_LEAST_MM3, _SHARE * whole[name])
    ]


def _vertebrae_with_tumour(bones: SpineBones) -> list[int]:
    numbers = {number for lesions in bones.tumour_mm3.values() for number in lesions}
    involved = {one.label for number in numbers for one in bones.involved(number)}
    return [place for place, one in enumerate(bones.anatomy.vertebrae) if one.label in involved]
