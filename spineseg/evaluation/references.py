"""Segmentation + reference labels on one grid -> scores by the rule of the reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spineseg.domain import labels
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import LabelMap, spacing_mm
from spineseg.evaluation.datalist import Reference, Rule, name_of
from spineseg.evaluation.identification import centres_mm, identified
from spineseg.evaluation.overlap import dice
from spineseg.evaluation.structures import instances_of, mask_of, structure_of
from spineseg.evaluation.surface import surface_score

BoolArray = NDArray[np.bool_]

# An instance owns a body when each covers at least half of the other: then no second one can [P].
OWNED_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceScore:
    """One structure, or one body, vertebra or disc of a reference.

    Parameters
    ----------
    name
        As the datalist calls it: a structure or a level.
    value
        In the label file; 0 where several values are one structure.
    dice
        With the instance that owns most of it, where the rule asks for instances; 0 where none does.
    surface_dice, hd95_mm
        NaN where not measured, or where one mask is empty (HD95).
    owned
        Whether that instance and the reference cover half of each other; None for whole structures.
    named_dice
        With the vertebra of the same name; NaN where the names are not known.
    found_name
        Name of the owning instance; None where the names are not known, empty where it has none.
    identified
        As VerSe counts it (`identification`); None where the names are not known.
    """

    group: str
    name: str
    value: int
    dice: float
    surface_dice: float = float("nan")
    hd95_mm: float = float("nan")
    owned: bool | None = None
    named_dice: float = float("nan")
    found_name: str | None = None
    identified: bool | None = None

    @property
    def name_right(self) -> bool | None:
        """Whether the owning instance has the reference's name; None where that is not known."""
        return None if self.found_name is None else self.found_name == self.name


def score_reference(
    found: Segmentation, reference: Reference, truth: LabelMap, *, surfaces: bool = True
) -> list[ReferenceScore]:
    """Scores of one reference.

    Parameters
    ----------
    truth
        Its label file on the grid of `found`.
    surfaces
        Measure surface Dice and HD95 too, which takes longer than all the rest.

    Returns
    -------
    One score for each structure (`dice`, `dice_in_slab`) or each value (`owned`, `named`); a value that the label
    file does not hold gives none.
    """
    counted = ~np.isin(truth.array, reference.ignore)
    spacing = spacing_mm(truth)
    if reference.rule in (Rule.OWNED, Rule.NAMED):
        scores = _instance_scores(found, reference, truth, counted)
    else:
        scores = _structure_scores(found, reference, truth, counted)
    return [_with_surface(*one, spacing) if surfaces else one[0] for one in scores]


_Compared = tuple[ReferenceScore, BoolArray, BoolArray]


def _structure_scores(
    found: Segmentation, reference: Reference, truth: LabelMap, counted: BoolArray
) -> Iterator[_Compared]:
    for structure in dict.fromkeys(reference.values.values()):
        mask = np.isin(truth.array, _values_of(reference, structure))
        if not mask.any():
            continue
        result = mask_of(found, structure) & counted
        if reference.rule is Rule.DICE_IN_SLAB:
            result &= _slab(mask, truth)
        score = ReferenceScore(
            group=reference.group_of(structure),
            name=structure,
            value=0,
            dice=dice(mask, result),
        )
        yield score, mask, result


def _instance_scores(
    found: Segmentation, reference: Reference, truth: LabelMap, counted: BoolArray
) -> Iterator[_Compared]:
    is_found = _identified(found, reference, truth) if reference.rule is Rule.NAMED else {}
    for structure in dict.fromkeys(structure_of(name) for name in reference.values.values()):
        instances = np.where(counted, instances_of(found, structure), np.uint8(0))
        sizes = np.bincount(instances.ravel(), minlength=256)
        for value, name in reference.values.items():
            mask = truth.array == value
            if structure_of(name) != structure or not mask.any():
                continue
            shared = np.bincount(instances[mask], minlength=256)
            shared[0] = 0
            owner = int(shared.argmax()) if shared.any() else 0
            score = _instance_score(reference, name, value, shared=shared, sizes=sizes, whole=int(mask.sum()))
            yield replace(score, identified=is_found.get(name)), mask, (instances == owner) & (owner > 0)


def _identified(found: Segmentation, reference: Reference, truth: LabelMap) -> dict[str, bool]:
    names = {value: name for name, value in labels.VERTEBRA_VALUES.items()}
    return identified(centres_mm(truth, reference.values), centres_mm(found.anatomy, names))


def _instance_score(
    reference: Reference, name: str, value: int, *, shared: NDArray[np.intp], sizes: NDArray[np.intp], whole: int
) -> ReferenceScore:
    owner = int(shared.argmax()) if shared.any() else 0
    overlap = int(shared[owner])
    named = reference.rule is Rule.NAMED
    return ReferenceScore(
        group=reference.group_of(name),
        name=name,
        value=value,
        dice=2.0 * overlap / (whole + int(sizes[owner])) if owner else 0.0,
        owned=bool(owner and overlap >= OWNED_SHARE * max(whole, int(sizes[owner]))),
        named_dice=_named_dice(name, shared, sizes, whole) if named else float("nan"),
        found_name=(name_of(owner) if owner else "") if named else None,
    )


def _named_dice(name: str, shared: NDArray[np.intp], sizes: NDArray[np.intp], whole: int) -> float:
    same = [value for value in np.flatnonzero(sizes).tolist() if value and name_of(value) == name]
    return sum(2.0 * int(shared[value]) / (whole + int(sizes[value])) for value in same)


def _with_surface(
    score: ReferenceScore, mask: BoolArray, result: BoolArray, spacing: NDArray[np.float64]
) -> ReferenceScore:
    surface = surface_score(mask, result, spacing)
    return replace(score, surface_dice=surface.surface_dice, hd95_mm=surface.hd95_mm)


def _values_of(reference: Reference, structure: str) -> Sequence[int]:
    return [value for value, name in reference.values.items() if name == structure]


def _slab(mask: BoolArray, grid: LabelMap) -> BoolArray:
    """Slices between the first and the last labelled one, across the array axis nearest to head and feet."""
    directions = np.asarray(grid.affine, dtype=np.float64)[:3, :3] / spacing_mm(grid)
    axis = int(np.argmax(np.abs(directions[2])))
    filled = np.flatnonzero(mask.any(axis=tuple(other for other in range(3) if other != axis)))
    inside = np.zeros(mask.shape[axis], dtype=bool)
    inside[filled[0] : filled[-1] + 1] = True
    shape = [1, 1, 1]
    shape[axis] = -1
    return np.broadcast_to(inside.reshape(shape), mask.shape)
