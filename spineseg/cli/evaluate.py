"""`spineseg evaluate phantom|battery|images|hybrids`: score on phantoms, on real images, on tumours drawn in them."""

from __future__ import annotations

import argparse
from pathlib import Path

from spineseg.cli.evaluate_lesions import run_given_lesions
from spineseg.cli.evaluate_sets import add_compare, add_set_options
from spineseg.cli.progress import stages
from spineseg.cli.segmenters import add_segmenter_options, make_segmenter
from spineseg.errors import EXIT_DONE

_DEFAULT_CASES = 20


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Declare the command and its kinds of data."""
    parser = commands.add_parser("evaluate", parents=[common], help="score on phantoms, on real images, on data sets")
    add_set_options(parser)
    kinds = parser.add_subparsers(title="kinds of data, other than a converted set", metavar="KIND")
    _add_phantom(kinds, common)
    _add_battery(kinds, common)
    _add_images(kinds, common)
    _add_hybrids(kinds, common)
    add_compare(kinds, common)


def _add_phantom(kinds: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    parser = kinds.add_parser("phantom", parents=[common], help="phantoms whose truth is known")
    _add_out(parser, "scorecard.json and .md; with --lesions lesions.json, .md and cases/")
    parser.add_argument(
        "--cases", type=int, metavar="N", help="number of held-out phantoms (default 20, with --lesions 60)"
    )
    parser.add_argument(
        "--lesions", action="store_true",
        help="give the true lesion mask, as run --lesions does: scores the grade on the network's anatomy; goes on "
        "where an earlier call ended",
    )  # fmt: skip
    parser.add_argument(
        "--truth", action="store_true", help="grade the phantoms' true masks: scores the grading without the networks"
    )
    add_segmenter_options(parser)
    parser.set_defaults(command=run_phantom)


def _add_battery(kinds: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    parser = kinds.add_parser("battery", parents=[common], help="the grading alone, on the true masks of many phantoms")
    _add_out(parser, "battery.json and .md")
    parser.add_argument("--cases", type=int, default=300, metavar="N", help="number of graded phantoms (default 300)")
    parser.add_argument(
        "--errors", action="store_true", help="grade each again with masks a voxel off and with holes (4 times as long)"
    )
    parser.set_defaults(command=run_truth_battery)


def _add_images(kinds: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    parser = kinds.add_parser("images", parents=[common], help="labelled real images of a datalist")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="folder that the datalist's paths are in"
    )
    parser.add_argument("--list", type=Path, metavar="YAML", help="datalist (default: configs/validation.yaml)")
    _add_out(parser, "images.json, images.md and pictures/")
    parser.add_argument("--bundle", type=Path, dest="model", metavar="ROOT", help="the same as --model")
    add_segmenter_options(parser)
    parser.set_defaults(command=run_images)


def _add_hybrids(kinds: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    parser = kinds.add_parser(
        "hybrids", parents=[common], help="synthetic tumours in healthy real images of the shipped datalist"
    )
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="folder that the datalist's paths are in"
    )
    parser.add_argument("--cases", type=int, default=40, metavar="N", help="number of test tumours (default 40)")
    _add_out(parser, "hybrids.json and .md")
    add_segmenter_options(parser)
    parser.set_defaults(command=run_hybrids)


def _add_out(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="OUT", help=f"folder for {what}")


def run_phantom(arguments: argparse.Namespace) -> int:
    """Score phantoms and write the score card."""
    if arguments.lesions:
        return run_given_lesions(arguments)
    with stages("spineseg evaluate") as on_stage:
        on_stage("start")
        from spineseg.evaluation.phantoms import evaluate_phantoms
        from spineseg.evaluation.scorecard import write_scorecard
        from spineseg.files import prepare_folder

        prepare_folder(arguments.out)
        segmenter = None if arguments.truth else make_segmenter(arguments)
        scores = evaluate_phantoms(
            _DEFAULT_CASES if arguments.cases is None else arguments.cases, segmenter, on_stage=on_stage
        )
        page = write_scorecard(scores, arguments.out)
    return _show(page)


def run_truth_battery(arguments: argparse.Namespace) -> int:
    """Grade the battery of true masks and write its card."""
    with stages("spineseg evaluate") as on_stage:
        on_stage("start")
        from spineseg.evaluation.battery import run_battery
        from spineseg.evaluation.battery_card import write_battery
        from spineseg.files import prepare_folder

        prepare_folder(arguments.out)
        scores = run_battery(arguments.cases, errors=arguments.errors, on_stage=on_stage)
        page = write_battery(scores, arguments.out)
    return _show(page)


def run_images(arguments: argparse.Namespace) -> int:
    """Score real images, draw them and write the score card."""
    with stages("spineseg evaluate") as on_stage:
        on_stage("start")
        from spineseg.evaluation.datalist import default_datalist, read_datalist
        from spineseg.evaluation.imagecard import write_imagecard
        from spineseg.evaluation.images import evaluate_images
        from spineseg.evaluation.realcases import check_any_image
        from spineseg.files import prepare_folder

        datalist = read_datalist(arguments.list or default_datalist())
        check_any_image(datalist.cases, arguments.data)
        pictures = prepare_folder(arguments.out / "pictures")
        scores = evaluate_images(
            make_segmenter(arguments), datalist, arguments.data, pictures=pictures, on_stage=on_stage
        )
        page = write_imagecard(scores, arguments.out)
    return _show(page)


def run_hybrids(arguments: argparse.Namespace) -> int:
    """Score test tumours in real images and write the score card."""
    with stages("spineseg evaluate") as on_stage:
        on_stage("start")
        from spineseg.evaluation.hybrids import evaluate_hybrids
        from spineseg.evaluation.realcases import check_data_folder
        from spineseg.evaluation.scorecard import json_bytes
        from spineseg.files import prepare_folder, write_bytes

        check_data_folder(arguments.data)
        prepare_folder(arguments.out)
        scores = evaluate_hybrids(make_segmenter(arguments), arguments.data, arguments.cases, on_stage=on_stage)
        write_bytes(arguments.out / "hybrids.json", json_bytes(scores.to_json()))
        page = arguments.out / "hybrids.md"
        write_bytes(page, scores.to_markdown().encode())
    return _show(page)


def _show(page: Path) -> int:
    print(page.read_text(encoding="utf-8"))
    print(f"score card: {page.resolve()}")
    return EXIT_DONE
