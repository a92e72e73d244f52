"""Worklist row -> the result that holds now: findings, facts of the clinic, options; and the folders that show it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from spineseg.domain.clinical import ClinicalContext
from spineseg.domain.findings import Findings
from spineseg.domain.recommendation import Recommendation
from spineseg.errors import InputError, SpinesegError
from spineseg.reporting.sr_header import ReportHeader, read_header
from spineseg.reporting.sr_reader import read_findings
from spineseg.service.layout import Layout
from spineseg.service.studies import WorklistRow
from spineseg.service.tables import Job, JobState
from spineseg.service.worker import SR_FILE
from spineseg.treatment import Ruleset, load_ruleset, read_clinical, recommend

_PAGE_FILE, _MASKS = "report.html", "anatomy*.seg.dcm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A result that somebody may act on.

    Parameters
    ----------
    run
        Of the job whose report holds.
    clinical
        Facts that this run was given.
    """

    run: int
    report: Path
    findings: Findings
    header: ReportHeader
    clinical: ClinicalContext

    def recommend(self, clinical: ClinicalContext) -> Recommendation:
        """Options with these facts."""
        header = self.header
        return recommend(self.findings, clinical, _ruleset(), verified=header.verified, verified_by=header.verified_by)


def read_case(layout: Layout, row: WorklistRow) -> Case:
    """The result that holds.

    Raises
    ------
    InputError
        There is none, or it was purged or cannot be read; the text says which.
    """
    job = row.result
    if job is None:
        raise InputError("the study has no result yet", remedy="wait until it is analysed")
    if row.study.results_purged_at is not None:
        raise InputError("the results were removed by the node's retention", remedy="send the study again")
    report = layout.result(row.study.study_instance_uid, job.run) / SR_FILE
    try:
        return Case(
            run=job.run, report=report, findings=read_findings(report), header=read_header(report),
            clinical=_clinical(layout, row, job),
        )  # fmt: skip
    except SpinesegError as error:
        raise InputError(error.what, remedy=error.remedy) from error
    except OSError as error:
        raise InputError("the report is not there any more", remedy="send the study again") from error


def case_or_reason(layout: Layout, row: WorklistRow) -> tuple[Case | None, str]:
    """The result that holds, or one line on why there is none."""
    try:
        return read_case(layout, row), ""
    except InputError as error:
        return None, str(error)


def report_page(layout: Layout, row: WorklistRow) -> Path | None:
    """report.html of the newest run that wrote one; a correction does not."""
    folder = _newest_with(layout, row, _PAGE_FILE)
    return None if folder is None else folder / _PAGE_FILE


def masks_folder(layout: Layout, row: WorklistRow) -> Path | None:
    """Folder of the newest run that left masks."""
    return _newest_with(layout, row, _MASKS)


def _newest_with(layout: Layout, row: WorklistRow, pattern: str) -> Path | None:
    for job in reversed(row.study.jobs):
        folder = layout.result(row.study.study_instance_uid, job.run)
        if job.state == JobState.DONE and any(folder.glob(pattern)):
            return folder
    return None


def _clinical(layout: Layout, row: WorklistRow, job: Job) -> ClinicalContext:
    if not job.clinical:
        return ClinicalContext()
    return read_clinical(layout.results / row.study.study_instance_uid / job.clinical)


@cache
def _ruleset() -> Ruleset:
    return load_ruleset()
