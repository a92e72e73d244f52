"""`spineseg facts --template`: the form for what only the clinic knows; `--check FILE` reads one."""

from __future__ import annotations

import argparse
from pathlib import Path

from spineseg.errors import EXIT_DONE


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser("facts", parents=[common], help="the form for the clinic's facts")
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--template", action="store_true", help="print the form, every question with its answers")
    choice.add_argument("--check", type=Path, metavar="FACTS.yaml", help="read a form that was filled in")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the form, or what a filled one says."""
    from spineseg.treatment import facts_template, read_clinical

    if arguments.template:
        print(facts_template(), end="")
        return EXIT_DONE
    facts = read_clinical(arguments.check).facts
    for fact in facts.values():
        unit = f" {fact.unit}" if fact.unit else ""
        print(f"{fact.name}: {_words(fact.value)}{unit}")
    print(f"{len(facts)} facts are known; every other one is unknown")
    return EXIT_DONE


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
