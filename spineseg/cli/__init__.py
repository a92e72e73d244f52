"""Command line -> exit code: parse, call, print; one file per command, heavy imports inside the command."""

from __future__ import annotations

import argparse
import logging
import sys
import warnings
from collections.abc import Sequence

from spineseg import __version__
from spineseg.cli import (
    batch,
    data,
    echo,
    evaluate,
    facts,
    info,
    models,
    phantom,
    recommend,
    rules,
    run,
    segment,
    send,
    serve,
    train,
    verify,
)
from spineseg.errors import EXIT_DEFECT, SpinesegError

# 128 + SIGINT, as shells report an interrupted program.
EXIT_INTERRUPTED = 130

BANNER = "Research use only. Not a medical device. Results are approximate and unverified."


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every error is one line on standard error."""
    arguments = _parser().parse_args(argv)
    _quiet_libraries(debug=arguments.debug)
    try:
        return int(arguments.command(arguments))
    except SpinesegError as error:
        if arguments.debug:
            raise
        print(f"spineseg: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("spineseg: interrupted; no half-written result is left", file=sys.stderr)
        return EXIT_INTERRUPTED
    except Exception as error:
        if arguments.debug:
            raise
        # The message may quote header values; the type is enough to report and holds no patient data.
        print(
            f"spineseg: internal error ({type(error).__name__}); run again with --debug and report it", file=sys.stderr
        )
        return EXIT_DEFECT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="spineseg", description=f"Spine MRI and CT to a segmentation and a graded report. {BANNER}"
    )
    parser.add_argument("--version", action="version", version=f"spineseg {__version__}")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show tracebacks and library warnings")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    modules = (
        run, batch, segment, recommend, facts, rules, verify, send, echo, serve, phantom, data, train, evaluate, models,
        info,
    )  # fmt: skip
    for module in modules:
        module.add_parser(commands, common)
    return parser


def _quiet_libraries(*, debug: bool) -> None:
    """Keep libraries' warnings off the terminal: they may quote header values, which are patient data."""
    if debug:
        logging.basicConfig(level=logging.INFO)
        return
    warnings.simplefilter("ignore")
    logging.basicConfig(level=logging.CRITICAL)
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
