"""`spineseg echo NAME`: whether a destination answers, in one line."""

from __future__ import annotations

import argparse

from spineseg.cli.destinations import add_destination_options, named_destination
from spineseg.errors import EXIT_DONE


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser("echo", parents=[common], help="ask whether an archive answers")
    parser.add_argument("name", nargs="?", metavar="NAME", help="the destination; the same as --to")
    add_destination_options(parser, required=False)
    parser.set_defaults(command=echo)


def echo(arguments: argparse.Namespace) -> int:
    """Ask once."""
    from spineseg.archive import echo as ask

    print(ask(named_destination(arguments, arguments.to or arguments.name)))
    return EXIT_DONE
