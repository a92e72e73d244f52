"""Number -> LevelRow: a stretch of a phantom's spine whose vertebrae are named, with an anchor in view or without."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from spineseg.anatomy import describe_spine
from spineseg.domain.labels import VERTEBRA_VALUES, VERTEBRAL_BODY
from spineseg.domain.volume import SeriesRole
from spineseg.evaluation.battery_cases import BATTERY_SEED, Rng, cobb_deg
from spineseg.evaluation.battery_grids import Placement, stored, true_masks
from spineseg.phantom.anthropometry import LEVELS
from spineseg.phantom.rasterize import Phantom
from spineseg.phantom.spine import Spine, SpineOptions, draw_spine
from spineseg.phantom.surroundings import draw_surroundings


class Anchor(StrEnum):
    """What the stretch holds that names can be counted from."""

    SACRUM = "sacrum"
    AXIS = "C2"
    BOTH = "C2 and sacrum"
    RIBS = "last or first ribs"
    NONE = "none"


_ANCHORS = tuple(Anchor)
_SCOLIOSIS_MM = 12.0  # up to 30 degrees over the spine
_WIDTH_MM = {False: 60.0, True: 130.0}  # ribs need a wider stack
_AHEAD_MM, _BEHIND_MM = 48.0, 62.0
_INSIDE = 0.8  # share of a body in view that makes it one to be named


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRow:
    """One named stretch.

    Parameters
    ----------
    bodies
        True bodies with most of their volume in view.
    right
        How many of them have their true name.
    assumed
        How many have a name that is marked as assumed.
    sure_and_wrong
        How many have a wrong name that is not marked.
    """

    number: int
    anchor: Anchor
    top: str
    bottom: str
    placement: Placement
    cobb_deg: float
    bodies: int
    right: int
    assumed: int
    sure_and_wrong: int


def run_levels(number: int) -> LevelRow:
    """One stretch of one spine, described from its true masks without names."""
    rng = np.random.default_rng([BATTERY_SEED, 4, number])
    anchor = _ANCHORS[number % len(_ANCHORS)]
    spine = draw_spine(rng, SpineOptions(variation=0.6, scoliosis_mm=float(rng.uniform(0, _SCOLIOSIS_MM))))
    phantom = Phantom(spine=spine, surroundings=draw_surroundings(rng, spine))
    top, bottom = _stretch(anchor, rng)
    placement = list(Placement)[int(rng.integers(len(Placement)))]
    sagittal = anchor is not Anchor.RIBS
    affine, shape = _grid(spine, top, bottom, rng, sagittal=sagittal)
    role = SeriesRole.SAGITTAL_T2 if sagittal else SeriesRole.AXIAL_T2
    # The turned placements store the same voxels in another order; the others lie as they are.
    truth = stored(true_masks(phantom, affine, shape, role=role, named=True), placement)
    masks = stored(true_masks(phantom, affine, shape, role=role), placement)
    described = describe_spine(masks)
    named, table = described.segmentation.anatomy.array, {one.label: one for one in described.vertebrae}
    counts = [0, 0, 0, 0]
    for value in _bodies_in_view(truth.anatomy.array, truth.subregions.array, spine, truth.anatomy.affine):
        owners = named[(truth.anatomy.array == value) & (truth.subregions.array > 0)]
        label = int(np.bincount(owners).argmax())
        found = table.get(label)
        right = found is not None and label == value
        counts[0] += 1
        counts[1] += right
        counts[2] += found is None or found.assumed
        counts[3] += found is not None and not found.assumed and not right
    return LevelRow(
        number=number, anchor=anchor, top=LEVELS[top], bottom=LEVELS[bottom], placement=placement,
        cobb_deg=round(cobb_deg(spine), 1), bodies=counts[0], right=counts[1], assumed=counts[2],
        sure_and_wrong=counts[3],
    )  # fmt: skip


def _stretch(anchor: Anchor, rng: Rng) -> tuple[int, int]:
    """First and last level in view, indices into `LEVELS`."""
    at = LEVELS.index
    if anchor is Anchor.SACRUM:
        return int(rng.integers(at("T4"), at("L3"))), at("S3")
    if anchor is Anchor.AXIS:
        return at("C1"), int(rng.integers(at("C6"), at("T11")))
    if anchor is Anchor.BOTH:
        return at("C1"), at("S3")
    if anchor is Anchor.RIBS:
        return (at("T9"), at("L4")) if rng.random() < 0.5 else (at("C4"), at("T4"))
    # Neither C2 nor sacrum, and of the ribs neither the first nor the last pair with the bare vertebrae beyond.
    low, high = (("C3", "C6"), ("T2", "T11"), ("L1", "L4"))[int(rng.integers(3))]
    first = int(rng.integers(at(low), at(high) - 2))
    return first, int(rng.integers(first + 2, at(high)))


def _grid(
    spine: Spine, top: int, bottom: int, rng: Rng, *, sagittal: bool
) -> tuple[NDArray[np.float64], tuple[int, int, int]]:
    """Affine and shape of a stack over the stretch, a few mm of the neighbouring levels cut at its ends."""
    low_s, high_s = float(spine.top[top]) - 2.0, float(spine.bottom[bottom]) + 2.0
    if top <= 1:
        low_s -= 12.0
    stretch = spine.curve.points[:, spine.curve.node(np.arange(low_s, high_s, 2.0, dtype=np.float32))]
    width = max(_WIDTH_MM[not sagittal], float(np.ptp(stretch[0])) + 44.0)
    middle = float(stretch[0].min() + np.ptp(stretch[0]) / 2)
    low = np.array([middle - width / 2, stretch[1].min() - _AHEAD_MM, stretch[2].min()])
    high = np.array([middle + width / 2, stretch[1].max() + _BEHIND_MM, stretch[2].max()])
    fine, thick = float(rng.uniform(0.8, 1.0)), float(rng.uniform(3.0, 4.0))
    order = (0, 2, 1) if sagittal else (2, 1, 0)  # slices, rows, columns run along these axes of patient space
    spacing = np.array([thick, fine, fine])
    affine = np.eye(4)
    for column, (axis, side) in enumerate(zip(order, spacing, strict=True)):
        affine[:3, column] = 0.0
        affine[axis, column] = side
    affine[:3, 3] = low
    count = [max(2, round(float((high - low)[axis]) / side)) for axis, side in zip(order, spacing, strict=True)]
    return affine, (count[0], count[1], count[2])


def _bodies_in_view(
    anatomy: NDArray[np.uint8], subregions: NDArray[np.uint8], spine: Spine, affine: NDArray[np.float64]
) -> list[int]:
    """Values of the vertebrae of which most of the body lies in the stack; the sacrum is none of them."""
    voxel_mm3 = abs(float(np.linalg.det(affine[:3, :3])))
    counts = np.bincount(anatomy[subregions == VERTEBRAL_BODY], minlength=256)
    found = []
    for k in range(LEVELS.index("C2"), LEVELS.index("L5") + 1):
        box = [float(spine.sizes[f"body_{side}"][k]) for side in ("height", "width", "depth")]
        value = VERTEBRA_VALUES[LEVELS[k]]
        if counts[value] * voxel_mm3 >= _INSIDE * np.pi / 4 * np.prod(box):
            found.append(value)
    return found
