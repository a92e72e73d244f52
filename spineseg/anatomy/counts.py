"""SpineEvidence -> Counts: every way to count the vertebrae, and how likely each is under all the evidence together.

A count says which name the first vertebra has, which kind of spine it is (five lumbar vertebrae or not) and how each
odd space is read. Its cost is a negative log-likelihood; every weight is a proposal [P], judged on the battery of
docs/validation.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spineseg.anatomy import level_profile as levels
from spineseg.anatomy.anchors import SpineEvidence
from spineseg.anatomy.count_costs import MASKS, NETWORK, Weights, own_cost, sacrum_cost
from spineseg.anatomy.level_profile import NAMES, Codes, Floats

_SACRAL = tuple(range(levels.S1, levels.S1 + 4))
_TO_T11 = tuple(range(levels.T11 + 1))
_LUMBAR = tuple(range(levels.L1, levels.L5 + 1))
# Kinds of spine and the cost of each. 5-10 % of people have another number of presacral vertebrae (transitional
# vertebrae 4-30 %: Konin & Walz, AJNR 2010;31:1778). Eleven or thirteen pairs of ribs are rarer still. [P]
_KINDS: Final[tuple[tuple[tuple[int, ...], float], ...]] = (
    ((*_TO_T11, levels.T12, *_LUMBAR), 0.0),
    ((*_TO_T11, levels.T12, *_LUMBAR, levels.L6), 3.5),
    ((*_TO_T11, levels.T12, *_LUMBAR[:-1]), 3.5),
    ((*_TO_T11, levels.T12, levels.T13, *_LUMBAR), 4.0),
    ((*_TO_T11, *_LUMBAR), 4.0),
)
_MOST_ODD = 4  # with more odd spaces there is nothing left to count [P]
_MOST_ROWS = 200_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counts:
    """Every count of one spine.

    Parameters
    ----------
    codes : (H, N)
        Names as `level_profile.NAMES`; -1 for what lies above C1.
    clear : (H, N)
        Whether a body is one vertebra: neither two of them nor a piece of one.
    log_weight : (H,)
        Logarithm of each count's likelihood, up to a constant.
    usual, sacrum_fits : (H,)
        Whether the spine has 24 presacral vertebrae of the usual kinds, and whether the sacrum lies below its last.
    """

    codes: Codes
    clear: NDArray[np.bool_]
    log_weight: Floats
    usual: NDArray[np.bool_]
    sacrum_fits: NDArray[np.bool_]

    def told(self, message: Floats) -> Counts:
        """The same counts with what another series tells of each: (H,) log-likelihood."""
        return Counts(
            codes=self.codes, clear=self.clear, log_weight=self.log_weight + message, usual=self.usual,
            sacrum_fits=self.sacrum_fits,
        )  # fmt: skip

    @property
    def share(self) -> Floats:
        """Probability of each count: (H,)."""
        weight = np.exp(self.log_weight - self.log_weight.max(initial=-np.inf))
        share: Floats = weight / max(float(weight.sum()), 1e-300)
        return share

    def probabilities(self) -> Floats:
        """Probability of each name for each vertebra, as a vertebra of its own: (N, len(NAMES))."""
        table = np.zeros((self.codes.shape[1], len(NAMES)))
        share = self.share
        for number in range(self.codes.shape[1]):
            here = self.clear[:, number] & (self.codes[:, number] >= 0)
            table[number] = np.bincount(self.codes[here, number], weights=share[here], minlength=len(NAMES))
        return table


def count_levels(evidence: SpineEvidence) -> Counts | None:
    """Every count of a spine with its likelihood; None where too many spaces are odd, or no count is possible."""
    if sum(len(steps) > 1 for steps in evidence.steps) > _MOST_ODD:
        return None
    weights = NETWORK if evidence.drawn_by_network else MASKS
    readings = _readings(evidence, weights)
    parts = [part for kind, rare in _KINDS for part in _counts_of(kind, rare, readings, evidence, weights)]
    return None if not parts else Counts(
        codes=np.concatenate([part.codes for part in parts]),
        clear=np.concatenate([part.clear for part in parts]),
        log_weight=np.concatenate([part.log_weight for part in parts]),
        usual=np.concatenate([part.usual for part in parts]),
        sacrum_fits=np.concatenate([part.sacrum_fits for part in parts]),
    )  # fmt: skip


def _readings(evidence: SpineEvidence, weights: Weights) -> tuple[Codes, Floats, NDArray[np.bool_]]:
    """Levels below the first vertebra under each reading of the spaces: (R, N), cost (R,), clear (R, N)."""
    rows = []
    for chosen in product(*evidence.steps):
        steps = np.array([step for step, _ in chosen], dtype=np.intp)
        cost = float(sum(extra for _, extra in chosen))
        rows.append((steps, cost))
    plain = [number for number, steps in enumerate(evidence.steps) if len(steps) == 1]
    if plain and len(rows) * 2 * len(plain) * 150 < _MOST_ROWS:
        hidden = weights.miscount + float(np.log(2 * len(plain)))
        for steps, cost in tuple(rows):
            for number, change in product(plain, (-1, 1)):
                changed = steps.copy()
                changed[number] += change
                rows.append((changed, cost + hidden))
    steps = np.array([row for row, _ in rows], dtype=np.intp).reshape(len(rows), -1)
    ranks = np.concatenate([np.zeros((len(rows), 1), dtype=np.intp), np.cumsum(steps, axis=1)], axis=1)
    piece = np.zeros(ranks.shape, dtype=bool)
    piece[:, 1:] |= steps == 0
    piece[:, :-1] |= steps == 0
    double = np.zeros(ranks.shape, dtype=bool)
    double[:, :-1] = evidence.tall[:-1] & (steps > 1)
    double[:, -1] = evidence.tall[-1]
    return ranks, np.array([cost for _, cost in rows]), ~(piece | double)


def _counts_of(
    kind: tuple[int, ...],
    rare: float,
    readings: tuple[Codes, Floats, NDArray[np.bool_]],
    evidence: SpineEvidence,
    weights: Weights,
) -> Iterator[Counts]:
    """Counts of one kind of spine, for each name of the first vertebra."""
    ranks, cost, clear = readings
    column = np.array((levels.OCCIPUT, *kind, *_SACRAL))
    for first in range(len(column)):
        fits = first + ranks[:, -1] < len(column)
        if not fits.any():
            return
        place = first + ranks[fits]
        codes = column[place]
        sacrum, sacrum_fits = sacrum_cost(place[:, -1] - len(kind), codes[:, -1], evidence, weights)
        total = cost[fits] + rare + sacrum + own_cost(codes, evidence, weights)
        yield Counts(
            codes=codes, clear=clear[fits], log_weight=-total, usual=np.full(len(codes), rare == 0),
            sacrum_fits=sacrum_fits,
        )  # fmt: skip
