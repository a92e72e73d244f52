from __future__ import annotations

import pytest
import torch

from spineseg.segmentation.calibration import calibration_error, fit_temperature


def drawn(count: int = 40_000) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits of a calibrated network, with classes drawn by its own probabilities."""
    generator = torch.Generator().manual_seed(3)
    logits = 2.0 * torch.randn(count, 4, generator=generator)
    target = torch.multinomial(torch.softmax(logits, dim=1), 1, generator=generator)[:, 0]
    return logits, target


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_the_factor_that_spoilt_the_logits_is_found(factor: float) -> None:
    """A network whose logits are k times too large needs the temperature k."""
    logits, target = drawn()

    assert fit_temperature(factor * logits, target) == pytest.approx(factor, rel=0.05)


def test_too_sure_a_network_is_seen_and_mended() -> None:
    """Logits three times too large are miscalibrated by far more than sampling noise; at temperature 3 they are not."""
    logits, target = drawn()

    assert calibration_error(3 * logits, target) > 0.1
    assert calibration_error(3 * logits, target, 3.0) < 0.01


def test_certain_and_right_has_no_error() -> None:
    """Probability 1 for the true class is perfectly calibrated."""
    target = torch.arange(4)

    assert calibration_error(1000.0 * torch.eye(4), target) == pytest.approx(0.0, abs=1e-9)
