"""`spineseg batch STUDIES -o OUT`: many studies, on this machine's workers or on a Dask scheduler's."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from spineseg.cli.serve import missing_extra
from spineseg.errors import EXIT_DONE, EXIT_INPUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spineseg.service.batch import BatchRow
    from spineseg.service.settings import WorkSettings


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser("batch", parents=[common], help="analyse many studies, in parallel")
    parser.add_argument("studies", type=Path, metavar="STUDIES", help="folder with one sub-folder a study")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="OUT", help="results, one sub-folder a study")
    parser.add_argument("--workers", type=int, metavar="N", help="studies at a time (default 1; with a scheduler 64)")
    parser.add_argument("--scheduler", metavar="tcp://HOST:PORT", help="Dask scheduler whose workers see both folders")
    parser.add_argument("--memory", type=float, default=6000.0, metavar="MB", help="limit of one study (default 6000)")
    parser.add_argument("--time-limit", type=float, default=900.0, metavar="S", help="of one study (default 900)")
    parser.add_argument("--model", type=Path, metavar="BUNDLES", help="folder with the bundles anatomy/ and lesions/")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where the networks run")
    parser.add_argument("--segmenter", default="bundle", metavar="bundle|masks:PATH", help="as of `spineseg run`")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Analyse every study; 3 where one failed."""
    try:
        from spineseg.service.batch import run_batch, study_folders
    except ModuleNotFoundError as error:
        raise missing_extra(error) from error
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from spineseg.files import prepare_folder

    settings = _settings(arguments)
    studies = study_folders(arguments.studies)
    prepare_folder(arguments.out)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("studies", total=len(studies))
        rows = run_batch(studies, arguments.out, settings, on_row=lambda _: progress.advance(task))
    _print_table(rows)
    return EXIT_INPUT if any(row.state == "failed" for row in rows) else EXIT_DONE


def _settings(arguments: argparse.Namespace) -> WorkSettings:
    from pydantic import ValidationError

    from spineseg.errors import SettingsError
    from spineseg.service.settings import WorkSettings

    scheduler = arguments.scheduler or "local"
    # A scheduler knows how many workers it has; so many studies wait there at most. [P]
    workers = arguments.workers or (1 if scheduler == "local" else 64)
    try:
        return WorkSettings(
            scheduler=scheduler, workers=workers, memory_mb=arguments.memory, time_limit_s=arguments.time_limit,
            model=arguments.model, device=arguments.device, segmenter=arguments.segmenter,
        )  # fmt: skip
    except ValidationError as error:
        first = error.errors()[0]
        option = str(first["loc"][0])
        raise SettingsError(f"{option}: {first['msg'].lower()}", remedy="see spineseg batch --help") from error


def _print_table(rows: Sequence[BatchRow]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("study", "state", "outcome", "approx. ESCC (range)", "seconds", "reason")
    for row in rows:
        seconds = "" if row.seconds is None else f"{row.seconds:.1f}"
        table.add_row(*(Text(cell) for cell in (row.name, row.state, row.outcome, row.grade, seconds, row.reason)))
    console = Console()
    console.print(table)
    counts = {state: sum(row.state == state for row in rows) for state in ("done", "skipped", "failed")}
    console.print(", ".join(f"{count} {state}" for state, count in counts.items()), highlight=False)
