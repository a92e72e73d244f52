"""Logits and truth -> the temperature that makes probabilities mean what they say, and how far off they are."""

from __future__ import annotations

import torch

# Between them lie the temperatures of networks that can be mended by one number [P].
LEAST, MOST = 0.25, 8.0
_BINS = 15  # as Guo et al. 2017, arXiv 1706.04599


def fit_temperature(logits: torch.Tensor, target: torch.Tensor) -> float:
    """Temperature T for which softmax(logits / T) has the least cross-entropy (Guo et al. 2017, arXiv 1706.04599).

    Parameters
    ----------
    logits : (N, C) float
    target : (N,) int64
        Class indices.

    Returns
    -------
    Within [`LEAST`, `MOST`]; above 1 for a network that is too sure.
    """
    logarithm = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([logarithm], max_iter=60, line_search_fn="strong_wolfe")
    values = logits.double()

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(values / logarithm.exp(), target)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return float(logarithm.detach().exp().clamp(LEAST, MOST))


def calibration_error(logits: torch.Tensor, target: torch.Tensor, temperature: float = 1.0) -> float:
    """Expected calibration error of the most probable class, in [0, 1] (Guo et al. 2017, 15 equal bins).

    Parameters
    ----------
    logits : (N, C) float
    target : (N,) int64
    """
    certainty, chosen = torch.softmax(logits.double() / temperature, dim=1).max(dim=1)
    right = (chosen == target).double()
    bins = (certainty * _BINS).long().clamp(max=_BINS - 1)
    count = torch.bincount(bins, minlength=_BINS).double()
    gap = torch.bincount(bins, weights=certainty - right, minlength=_BINS).abs()
    return float(gap.sum() / count.sum().clamp(min=1.0))
