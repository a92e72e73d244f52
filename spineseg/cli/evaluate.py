"""`spineseg evaluate phantom`: score the networks, and the grading alone, on phantoms whose truth is known."""

from __future__ import annotations

import argparse
from pathlib import Path

from spineseg.cli.progress import stages
from spineseg.cli.segmenters import add_segmenter_options, make_segmenter
from spineseg.errors import EXIT_DONE


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser("evaluate", parents=[common], help="score against phantoms whose truth is known")
    parser.add_argument("what", choices=("phantom",), help="kind of data")
    parser.add_argument(
        "-o", "--out", type=Path, required=True, metavar="OUT", help="folder for scorecard.json and .md"
    )
    parser.add_argument("--cases", type=int, default=20, metavar="N", help="number of held-out phantoms (default 20)")
    parser.add_argument(
        "--truth", action="store_true", help="grade the phantoms' true masks: scores the grading without the networks"
    )
    add_segmenter_options(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Score and write the score card."""
    with stages("spineseg evaluate") as on_stage:
        on_stage("start")
        from spineseg.evaluation.phantoms import evaluate_phantoms
        from spineseg.evaluation.scorecard import write_scorecard
        from spineseg.files import prepare_folder

        prepare_folder(arguments.out)
        segmenter = None if arguments.truth else make_segmenter(arguments)
        scores = evaluate_phantoms(arguments.cases, segmenter, on_stage=on_stage)
        page = write_scorecard(scores, arguments.out)
    print(page.read_text(encoding="utf-8"))
    print(f"score card: {page.resolve()}")
    return EXIT_DONE
