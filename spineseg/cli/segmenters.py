"""Options --model, --device, --segmenter -> a Segmenter."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from spineseg.errors import SettingsError

if TYPE_CHECKING:
    from spineseg.domain.segmentation import Segmenter


def add_segmenter_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that choose who segments."""
    parser.add_argument("--model", type=Path, metavar="BUNDLES", help="folder with the bundles anatomy/ and lesions/")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where the networks run")
    parser.add_argument(
        "--segmenter",
        default="bundle",
        metavar="bundle|masks:PATH",
        help="the shipped networks, or label maps made by another program",
    )


def make_segmenter(arguments: argparse.Namespace) -> Segmenter:
    """Make the segmenter that the options ask for.

    Raises
    ------
    SettingsError
        The option names none.
    BundleError
        The model is missing or wrong.
    """
    choice: str = arguments.segmenter
    if choice == "bundle":
        from spineseg.segmentation import BundleSegmenter

        return BundleSegmenter(arguments.model, device=arguments.device)
    kind, _, path = choice.partition(":")
    if kind == "masks" and path:
        from spineseg.segmentation import MaskSegmenter

        return MaskSegmenter(Path(path))
    raise SettingsError(f"unknown segmenter {choice!r}", "--segmenter", "use bundle or masks:PATH")
