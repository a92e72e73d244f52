"""Form of a correction + the report that holds -> a verified report with the person's values, sent like any result."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from fastapi import HTTPException
from pydicom.dataset import Dataset

from spineseg.domain.findings import CorrectedItem, Findings
from spineseg.domain.findings_json import findings_to_json
from spineseg.domain.revision import ALLOWED, NOT_A_LESION, parse_changes
from spineseg.errors import InputError, SettingsError
from spineseg.reporting.options import RECOMMENDATION_FILE, recommendation_text
from spineseg.reporting.report import FINDINGS_FILE, encode
from spineseg.reporting.sr_header import read_header
from spineseg.reporting.sr_reader import read_findings, read_report
from spineseg.reporting.sr_revision import Observer, verify_report
from spineseg.reporting.wording import RESEARCH_BANNER
from spineseg.service.deliveries import destinations_for
from spineseg.service.jobs import begin_correction, finish, open_job
from spineseg.service.triage import triage
from spineseg.service.web.case import Case
from spineseg.service.web.desk import Desk, Form, one_of, row_of
from spineseg.service.worker import SR_FILE

KEEP = ""  # value of a field that corrects nothing
CHOICES = {item: values for item, values in ALLOWED.items() if item not in (CorrectedItem.LESION, CorrectedItem.LEVEL)}
_RUN_FILE = "run.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A verified report, not yet among the results."""

    report: Dataset
    files: dict[str, bytes]


def words_of(form: Form, findings: Findings) -> tuple[str, ...]:
    """What a form says of each lesion, in the words of `spineseg verify --set`."""
    return tuple(word for number in range(1, len(findings.lesions) + 1) for word in _words(form, number))


def correct(case: Case, form: Form, *, observer: Observer, now: datetime) -> Corrected:
    """Verify the report that holds, with a person's values where the form has any.

    Raises
    ------
    SettingsError
        A value is not one that can be set, or the observer cannot be named.
    ReportError
        The correction cannot be written to this report.
    """
    if one_of(form, "seen") != "yes":
        raise SettingsError("nobody has said that the images were read", remedy="tick that you have read the images")
    report = verify_report(
        read_report(case.report), parse_changes(words_of(form, case.findings)), observer=observer, now=now
    )
    verified = Case(
        run=case.run, report=case.report, findings=read_findings(report), header=read_header(report),
        clinical=case.clinical,
    )  # fmt: skip
    content = {**findings_to_json(verified.findings), "notice": RESEARCH_BANNER}
    files = {
        SR_FILE: encode(report),
        FINDINGS_FILE: (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode(),
        RECOMMENDATION_FILE: recommendation_text(verified.recommend(case.clinical)).encode(),
    }
    former = case.report.parent / _RUN_FILE
    if former.is_file():
        files[_RUN_FILE] = former.read_bytes()
    return Corrected(report=report, files=files)


def keep(desk: Desk, number: int, corrected: Corrected, *, run: int, who: str) -> None:
    """Put a verified report among the results and have it sent.

    Parameters
    ----------
    run
        Whose report was corrected.

    Raises
    ------
    HTTPException
        409: another result holds by now.
    InputError
        The study is being analysed.
    """
    now = desk.clock()
    with desk.sessions.begin() as session:
        row = row_of(session, number)
        check_run(run, None if row.result is None else row.result.run)
        if open_job(session, row.study) is not None:
            raise InputError("the study is being received or analysed", remedy="correct its new result when it is done")
        uid = row.study.study_instance_uid
        job = begin_correction(session, desk.layout, uid, now=now, who=who, files=corrected.files)
        found = triage(desk.layout.result(uid, job.run))
        finish(
            session, job, now=now, seconds=None, found=found,
            destinations=destinations_for(desk.settings, sent_by=row.study.sent_by, found=found),
            result_uids=[str(corrected.report.SOPInstanceUID)],
        )  # fmt: skip


def check_run(seen: int, holds: int | None) -> None:
    """Refuse what was decided in view of a result that does not hold any more.

    Raises
    ------
    HTTPException
        409.
    """
    if seen != holds:
        raise HTTPException(409, "there is a newer result than the one on your screen; open the study again")


def _words(form: Form, number: int) -> Iterator[str]:
    said = []
    if one_of(form, f"reject-{number}") == "yes":
        said.append(NOT_A_LESION)
    for item in CHOICES:
        value = one_of(form, f"{item.value}-{number}")
        if value != KEEP:
            said.append(f"{item.value}={value}")
    levels = one_of(form, f"level-{number}").upper().replace(",", " ").split()
    if levels:
        said.append(f"level={','.join(levels)}")
    if said:
        yield f"lesion={number}"
        yield from said
