"""True masks -> masks with one fault of the kind that networks make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.labels import DISC_OFFSET, RIB, SACRUM, VERTEBRAL_BODY

Bytes = NDArray[np.uint8]

OTHER_FIRST = 40  # label values that no vertebra has: pieces of vertebrae


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrueSpine:
    """Named masks of a phantom, (x to the left, y to posterior, z to the head), voxels of 2 mm."""

    anatomy: Bytes
    subregions: Bytes
    names: dict[int, str]

    def of(self, name: str) -> int:
        """Label of a vertebra by its true name; 0 where it is not in the masks."""
        value = next((label for label, known in self.names.items() if known == name), 0)
        return value if value and np.any(self.anatomy == value) else 0

    def changed(self, anatomy: Bytes | None = None, subregions: Bytes | None = None) -> TrueSpine:
        """The same spine with other masks."""
        return replace(
            self,
            anatomy=self.anatomy if anatomy is None else anatomy,
            subregions=self.subregions if subregions is None else subregions,
        )


def cranial_to_caudal(spine: TrueSpine) -> list[int]:
    """Labels of the vertebrae in order."""
    present = [int(value) for value in np.unique(spine.anatomy) if 0 < value < 60 and value != SACRUM]
    return sorted(present, key=lambda value: -float(np.mean(ends(spine, value))))


def ends(spine: TrueSpine, value: int) -> tuple[int, int]:
    """Lowest and highest slice of a body, or of what there is of the vertebra."""
    own = spine.anatomy == value
    body = own & (spine.subregions == VERTEBRAL_BODY)
    rows = np.flatnonzero(np.any(body if body.any() else own, axis=(0, 1)))
    return int(rows[0]), int(rows[-1])


# Faults: each changes the masks of a view, or gives None where it does not apply.

Fault = Callable[[TrueSpine, np.random.Generator], TrueSpine | None]


def _drawn(spine: TrueSpine, rng: np.random.Generator, *, margin: int = 2) -> int:
    """A vertebra away from the ends of the view."""
    values = cranial_to_caudal(spine)[margin:-margin]
    return int(rng.choice(values)) if values else 0


def _without(spine: TrueSpine, value: int) -> TrueSpine | None:
    if not value:
        return None
    lost = spine.anatomy == value
    return spine.changed(np.where(lost, 0, spine.anatomy), np.where(lost, 0, spine.subregions))


def no_fault(spine: TrueSpine, _: np.random.Generator) -> TrueSpine:
    """The masks as they are."""
    return spine


def no_sacrum(spine: TrueSpine, _: np.random.Generator) -> TrueSpine | None:
    """The sacrum is missed."""
    return _without(spine, SACRUM if np.any(spine.anatomy == SACRUM) else 0)


def sacrum_as_bodies(spine: TrueSpine, _: np.random.Generator) -> TrueSpine | None:
    """The sacrum is drawn as three further bodies."""
    return _pieces_of_sacrum(spine, (0.75, 0.45, 0.0), keep=False)


def sliver_of_sacrum(spine: TrueSpine, _: np.random.Generator) -> TrueSpine | None:
    """The sacrum's uppermost centimetre is drawn as a body."""
    return _pieces_of_sacrum(spine, (0.9,), keep=True)


def _pieces_of_sacrum(spine: TrueSpine, shares: Sequence[float], *, keep: bool) -> TrueSpine | None:
    sacrum = spine.anatomy == SACRUM
    if not sacrum.any():
        return None
    low, high = ends(spine, SACRUM)
    anatomy, parts = spine.anatomy.copy(), spine.subregions.copy()
    height = np.arange(anatomy.shape[2])[None, None]
    upper = high + 1
    for number, share in enumerate(shares):
        lower = low + round(share * (high - low))
        piece = sacrum & (height >= lower + (0 if keep else 2)) & (height < upper)
        anatomy[piece], parts[piece] = OTHER_FIRST + number, VERTEBRAL_BODY
        upper = lower
    if not keep:
        anatomy[anatomy == SACRUM] = 0
    return spine.changed(anatomy, parts)


def last_lumbar_in_sacrum(spine: TrueSpine, _: np.random.Generator) -> TrueSpine | None:
    """L5 is drawn as part of the sacrum."""
    value = spine.of("L5")
    if not value or not np.any(spine.anatomy == SACRUM):
        return None
    return spine.changed(np.where(spine.anatomy == value, SACRUM, spine.anatomy))


def body_lost(spine: TrueSpine, rng: np.random.Generator) -> TrueSpine | None:
    """A vertebra in the middle is missed."""
    return _without(spine, _drawn(spine, rng))


def last_body_lost(spine: TrueSpine, _: np.random.Generator) -> TrueSpine | None:
    """The lowest vertebra is missed."""
    return _without(spine, cranial_to_caudal(spine)[-1])


def first_bodies_lost(spine: TrueSpine, _: np.random.Generator) -> TrueSpine | None:
    """The two highest vertebrae are missed."""
    first, second = cranial_to_caudal(spine)[:2]
    rest = _without(spine, first)
    return None if rest is None else _without(rest, second)


def two_bodies_merged(spine: TrueSpine, rng: np.random.Generator) -> TrueSpine | None:
    """Two neighbours and their disc are drawn as one vertebra."""
    value = _drawn(spine, rng)
    if not value:
        return None
    values = cranial_to_caudal(spine)
    below = values[values.index(value) + 1]
    disc = spine.anatomy == DISC_OFFSET + value
    anatomy = np.where(disc | (spine.anatomy == below), value, spine.anatomy).astype(np.uint8)
    return spine.changed(anatomy, np.where(disc, VERTEBRAL_BODY, spine.subregions).astype(np.uint8))


def body_split(spine: TrueSpine, rng: np.random.Generator) -> TrueSpine | None:
    """A vertebra is drawn as two with a gap of one slice."""
    value = _drawn(spine, rng)
    if not value:
        return None
    low, high = ends(spine, value)
    middle = (low + high) // 2
    height = np.arange(spine.anatomy.shape[2])[None, None]
    own = spine.anatomy == value
    gap = own & (height == middle) & (spine.subregions == VERTEBRAL_BODY)
    anatomy = np.where(own & (height < middle), OTHER_FIRST, spine.anatomy)
    return spine.changed(
        np.where(gap, 0, anatomy).astype(np.uint8), np.where(gap, 0, spine.subregions).astype(np.uint8)
    )


def _rib_of(spine: TrueSpine, name: str, sides: Sequence[int]) -> NDArray[np.bool_] | None:
    """Voxels of the ribs of a vertebra, right (-1) or left (1)."""
    value = spine.of(name)
    if not value or not np.any(spine.subregions == RIB):
        return None
    low, high = ends(spine, value)
    place = np.argwhere((spine.anatomy == value) & (spine.subregions == VERTEBRAL_BODY)).mean(axis=0)
    x, z = np.arange(spine.anatomy.shape[0])[:, None, None], np.arange(spine.anatomy.shape[2])[None, None]
    # A rib sinks on its way: what is beside the body and up to two levels lower belongs to the lowest pair.
    near = (z <= high + 4) & (z > low - 2 * (high - low))
    chosen = np.zeros(spine.anatomy.shape, dtype=bool)
    for side in sides:
        chosen |= near & ((x - place[0]) * side > 0)
    return chosen & (spine.subregions == RIB)


def last_rib_missed(sides: Sequence[int]) -> Fault:
    """The twelfth rib is missed on one side or on both."""

    def fault(spine: TrueSpine, _: np.random.Generator) -> TrueSpine | None:
        ribs = _rib_of(spine, "T12", sides)
        if ribs is None or not ribs.any():
            return None
        return spine.changed(None, np.where(ribs, 0, spine.subregions).astype(np.uint8))

    return fault


def rib_on_l1(sides: Sequence[int]) -> Fault:
    """The transverse processes of L1 are drawn as ribs, on one side or on both."""

    def fault(spine: TrueSpine, _: np.random.Generator) -> TrueSpine | None:
        ribs, lower, upper = _rib_of(spine, "T12", sides), spine.of("L1"), spine.of("T12")
        if ribs is None or not lower:
            return None
        shift = np.round(
            np.argwhere((spine.anatomy == lower) & (spine.subregions == VERTEBRAL_BODY)).mean(axis=0)
            - np.argwhere((spine.anatomy == upper) & (spine.subregions == VERTEBRAL_BODY)).mean(axis=0)
        ).astype(int)
        moved = np.argwhere(ribs) + shift
        moved = moved[np.all((moved >= 0) & (moved < spine.anatomy.shape), axis=1)]
        parts = spine.subregions.copy()
        free = spine.anatomy[tuple(moved.T)] == 0
        parts[tuple(moved[free].T)] = RIB
        return spine.changed(None, parts)

    return fault


def skull_as_body(spine: TrueSpine, _: np.random.Generator) -> TrueSpine | None:
    """A piece above C1 is drawn as a body."""
    value = spine.of("C1")
    if not value:
        return None
    place = np.argwhere(spine.anatomy == value).mean(axis=0).astype(int)
    anatomy, parts = spine.anatomy.copy(), spine.subregions.copy()
    box = (slice(place[0] - 6, place[0] + 6), slice(place[1] - 8, place[1] - 1), slice(-4, None))
    anatomy[box], parts[box] = OTHER_FIRST, VERTEBRAL_BODY
    return spine.changed(anatomy, parts)


FAULTS: dict[str, Fault] = {
    "none": no_fault,
    "sacrum missed": no_sacrum,
    "sacrum drawn as three bodies": sacrum_as_bodies,
    "top of the sacrum drawn as a body": sliver_of_sacrum,
    "L5 drawn as sacrum": last_lumbar_in_sacrum,
    "a body missed": body_lost,
    "lowest body missed": last_body_lost,
    "two highest bodies missed": first_bodies_lost,
    "two bodies merged": two_bodies_merged,
    "one body split": body_split,
    "rib of T12 missed on one side": last_rib_missed((1,)),
    "ribs of T12 missed": last_rib_missed((-1, 1)),
    "rib on one side of L1": rib_on_l1((1,)),
    "ribs on L1": rib_on_l1((-1, 1)),
    "piece of skull drawn as a body": skull_as_body,
}
FALSE_AXES = {"C2 seen in the highest body": 0, "C2 seen in the middle of the stack": 5}
