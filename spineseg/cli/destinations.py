"""`--to NAME --config FILE` -> Destination, for the commands that speak to archives."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from spineseg.errors import SettingsError

if TYPE_CHECKING:
    from spineseg.archive import Destination

CONFIG_VARIABLE = "SPINESEG_DESTINATIONS"
DEFAULT_CONFIG = Path("configs/destinations.toml")


def add_destination_options(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Declare the options that name a destination."""
    parser.add_argument("--to", required=required, metavar="NAME", help="a destination of the configuration")
    parser.add_argument(
        "--config", type=Path, metavar="FILE.toml",
        help=f"file with the destinations (default: ${CONFIG_VARIABLE}, else {DEFAULT_CONFIG})",
    )  # fmt: skip


def named_destination(arguments: argparse.Namespace, name: str | None) -> Destination:
    """The destination of a name.

    Raises
    ------
    SettingsError
        The file is wrong, or has no destination of the name.
    """
    from spineseg.archive import read_destinations

    path = arguments.config or Path(os.environ.get(CONFIG_VARIABLE) or DEFAULT_CONFIG)
    destinations = read_destinations(path)
    if name is None or name not in destinations:
        known = ", ".join(sorted(destinations)) or "none"
        what = "no destination given" if name is None else f"there is no destination {name}"
        raise SettingsError(what, path.name, f"known: {known}")
    return destinations[name]
