"""`spineseg data`: a public data set, or one's own, to a converted set that training and evaluation read."""

from __future__ import annotations

import argparse
from pathlib import Path

from spineseg.errors import EXIT_DONE, SettingsError


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "data", parents=[common], help="convert a public data set, or one's own, for training and evaluation"
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="which layout; --list names them")
    parser.add_argument("src", nargs="?", type=Path, metavar="SRC", help="folder that the set was unpacked to")
    parser.add_argument("-o", "--out", type=Path, metavar="DST", help="folder of the converted set")
    parser.add_argument(
        "--description", type=Path, metavar="YAML", help="what one's own data are (default: SRC/dataset.yaml)"
    )
    parser.add_argument("--list", action="store_true", help="layouts with their licences, one a line")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Convert, or list the layouts; what an earlier run finished is kept."""
    from spineseg.datasets.sets import OWN_KINDS, PUBLIC_SETS

    if arguments.list:
        for name, one in PUBLIC_SETS.items():
            print(f"{name:<20} {one.source.title}: {one.source.licence}")
        for name in OWN_KINDS:
            print(f"{name:<20} one's own data, described by dataset.yaml")
        return EXIT_DONE
    if arguments.name is None or arguments.src is None or arguments.out is None:
        raise SettingsError("name a layout, a source and a target", "data", "spineseg data NAME SRC -o DST, or --list")
    return _convert(arguments.name, arguments.src, arguments.out, arguments.description)


def _convert(name: str, src: Path, out: Path, described: Path | None) -> int:
    from spineseg.cli.progress import counted
    from spineseg.datasets.convert import convert
    from spineseg.datasets.description import FILE, read_description
    from spineseg.datasets.sets import OWN_KINDS, find_cases
    from spineseg.datasets.validation_report import write_report

    if out.resolve().is_relative_to(src.resolve()):
        raise SettingsError("the converted set would lie inside its source", str(out), "name another folder with -o")
    description = read_description(described or src / FILE) if name in OWN_KINDS and src.is_dir() else None
    source, cases = find_cases(name, src, description)
    with counted(f"spineseg data {name}", len(cases)) as on_case:
        conversion = convert(source, cases, out, on_case=on_case)
    page = write_report(conversion, out)
    refused = [one for one in conversion.records if one.refused]
    print(f"{len(cases) - len(refused)} of {len(cases)} cases converted, {conversion.reused} of them earlier")
    for record in refused:
        print(f"  refused {record.name}: {'; '.join(record.refused)}")
    print(f"licence: {source.licence}")
    print(f"report: {page.resolve()}")
    return EXIT_DONE
