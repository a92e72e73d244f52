from __future__ import annotations

import platform

import pytest
import torch

from spineseg.errors import SettingsError
from spineseg.segmentation import device
from spineseg.segmentation.device import (
    autocast,
    choose_device,
    fast_bfloat16,
    keep_freed_memory,
    memory_format,
    to_device,
)


def test_auto_takes_what_there_is() -> None:
    """CUDA where it is available, else the CPU."""
    assert choose_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert choose_device("cpu").type == "cpu"


def test_cuda_without_cuda_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for by name and absent: one line with the way out."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)

    with pytest.raises(SettingsError, match="--device cpu"):
        choose_device("cuda")


@pytest.mark.parametrize("fast", [True, False])
def test_bfloat16_is_used_only_where_the_processor_has_it(monkeypatch: pytest.MonkeyPatch, fast: bool) -> None:
    """With AMX or AVX512-BF16 products are bfloat16 and channels last; else float32 and contiguous."""
    fast_bfloat16.cache_clear()
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: fast)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    cpu = torch.device("cpu")

    with autocast(cpu):
        product = torch.ones(2, 2) @ torch.ones(2, 2)

    assert product.dtype == (torch.bfloat16 if fast else torch.float32)
    assert memory_format(cpu) == (torch.channels_last_3d if fast else torch.contiguous_format)
    device.fast_bfloat16.cache_clear()


def test_moving_a_network_keeps_its_answer() -> None:
    """The memory format of the kernels changes no value."""
    network = torch.nn.Conv3d(2, 3, 3)
    image = torch.randn(1, 2, 5, 5, 5)
    before = network(image)

    torch.testing.assert_close(to_device(network, torch.device("cpu"))(image), before)


def test_memory_is_kept_where_glibc_is() -> None:
    """On Linux with glibc every option is accepted."""
    assert keep_freed_memory() is (platform.libc_ver()[0] == "glibc")
