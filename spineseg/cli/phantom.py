"""`spineseg phantom OUT --case NAME`: a synthetic DICOM study with its truth."""

from __future__ import annotations

import argparse
from pathlib import Path

from spineseg.cli.progress import stages
from spineseg.errors import EXIT_DONE, SettingsError


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser("phantom", parents=[common], help="write a synthetic DICOM study and its truth")
    parser.add_argument("out", type=Path, nargs="?", metavar="OUT", help="folder for dicom/ and truth.json")
    parser.add_argument("--case", metavar="NAME", help="which phantom; see --list")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="individual of the case (default 0)")
    parser.add_argument("--list", action="store_true", help="print the case names, one a line")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """List the cases or write one."""
    if arguments.list:
        from spineseg.phantom.cases import case_names

        print("\n".join(case_names()))
        return EXIT_DONE
    if arguments.out is None or arguments.case is None:
        raise SettingsError("a phantom needs a folder and a case", remedy="spineseg phantom OUT --case escc-2-t7")
    with stages("spineseg phantom") as on_stage:
        on_stage("start")
        from spineseg.files import prepare_folder
        from spineseg.phantom.cases import make_case
        from spineseg.phantom.study import write_case

        case = make_case(arguments.case, seed=arguments.seed)
        prepare_folder(arguments.out)
        write_case(case, arguments.out, progress=on_stage)
    print(f"study: {(arguments.out / 'dicom').resolve()}")
    print(f"truth: {(arguments.out / 'truth.json').resolve()}")
    return EXIT_DONE
