"""`spineseg evaluate --data D` and `evaluate compare A B`: score on a converted set; which of two models is better."""

from __future__ import annotations

import argparse
from pathlib import Path

from spineseg.cli.progress import stages
from spineseg.cli.segmenters import add_segmenter_options, make_segmenter
from spineseg.errors import EXIT_DONE, SettingsError

_SPLITS = ("validation", "test", "training")


def add_set_options(parser: argparse.ArgumentParser) -> None:
    """Declare what `evaluate` takes where no kind of data is named."""
    parser.add_argument("--data", type=Path, metavar="DIR", help="converted set of spineseg data")
    parser.add_argument("--split", choices=_SPLITS, default="validation", help="cases to score (default validation)")
    parser.add_argument("--bundle", type=Path, dest="model", metavar="BUNDLES", help="the same as --model")
    parser.add_argument(
        "-o", "--out", type=Path, metavar="OUT", help="folder for dataset.json, .md, .html and pictures/"
    )
    add_segmenter_options(parser)
    parser.set_defaults(command=run_dataset)


def add_compare(kinds: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Declare the comparison."""
    parser = kinds.add_parser("compare", parents=[common], help="two score cards of the same cases, with paired tests")
    parser.add_argument("first", type=Path, metavar="A", help="OUT folder of evaluate, or its JSON file")
    parser.add_argument("second", type=Path, metavar="B", help="the same of the other model")
    parser.add_argument(
        "-o", "--out", type=Path, required=True, metavar="OUT", help="folder for comparison.json and .md"
    )
    parser.set_defaults(command=run_compare)


def run_dataset(arguments: argparse.Namespace) -> int:
    """Score a split of a converted set."""
    if arguments.data is None or arguments.out is None:
        raise SettingsError("name what to score", "evaluate", "spineseg evaluate --data DIR -o OUT, or a kind of data")
    with stages("spineseg evaluate") as on_stage:
        on_stage("start")
        from spineseg.domain.dataset import Split, read_labelled_set
        from spineseg.evaluation.images import score_case
        from spineseg.evaluation.labelled import image_cases
        from spineseg.evaluation.setcard import SetScores, write_setcard
        from spineseg.files import prepare_folder

        labelled, split = read_labelled_set(arguments.data), Split(arguments.split)
        cases = image_cases(labelled, split)
        pictures = prepare_folder(arguments.out / "pictures")
        segmenter = make_segmenter(arguments)
        identity = segmenter.algorithm
        scored = []
        for number, case in enumerate(cases, start=1):
            on_stage(f"{number} of {len(cases)}, {case.name}")
            scored.append(score_case(segmenter, case, arguments.data, pictures=pictures))
        scores = SetScores(
            labelled=labelled,
            split=split,
            segmenter=identity.segmenter,
            version=identity.version,
            weights_sha256=identity.weights_sha256,
            cases=tuple(scored),
        )
        page = write_setcard(scores, arguments.out)
    print(page.read_text(encoding="utf-8"))
    print(f"score card: {page.with_suffix('.html').resolve()}")
    return EXIT_DONE


def run_compare(arguments: argparse.Namespace) -> int:
    """Compare two score cards."""
    from spineseg.evaluation.comparison import read_card, write_comparison
    from spineseg.files import prepare_folder

    prepare_folder(arguments.out)
    page = write_comparison(read_card(arguments.first), read_card(arguments.second), arguments.out)
    print(page.read_text(encoding="utf-8"))
    return EXIT_DONE
