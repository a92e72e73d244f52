"""`spineseg rules`: list and show the rules, trace one through a report, check a site's own, print their page."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from spineseg.cli.casefile import add_case_options, read_case
from spineseg.errors import EXIT_DONE, RulesetError

if TYPE_CHECKING:
    from spineseg.treatment import Rule, Ruleset, Trace


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Declare the command and what it can do."""
    parser = commands.add_parser("rules", help="the rules behind the options: list, show, trace, check")
    kinds = parser.add_subparsers(title="what to do", required=True, metavar="WHAT")
    listed = kinds.add_parser("list", parents=[common], help="every rule on one line")
    shown = kinds.add_parser("show", parents=[common], help="one rule whole, with its sources")
    shown.add_argument("rule", metavar="RULE", help="identifier, for example R053")
    for one in (listed, shown):
        one.add_argument("--rules", type=Path, metavar="MYRULES.yaml", help="rules of this site, too")
    traced = kinds.add_parser("trace", parents=[common], help="how a rule came to what it says of a report")
    add_case_options(traced)
    traced.add_argument("rule", metavar="RULE", help="identifier, for example R053")
    checked = kinds.add_parser("check", parents=[common], help="check a site's own rules")
    checked.add_argument("file", type=Path, metavar="MYRULES.yaml")
    docs = kinds.add_parser("docs", parents=[common], help="print docs/treatment_rules.md")
    schema = kinds.add_parser("schema", parents=[common], help="print the JSON schema of recommendation.json")
    actions = {listed: _list, shown: _show, traced: _trace, checked: _check, docs: _docs, schema: _schema}
    for one, action in actions.items():
        one.set_defaults(command=action)


def _list(arguments: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from spineseg.treatment import load_ruleset

    ruleset = load_ruleset(arguments.rules)
    table = Table("rule", "layer", "status", "urgency", "text", "file", box=None, pad_edge=False)
    for rule in ruleset.rules.values():
        cells = (rule.id, rule.layer.value, rule.status.value, rule.urgency.value, rule.text, rule.file)
        table.add_row(*(Text(cell) for cell in cells))
    console = Console()
    console.print(table)
    console.print(Text(f"{len(ruleset.rules)} rules, version {ruleset.version}", style="dim"))
    return EXIT_DONE


def _show(arguments: argparse.Namespace) -> int:
    from spineseg.cli.rule_words import rule_lines
    from spineseg.treatment import load_ruleset

    ruleset = load_ruleset(arguments.rules)
    for line in rule_lines(_named(ruleset, arguments.rule), ruleset):
        print(line)
    return EXIT_DONE


def _named(ruleset: Ruleset, rule_id: str) -> Rule:
    rule = ruleset.rules.get(rule_id.upper())
    if rule is None:
        raise RulesetError("there is no such rule", rule_id, "spineseg rules list names them all")
    return rule


def _trace(arguments: argparse.Namespace) -> int:
    from spineseg.treatment import trace

    case = read_case(arguments)
    rule = _named(case.ruleset, arguments.rule)
    if not case.header.verified:
        print("The report is unverified: no physician has confirmed it. Research use only.")
    header = case.header
    for one in trace(
        rule.id, case.findings, case.clinical, case.ruleset, verified=header.verified, verified_by=header.verified_by
    ):
        _print_trace(one)
    return EXIT_DONE


def _print_trace(trace: Trace) -> None:
    about = "" if trace.lesion is None else f", lesion {trace.lesion}"
    print(f"{trace.rule_id}{about}: {trace.result.value} -> {trace.outcome}")
    part = ""
    for line in trace.lines:
        if line.part != part:
            part = line.part
            print(f"  {part}")
        wanted = f"{line.fact} {line.operator} {line.expected}".strip() if line.fact else line.operator
        origin = f", from {line.provenance}" if line.provenance else ""
        value = f": {line.value}{origin}" if line.value else ""
        print(f"  {'  ' * (line.depth + 1)}[{line.result.value}] {wanted}{value}")


def _check(arguments: argparse.Namespace) -> int:
    from spineseg.treatment import check_rules

    rules = check_rules(arguments.file)
    for rule in rules:
        print(f"{rule.id}: {rule.status.value}, {rule.layer.value}, {rule.text}")
    print(f"{len(rules)} rules of {arguments.file.name} are well formed; whether they are right is for a physician")
    return EXIT_DONE


def _docs(_: argparse.Namespace) -> int:
    from spineseg.cli.rules_page import rules_page
    from spineseg.treatment import load_ruleset

    print(rules_page(load_ruleset()), end="")
    return EXIT_DONE


def _schema(_: argparse.Namespace) -> int:
    from spineseg.domain.recommendation_schema import schema_text

    print(schema_text(), end="")
    return EXIT_DONE
