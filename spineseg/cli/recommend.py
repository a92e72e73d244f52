"""`spineseg recommend REPORT.dcm`: options from a report and the clinic's facts, on the terminal or as files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from spineseg.cli.casefile import CaseFile, add_case_options, read_case
from spineseg.errors import EXIT_DONE, SettingsError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from spineseg.domain.recommendation import Recommendation
    from spineseg.reporting.option_view import OptionView

_MOST_QUESTIONS = 5  # on a terminal; the files hold them all [P]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser("recommend", parents=[common], help="treatment options for a report, with reasons")
    add_case_options(parser)
    parser.add_argument("--json", action="store_true", help="print recommendation.json instead of a table")
    parser.add_argument("--html", type=Path, metavar="BRIEF.html", help="write a tumour board's brief on one A4 page")
    parser.add_argument("--fhir", type=Path, metavar="BUNDLE.json", help="write a FHIR R4 bundle; nothing is ordered")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Apply the rules to one report."""
    case = read_case(arguments)
    recommendation = case.recommend()
    _write_files(arguments, case, recommendation)
    if arguments.json:
        from spineseg.reporting.options import recommendation_text

        print(recommendation_text(recommendation), end="")
        return EXIT_DONE
    _print_table(recommendation)
    for path in filter(None, (arguments.html, arguments.fhir)):
        print(f"written: {path.resolve()}")
    return EXIT_DONE


def _write_files(arguments: argparse.Namespace, case: CaseFile, recommendation: Recommendation) -> None:
    from datetime import datetime

    now = datetime.now().astimezone()
    if arguments.html is not None:
        from spineseg.reporting.brief import render_brief

        _write(arguments.html, render_brief(case.findings, recommendation, case.header, now=now))
    if arguments.fhir is not None:
        import json

        from spineseg.reporting.fhir import fhir_bundle

        bundle = fhir_bundle(case.findings, recommendation, case.header, now=now)
        _write(arguments.fhir, json.dumps(bundle, indent=2, ensure_ascii=False) + "\n")


def _write(path: Path, text: str) -> None:
    from spineseg.files import write_bytes

    try:
        write_bytes(path, text.encode("utf-8"))
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise SettingsError(f"the file cannot be written: {reason}", str(path), "name another file") from error


def _print_table(recommendation: Recommendation) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from spineseg.domain.recommendation import OptionStatus
    from spineseg.reporting.option_view import option_view
    from spineseg.reporting.option_words import NO_OPTION, UNVERIFIED, verification_sentence

    console = Console()
    if not recommendation.verified:
        console.print(Text(UNVERIFIED, style="bold yellow"))
    console.print(Text(f"{verification_sentence(recommendation)} Research use only.", style="yellow"))
    others = Table("kind, when, rule", "what, why, what is not known", show_lines=True)
    for option in recommendation.options:
        view = option_view(option, recommendation)
        if option.status is OptionStatus.ALERT:
            _print_alert(console, view)
        else:
            others.add_row(Text(f"{view.status}\n{view.urgency}\n{view.rule_id}"), _told(view))
    if others.row_count:
        console.print(others)
    if not recommendation.options:
        console.print(Text(NO_OPTION))
    _print_questions(console, recommendation)
    console.print(Text(f"rules {recommendation.ruleset_version}", style="dim"))


def _print_alert(console: Console, view: OptionView) -> None:
    from rich.panel import Panel
    from rich.text import Text

    words = Text(f"{view.text}\n", style="bold")
    words.append("\n".join(_reasons(view)), style="not bold")
    about = f", {view.about}" if view.about else ""
    console.print(Panel(words, title=Text(f"ALERT, {view.urgency}{about} ({view.rule_id})"), style="red"))


def _told(view: OptionView) -> Text:
    from rich.text import Text

    words = Text(view.text, style="bold")
    words.append("".join(f"\n{line}" for line in _reasons(view)), style="not bold")
    return words


def _reasons(view: OptionView) -> list[str]:
    from spineseg.reporting.option_words import listed

    told = (
        ("about", (view.about,) if view.about else ()),
        ("because", view.because),
        ("against", view.contra),
        ("ask", view.waits_for),
        ("pulls the other way", view.conflicts),
        ("corrected", (view.correction,) if view.correction else ()),
        ("evidence", (view.evidence,)),
    )
    return [f"{label}: {listed(parts)}" for label, parts in told if parts]


def _print_questions(console: Console, recommendation: Recommendation) -> None:
    from rich.text import Text

    questions = recommendation.questions
    if not questions:
        return
    console.print(Text("To ask, what decides most first:", style="bold"))
    for question in questions[:_MOST_QUESTIONS]:
        console.print(Text(f"- {question.text} ({question.fact}, decides {len(question.decides)})"))
    if len(questions) > _MOST_QUESTIONS:
        console.print(Text(f"- and {len(questions) - _MOST_QUESTIONS} more: see --json or --html"))
