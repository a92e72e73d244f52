"""Options --model, --device, --segmenter -> a Segmenter."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from spineseg.errors import SettingsError

if TYPE_CHECKING:
    from spineseg.domain.algorithm import AlgorithmIdentity
    from spineseg.domain.segmentation import Segmentation, Segmenter
    from spineseg.domain.volume import Volume


def add_segmenter_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that choose who segments."""
    parser.add_argument("--model", type=Path, metavar="BUNDLES", help="folder with the bundles anatomy/ and lesions/")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where the networks run")
    parser.add_argument(
        "--segmenter",
        default="bundle",
        metavar="bundle|masks:[PROGRAM:]PATH",
        help="the shipped networks, or label maps made by another program: totalsegmentator, totalsegmentator-mr, "
        "spineps or totalspineseg; without its name our own values or TotalSegmentator's",
    )


class DeferredSegmenter:
    """Segmenter that is made when it is first asked for, so that a wrong path fails before torch is imported."""

    def __init__(self, make: Callable[[], Segmenter]) -> None:
        self._make = make

    @cached_property
    def _segmenter(self) -> Segmenter:
        return self._make()

    @property
    def algorithm(self) -> AlgorithmIdentity:
        """Who segments; makes the segmenter."""
        return self._segmenter.algorithm

    def __call__(self, volume: Volume) -> Segmentation:
        """Masks on the grid of `volume`."""
        return self._segmenter(volume)


def make_segmenter(arguments: argparse.Namespace) -> Segmenter:
    """Segmenter that the options ask for; models and masks are read at its first use.

    Raises
    ------
    SettingsError
        The option names none.
    """
    choice: str = arguments.segmenter
    if choice == "bundle":
        return DeferredSegmenter(lambda: _bundle(arguments.model, arguments.device))
    kind, _, path = choice.partition(":")
    if kind == "masks" and path:
        return DeferredSegmenter(lambda: _masks(path))
    raise SettingsError(f"unknown segmenter {choice!r}", "--segmenter", "use bundle or masks:PATH")


def _bundle(root: Path | None, device: str) -> Segmenter:
    from spineseg.segmentation.inference import BundleSegmenter

    return BundleSegmenter(root, device=device)


def _masks(choice: str) -> Segmenter:
    from spineseg.segmentation.foreign import MaskKind
    from spineseg.segmentation.masks import MaskSegmenter

    program, _, path = choice.partition(":")
    if program in set(MaskKind) and path:
        return MaskSegmenter(Path(path), MaskKind(program))
    return MaskSegmenter(Path(choice))
