"""`spineseg verify REPORT.dcm`: a new SR that a person has verified, each corrected value beside the former one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from spineseg.errors import EXIT_DONE, SettingsError

if TYPE_CHECKING:
    from spineseg.domain.findings import Findings

_KEYS = (
    "escc=0|1a|1b|1c|2|3, compartment=extradural|intradural_extramedullary|intramedullary|mixed, level=T7[,T8 ...], "
    "sins.location= .pain= .bone_lesion= .alignment= .collapse= .posterolateral=POINTS, not-a-lesion"
)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "verify", parents=[common], help="confirm or correct a report: writes a new, verified SR beside the old one",
        description="Writes a new SR with you as its verifying observer; the report that you read stays as it is.",
    )  # fmt: skip
    parser.add_argument("report", type=Path, metavar="REPORT.dcm", help="an SR of spineseg, also one from an archive")
    parser.add_argument(
        "--observer", required=True, metavar="NAME", help="who read the images, as DICOM writes it: DOE^JANE"
    )
    parser.add_argument("--organization", required=True, metavar="ORG", help="whom the observer answers to")
    parser.add_argument(
        "--set", dest="changes", nargs="+", action="extend", default=[], metavar="WORD",
        help=f"corrections, lesion by lesion: lesion=1 escc=1c level=T8 lesion=2 not-a-lesion. Keys: {_KEYS}",
    )  # fmt: skip
    parser.add_argument(
        "-o", "--out", type=Path, metavar="NEW.dcm", help="new file (default: verified.sr.dcm beside the report)"
    )
    parser.set_defaults(command=verify)


def verify(arguments: argparse.Namespace) -> int:
    """Write the verified report and say what was changed."""
    from datetime import datetime

    from spineseg.domain.revision import parse_changes
    from spineseg.files import write_bytes
    from spineseg.reporting.report import encode
    from spineseg.reporting.sr_reader import read_findings, read_report
    from spineseg.reporting.sr_revision import Observer, verify_report
    from spineseg.reporting.verified import free_name

    observer = Observer(name=arguments.observer, organization=arguments.organization)
    changes = parse_changes(arguments.changes)
    out = arguments.out or free_name(arguments.report)
    if out.exists():
        raise SettingsError("the file is there already, and no report is ever overwritten", str(out), "name another")
    report = read_report(arguments.report)
    new = verify_report(report, changes, observer=observer, now=datetime.now().astimezone())
    try:
        write_bytes(out, encode(new))
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise SettingsError(f"the report cannot be written: {reason}", str(out), "name another file") from error
    _print_changes(read_findings(report), read_findings(new))
    print(f"verified report: {out}")
    return EXIT_DONE


def _print_changes(before: Findings, after: Findings) -> None:
    """Every correction, and which number a lesion has now where that changed."""
    numbers = {lesion.tracking_uid: number for number, lesion in enumerate(before.lesions, start=1)}
    known = {lesion.tracking_uid: len(lesion.corrections) for lesion in before.lesions}
    said = 0
    for number, lesion in enumerate(after.lesions, start=1):
        former = numbers[lesion.tracking_uid]
        for one in lesion.corrections[known[lesion.tracking_uid] :]:
            said += 1
            print(f"lesion {former}: {one.item.value} corrected, was {one.before}")
        if number != former:
            print(f"lesion {former} is lesion {number} now")
    for rejected in after.rejected:
        if rejected.tracking_uid in numbers:
            said += 1
            print(f"lesion {numbers[rejected.tracking_uid]}: rejected, not a lesion")
    if not said:
        print("nothing corrected: the report is verified as it is")
