"""`spineseg send OUT --to NAME`: the DICOM results of a run to an archive, over C-STORE or STOW-RS."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from spineseg.cli.destinations import add_destination_options, named_destination
from spineseg.errors import EXIT_DONE, DestinationError, InputError

if TYPE_CHECKING:
    from spineseg.archive import SendReport


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser("send", parents=[common], help="send the DICOM results of a run to an archive")
    parser.add_argument(
        "results", type=Path, nargs="+", metavar="OUT", help="the folder of a run, whose *.dcm are sent, or DICOM files"
    )
    add_destination_options(parser, required=True)
    parser.set_defaults(command=send)


def send(arguments: argparse.Namespace) -> int:
    """Send, and say what became of each file."""
    from spineseg.archive import send_files

    destination = named_destination(arguments, arguments.to)
    report = send_files(_files(arguments.results), destination)
    _print_report(report)
    if not report.complete:
        count = len(report.refused) + len(report.uncommitted)
        raise DestinationError(
            f"{count} of {len(report.outcomes)} instances are not safe there", report.destination, "see the lines above"
        )
    return EXIT_DONE


def _files(given: list[Path]) -> list[Path]:
    found: list[Path] = []
    for path in given:
        inside = sorted(path.glob("*.dcm")) if path.is_dir() else [path]
        if not inside:
            raise InputError("the folder holds no DICOM result", str(path), "name the folder of a spineseg run")
        found += inside
    return found


def _print_report(report: SendReport) -> None:
    for one in report.outcomes:
        words = "stored" if one.stored else "NOT stored"
        print(f"{one.path.name}: {words}{', ' + one.note if one.note else ''}")
    if report.commitment is not None:
        missing = len(report.uncommitted)
        words = report.commitment.note or (f"{missing} instances not committed" if missing else "everything committed")
        print(f"storage commitment: {words}")
