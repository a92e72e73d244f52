"""Recommendation + report header -> the tumour board's brief: one self-contained HTML that prints on one A4 page."""

from __future__ import annotations

from datetime import datetime

from spineseg.domain.findings import Findings
from spineseg.domain.quality import QUALITY_TEXT
from spineseg.domain.recommendation import Recommendation
from spineseg.reporting.brief_fit import fit
from spineseg.reporting.lmnop import sheet_rows
from spineseg.reporting.markup import render
from spineseg.reporting.option_words import NO_OPTION, UNVERIFIED, verification_sentence
from spineseg.reporting.sr_header import ReportHeader
from spineseg.reporting.wording import NOT_KNOWN, READER_AGREEMENT, RESEARCH_BANNER

_MOST_DOUBTS = 3  # [P]; the report holds them all


def render_brief(findings: Findings, recommendation: Recommendation, header: ReportHeader, *, now: datetime) -> str:
    """The brief as HTML; every value is escaped, alerts come first and are never shortened.

    Parameters
    ----------
    findings
        For what limits the images.
    now
        When the brief is made; shown on it.
    """
    fitted = fit(recommendation, sheet_rows(recommendation))
    return render(
        "brief.html.j2",
        banner=RESEARCH_BANNER,
        patient=_patient_rows(header),
        verification=verification_sentence(recommendation),
        verified_by=_verified_by(header) if recommendation.verified else "",
        watermark="" if recommendation.verified else UNVERIFIED,
        brief=fitted,
        nothing="" if recommendation.options else NO_OPTION,
        doubts=_doubts(findings),
        agreement=READER_AGREEMENT,
        ruleset_version=recommendation.ruleset_version,
        algorithm=f"{findings.algorithm.name} {findings.algorithm.version}",
        study_instance_uid=recommendation.study_instance_uid,
        made=now.isoformat(sep=" ", timespec="minutes"),
    )


def _patient_rows(header: ReportHeader) -> list[tuple[str, str]]:
    rows = (
        ("Patient", header.patient_name),
        ("ID", header.patient_id),
        ("Born", _date(header.birth_date)),
        ("Sex", header.sex),
        ("Study", _date(header.study_date)),
        ("Accession", header.accession_number),
    )
    return [(label, value or NOT_KNOWN) for label, value in rows]


def _verified_by(header: ReportHeader) -> str:
    """Who verified the report and when, as far as it says."""
    return ", ".join(filter(None, (header.verified_by, _date(header.verified_at[:8]))))


def _doubts(findings: Findings) -> list[str]:
    texts = list(dict.fromkeys(QUALITY_TEXT[note.code] for note in findings.quality))
    rest = len(texts) - _MOST_DOUBTS
    return texts if rest <= 0 else [*texts[:_MOST_DOUBTS], f"{rest} more in the report."]


def _date(value: str) -> str:
    """DA as year-month-day; anything else as it is."""
    return f"{value[:4]}-{value[4:6]}-{value[6:]}" if len(value) == 8 and value.isdigit() else value
