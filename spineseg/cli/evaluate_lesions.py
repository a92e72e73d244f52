"""`spineseg evaluate phantom --lesions`: grades of phantoms whose lesion mask is given, as in `run --lesions`."""

from __future__ import annotations

import argparse

from spineseg.cli.progress import stages
from spineseg.cli.segmenters import make_segmenter
from spineseg.errors import EXIT_DONE

# The figures of docs/validation.md are of so many studies.
CASES = 60


def run_given_lesions(arguments: argparse.Namespace) -> int:
    """Score the studies, those of an earlier call with the same networks read again, and write the card."""
    with stages("spineseg evaluate") as on_stage:
        on_stage("start")
        from spineseg.evaluation.drawn_card import write_drawn
        from spineseg.evaluation.drawn_lesions import evaluate_drawn
        from spineseg.files import prepare_folder

        prepare_folder(arguments.out)
        segmenter = None if arguments.truth else make_segmenter(arguments)
        count = CASES if arguments.cases is None else arguments.cases
        rows = evaluate_drawn(range(count), segmenter, arguments.out, on_stage=on_stage)
        page = write_drawn(rows, arguments.out)
    print(page.read_text(encoding="utf-8"))
    print(f"score card: {page.resolve()}")
    return EXIT_DONE
