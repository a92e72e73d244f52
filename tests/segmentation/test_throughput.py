from __future__ import annotations

import math

import pytest
import torch

from spineseg.segmentation import throughput
from spineseg.segmentation.device import fast_bfloat16
from spineseg.segmentation.throughput import card_use, matrix_rate, operations, precision

CPU = torch.device("cpu")


def test_operations_of_a_convolution_are_counted_both_ways() -> None:
    """A kernel of 27 weights at 512 voxels is 27 648 operations forward, and as many again for its gradient."""
    network = torch.nn.Conv3d(1, 1, 3, padding=1, bias=False)
    image = torch.randn(1, 1, 8, 8, 8)

    assert operations(lambda: network(image)) == 2 * 27 * 512
    assert operations(lambda: network(image).sum().backward()) == 2 * 2 * 27 * 512


def test_the_matrix_rate_is_that_of_a_product(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a clock that gives each product a second, 2 n³ operations a second come out."""
    seconds = iter(range(100))
    monkeypatch.setattr(throughput.time, "perf_counter", lambda: float(next(seconds)))
    monkeypatch.setitem(throughput._SIDES, "cpu", 16)

    assert matrix_rate(CPU) == 2 * 16**3


@pytest.mark.parametrize("fast", [True, False])
def test_the_rate_is_measured_in_what_trainings_compute_in(monkeypatch: pytest.MonkeyPatch, fast: bool) -> None:
    """bfloat16 where the hardware has it, else float32."""
    fast_bfloat16.cache_clear()
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: fast)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)

    found = precision(CPU)

    fast_bfloat16.cache_clear()
    assert found is (torch.bfloat16 if fast else torch.float32)


def test_the_use_of_a_card_is_unknown_where_nobody_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """No card, or no NVML: not known, which is not zero; with both, the driver's figure."""
    card = torch.device("cuda", 0)

    def absent(_: torch.device) -> int:
        raise ModuleNotFoundError("pynvml")

    monkeypatch.setattr(torch.cuda, "utilization", absent)
    assert math.isnan(card_use(CPU))
    assert math.isnan(card_use(card))
    monkeypatch.setattr(torch.cuda, "utilization", lambda _: 87)
    assert card_use(card) == 0.87
