"""Phantom + fault -> masks as a network might draw them, and how the vertebrae of such masks are named.

`run_levels` makes the table of docs/validation.md (`scripts/bench_levels`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from spineseg.anatomy import describe_spine
from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.anatomy import SpineAnatomy
from spineseg.domain.labels import (
    DISC_OFFSET,
    LEVEL_ORDER,
    SACRUM,
    UNNAMED_OFFSET,
    VERTEBRA_VALUES,
    VERTEBRAL_BODY,
)
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import Modality, SeriesRole, make_grid
from spineseg.phantom.pathology import draw_variation
from spineseg.phantom.rasterize import Phantom, map_arrays
from spineseg.phantom.spine import SpineOptions, draw_spine
from spineseg.phantom.surroundings import draw_surroundings
from tests.anatomy.faults import FALSE_AXES, FAULTS, OTHER_FIRST, Bytes, TrueSpine, cranial_to_caudal, ends

SPACING_MM = 2.0
FRAME = "1.2.826.0.1.3680043.8.498.21"
_HALF_WIDTH_MM, _SLAB_MM = 70.0, 30.0
# What each view shows: from this vertebra to that one (S5: all of the sacrum), and whether the sides are in it.
VIEWS: dict[str, tuple[str, str, bool]] = {
    "whole spine": ("C1", "S5", True),
    "whole spine, sagittal slab": ("C1", "S5", False),
    "neck": ("C1", "T3", True),
    "thorax": ("C7", "L2", True),
    "lumbar": ("T11", "S5", True),
    "lumbar, sagittal slab": ("T12", "S5", False),
    "middle of the thorax": ("T4", "T10", True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One vertebra of described masks: what it is and what it was called."""

    truth: str
    name: str
    assumed: bool

    @property
    def outcome(self) -> str:
        """Right, relative or wrong; the last by whether the name was given as sure."""
        if self.name.startswith("V"):
            return "relative"
        if self.name == self.truth:
            return "right, assumed" if self.assumed else "right, sure"
        return "wrong, assumed" if self.assumed else "wrong, sure"


def draw_true_spine(seed: int, *, worn: bool) -> TrueSpine:
    """Masks of a random patient; a worn one has fractures, slips, thin discs and transitional vertebrae."""
    rng = np.random.default_rng([4, seed])
    spine = draw_spine(rng, SpineOptions(pathology=draw_variation(rng)) if worn else None)
    phantom = Phantom(spine=spine, surroundings=draw_surroundings(rng, spine))
    first, last = float(spine.top[0]) - 15, float(spine.bottom[-1])
    course = spine.curve.points[:, spine.curve.node(np.arange(first, last, 2.0, dtype=np.float32))]
    low = np.array([course[0].mean() - _HALF_WIDTH_MM, course[1].min() - 55, course[2].min()])
    high = np.array([course[0].mean() + _HALF_WIDTH_MM, course[1].max() + 40, course[2].max()])
    affine = np.diag([SPACING_MM, SPACING_MM, SPACING_MM, 1.0])
    affine[:3, 3] = low
    shape = np.ceil((high - low) / SPACING_MM).astype(int)
    maps = map_arrays(phantom, (int(shape[0]), int(shape[1]), int(shape[2])), affine)
    return TrueSpine(anatomy=maps.anatomy, subregions=maps.subregions, names={v: k for k, v in VERTEBRA_VALUES.items()})


def in_view(spine: TrueSpine, view: str) -> TrueSpine:
    """The part that a view shows, cut at right angles to the patient."""
    upper, lower, wide = VIEWS[view]
    top = ends(spine, spine.of(upper))[1] + 4
    bottom = 0 if lower == "S5" else ends(spine, spine.of(lower))[0]
    middle, half = spine.anatomy.shape[0] // 2, round(_SLAB_MM / SPACING_MM)
    sides = slice(None) if wide else slice(middle - half, middle + half)
    box = (sides, slice(None), slice(max(0, bottom), top))
    anatomy, parts = spine.anatomy[box].copy(), spine.subregions[box].copy()
    # Processes of vertebrae above the view: a network gives them to the highest vertebra that it sees.
    for value in _without_body(anatomy, parts):
        parts[anatomy == value] = 0
        anatomy[anatomy == value] = 0
    return spine.changed(anatomy, parts)


def _without_body(anatomy: Bytes, parts: Bytes) -> list[int]:
    bodies = set(np.unique(anatomy[parts == VERTEBRAL_BODY]).tolist())
    return [int(value) for value in np.unique(anatomy) if 0 < value < SACRUM and value not in bodies]


def name_masks(
    spine: TrueSpine, *, truth: TrueSpine | None = None, axis: str = "", network: bool = False
) -> tuple[Named, ...]:
    """Names that the vertebrae of masks get when their own names are taken from them.

    Parameters
    ----------
    truth
        Where other masks say which vertebra lies where.
    axis
        Vertebra that the segmenter takes for C2.
    network
        Whether the masks count as a network's.
    """
    values = cranial_to_caudal(spine)
    table = np.arange(256, dtype=np.uint8)
    for number, value in enumerate(values, start=1):
        table[value] = UNNAMED_OFFSET + number
        if value <= max(VERTEBRA_VALUES.values()):
            table[DISC_OFFSET + value] = DISC_OFFSET + UNNAMED_OFFSET + number
    masks = _segmentation(table[spine.anatomy], spine.subregions)
    label = 0 if not axis or spine.of(axis) not in values else int(table[spine.of(axis)])
    described = describe_spine(replace(masks, axis_label=label, outline_mm=1.5 if network else 0.0))
    return tuple(_judged(described, truth or spine))


def _judged(described: SpineAnatomy, truth: TrueSpine) -> Iterator[Named]:
    masks = described.segmentation
    for vertebra in described.vertebrae:
        if vertebra.name == "S1":
            continue
        own = truth.anatomy[(masks.anatomy.array == vertebra.label) & (masks.subregions.array == VERTEBRAL_BODY)]
        owners = Counter(own[(own > 0) & (own < OTHER_FIRST)].tolist()).most_common(2)
        if not owners:
            yield Named(truth="none", name=vertebra.name, assumed=vertebra.assumed)
            continue
        two = len(owners) > 1 and owners[1][1] > 0.3 * owners[0][1]
        name = "S1" if owners[0][0] == SACRUM else truth.names[owners[0][0]]
        yield Named(truth="two" if two else name, name=vertebra.name, assumed=vertebra.assumed)


def _segmentation(anatomy: Bytes, subregions: Bytes) -> Segmentation:
    affine = np.diag([SPACING_MM, SPACING_MM, SPACING_MM, 1.0])
    grids = [make_grid(part, affine, FRAME) for part in (anatomy, subregions, np.zeros_like(anatomy))]
    return Segmentation(
        anatomy=grids[0], subregions=grids[1], lesions=grids[2], modality=Modality.MR, role=SeriesRole.SAGITTAL_T2,
        series_instance_uid="1.2.3", algorithm=AlgorithmIdentity(name="imperfect", version="1", segmenter="truth"),
    )  # fmt: skip


def unusual(spine: TrueSpine, kind: str) -> TrueSpine:
    """A spine with another number of vertebrae, cut and put together anew: "L6", "four lumbar" or "T13"."""
    model, name = {"L6": ("L3", "L6"), "T13": ("T12", "T13"), "four lumbar": ("L2", "")}[kind]
    values = cranial_to_caudal(spine)
    value = spine.of(model)
    top = ends(spine, value)[1] + 1
    bottom = ends(spine, values[values.index(value) + 1])[1] + 1
    order = [spine.names[one] for one in values]
    if kind == "four lumbar":
        kept = np.r_[0:bottom, top : spine.anatomy.shape[2]]
        rest = [one for one in values if one != value]
        truth = [one for one in order if one != "L5"]
        named = dict(zip(rest, truth, strict=True))
        anatomy = np.where(spine.anatomy == value, 0, spine.anatomy).astype(np.uint8)
        return TrueSpine(anatomy=anatomy[..., kept], subregions=spine.subregions[..., kept], names=named)
    copy = spine.anatomy[..., bottom:top].copy()
    copy[copy == value] = OTHER_FIRST - 1
    anatomy = np.concatenate([spine.anatomy[..., :bottom], copy, spine.anatomy[..., bottom:]], axis=2)
    parts = np.concatenate([spine.subregions[..., :top], spine.subregions[..., bottom:]], axis=2)
    placed = values.index(value) + 1
    ordered = [*values[:placed], OTHER_FIRST - 1, *values[placed:]]
    truth = sorted([*order, name], key=LEVEL_ORDER.index)
    return TrueSpine(anatomy=anatomy, subregions=parts, names=dict(zip(ordered, truth, strict=True)))


def run_levels(seeds: Sequence[int]) -> dict[tuple[str, str, bool], Counter[str]]:
    """Outcomes by fault, view and whether the masks count as a network's."""
    table: dict[tuple[str, str, bool], Counter[str]] = {}

    def note(fault: str, view: str, network: bool, named: Sequence[Named]) -> None:
        table.setdefault((fault, view, network), Counter()).update(one.outcome for one in named)

    for seed in seeds:
        whole = draw_true_spine(seed, worn=seed % 2 == 1)
        for view in VIEWS:
            seen = in_view(whole, view)
            for name, fault in FAULTS.items():
                masks = fault(seen, np.random.default_rng([seed, len(name)]))
                for network in (False, True) if masks is not None else ():
                    note(name, view, network, name_masks(masks, truth=seen, network=network))
            for name, number in FALSE_AXES.items():
                called = seen.names[cranial_to_caudal(seen)[number]]
                if called not in ("C1", "C2"):
                    note(name, view, True, name_masks(seen, axis=called, network=True))
        for kind in ("L6", "T13", "four lumbar"):
            other = unusual(whole, kind)
            for view in ("whole spine", "whole spine, sagittal slab", "lumbar", "lumbar, sagittal slab"):
                seen = in_view(other, view)
                for network in (False, True):
                    note(f"spine with {kind}", view, network, name_masks(seen, network=network))
    return table
