"""Device name -> torch device, and whether bfloat16 pays there."""

from __future__ import annotations

import contextlib
import ctypes
from contextlib import AbstractContextManager
from functools import cache

import torch

from spineseg.errors import SettingsError


def choose_device(name: str) -> torch.device:
    """Device to compute on.

    Parameters
    ----------
    name
        "auto" (CUDA where there is one), "cpu" or "cuda".

    Raises
    ------
    SettingsError
        The name is not known, or CUDA is asked for and absent.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise SettingsError("unknown device", name, "use auto, cpu or cuda")
    if name == "cuda" and not torch.cuda.is_available():
        raise SettingsError("no CUDA device is available", remedy="use --device cpu")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def keep_freed_memory() -> bool:
    """Let glibc keep freed tensors instead of giving each back to the kernel; False where there is no glibc.

    For long trainings: fetching the same pages anew cost 10 to 15 % of a step (measured on two Zen 3 cores).
    """
    try:
        libc = ctypes.CDLL("libc.so.6")
    except OSError:
        return False
    # Numbers of mallopt(3): M_MMAP_THRESHOLD -3 (32 MiB is its limit), M_TRIM_THRESHOLD -1, M_TOP_PAD -2 [bytes].
    return all(libc.mallopt(option, size) for option, size in ((-3, 32 << 20), (-1, 1 << 30), (-2, 256 << 20)))


@cache
def fast_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 in hardware.

    Without AMX or AVX512-BF16 a CPU emulates it: 20 to 80 times slower than float32 (measured on Zen 3).
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported())


def autocast(device: torch.device) -> AbstractContextManager[object]:
    """bfloat16 where it pays, else nothing."""
    if not fast_bfloat16(device):
        return contextlib.nullcontext()
    return torch.autocast(device.type, torch.bfloat16)


def memory_format(device: torch.device) -> torch.memory_format:
    """Channels last where bfloat16 kernels want it; float32 on AVX2 gains nothing from it."""
    return torch.channels_last_3d if fast_bfloat16(device) else torch.contiguous_format


def to_device(network: torch.nn.Module, device: torch.device) -> torch.nn.Module:
    """Network on a device, its kernels in the device's memory format."""
    moved = network.to(device)
    for parameter in moved.parameters():
        if parameter.dim() == 5:  # 3D convolution kernels (out, in, x, y, z)
            parameter.data = parameter.data.contiguous(memory_format=memory_format(device))
    return moved
