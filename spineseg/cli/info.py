"""`spineseg info`: versions, model identity and what this machine offers; imports no torch."""

from __future__ import annotations

import argparse
import json
import os
import platform

from spineseg import __version__
from spineseg.errors import EXIT_DONE, BundleError

LIBRARIES = ("torch", "monai", "pydicom", "highdicom", "SimpleITK", "numpy", "scipy")
# What decides speed: 4-6 times faster networks where the CPU multiplies bfloat16 matrices.
CPU_FLAGS = ("amx_bf16", "avx512_bf16", "avx512f", "avx2")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser("info", parents=[common], help="versions, model identity and this machine")
    parser.add_argument("--json", action="store_true", help="machine-readable")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what a bug report needs."""
    facts = {
        "spineseg": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": str(os.cpu_count()),
        "cpu_features": ", ".join(_cpu_features()) or "none of those that matter",
        **{name: _version(name) for name in LIBRARIES},
        **_models(),
    }
    if arguments.json:
        print(json.dumps(facts, indent=2))
        return EXIT_DONE
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        print(f"{name:<{width}}  {value}")
    return EXIT_DONE


def _version(name: str) -> str:
    from importlib import metadata  # 20 ms that no other command should pay

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _cpu_features() -> list[str]:
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            flags = next((set(line.split(":", 1)[1].split()) for line in file if line.startswith("flags")), set())
    except OSError:
        return []
    return [flag for flag in CPU_FLAGS if flag in flags]


def _models() -> dict[str, str]:
    from spineseg.segmentation.metadata import describe_bundles

    try:
        return describe_bundles()
    except BundleError as error:
        return {"models": str(error)}
