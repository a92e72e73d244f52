"""Worklist, page of a study, its report and the audit trail, as HTML."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import HTMLResponse, Response

from spineseg.domain.escc import ESCC_RANK, EsccGrade
from spineseg.reporting.options import view_options
from spineseg.reporting.wording import grade_text, lesion_sentence, levels_text
from spineseg.service.studies import WorklistRow, audit_trail, count_by_state, list_studies, write_audit
from spineseg.service.tables import JobKind, JobState
from spineseg.service.triage import Urgency
from spineseg.service.web.case import Case, case_or_reason, masks_folder, report_page
from spineseg.service.web.correction import CHOICES
from spineseg.service.web.described import refusals
from spineseg.service.web.desk import Desk, DeskOf, StudyNumber, User, row_of
from spineseg.service.web.facts_form import fields_by_group
from spineseg.service.web.gate import LOCAL_USER, Visitor
from spineseg.service.web.headers import REPORT_POLICY

router = APIRouter(tags=["pages"])
PAGE_LENGTH = 200  # rows [P]
_FURTHEST = 1_000_000  # row; beyond the studies of any node [P]
# Mark and words of each urgency: marks of different shape, so that no colour is needed.
URGENCIES = {
    Urgency.NOW: ("!!", "now"),
    Urgency.SOON: ("!", "soon"),
    Urgency.UNKNOWN: ("?", "not known"),
    Urgency.LESION: ("\u2022", "lesion"),
    Urgency.NOTHING_FOUND: ("\u2013", "nothing found"),
}


class Order(StrEnum):
    """What the rows of one page of the worklist are ordered by."""

    URGENCY = "urgency"
    GRADE = "grade"
    STATE = "state"
    NEWEST = "newest"


@router.get("/", summary="Worklist", response_class=HTMLResponse, responses=refusals(401, 403))
def show_worklist(
    desk: DeskOf,
    visitor: User,
    state: Annotated[JobState | None, Query(description="Only studies whose newest job is in this state.")] = None,
    order: Annotated[Order, Query(description="Most urgent, highest grade, state or latest first.")] = Order.URGENCY,
    offset: Annotated[int, Query(ge=0, le=_FURTHEST, description="First row, in order of urgency.")] = 0,
) -> Response:
    """Studies, the most urgent first."""
    with desk.sessions.begin() as session:
        rows = list_studies(session, limit=PAGE_LENGTH + 1, offset=offset, state=state)
        counts = count_by_state(session)
    return desk.page(
        "worklist.html.j2", visitor, rows=ordered(rows[:PAGE_LENGTH], order), more=len(rows) > PAGE_LENGTH,
        counts=counts, state=state, order=order, orders=tuple(Order), offset=offset, page_length=PAGE_LENGTH,
        urgencies=URGENCIES,
    )  # fmt: skip


@router.get("/studies/{number}", summary="A study", response_class=HTMLResponse, responses=refusals(401, 403, 404))
def show_study(number: StudyNumber, desk: DeskOf, visitor: User) -> Response:
    """Its report, slices, options, facts, correction and history."""
    with desk.sessions.begin() as session:
        row = row_of(session, number)
        uid = row.study.study_instance_uid
        write_audit(session, desk.clock(), who=visitor.name, action="open", study_instance_uid=uid)
        trail = audit_trail(session, uid, limit=50)
    case, reason = case_or_reason(desk.layout, row)
    return desk.page(
        "study.html.j2", visitor, row=row, study=row.study, urgency=URGENCIES[row.urgency], trail=trail, case=case,
        reason=reason, has_report=report_page(desk.layout, row) is not None,
        has_slices=case is not None and masks_folder(desk.layout, row) is not None,
        corrected=row.result is not None and row.result.kind == JobKind.CORRECTION,
        can_restart=row.latest is not None and row.latest.state in (JobState.FAILED, JobState.ABANDONED),
        is_open=row.latest is not None and row.latest.state not in (JobState.DONE, JobState.ABANDONED),
        **_told_of(desk, case, visitor),
    )  # fmt: skip


@router.get(
    "/studies/{number}/report", summary="The report of a study", response_class=HTMLResponse,
    responses=refusals(401, 403, 404),
)  # fmt: skip
def show_report(number: StudyNumber, desk: DeskOf, _visitor: User) -> Response:
    """report.html of the newest analysis, for a frame in which nothing runs."""
    with desk.sessions.begin() as session:
        row = row_of(session, number)
    page = report_page(desk.layout, row)
    if page is None:
        raise HTTPException(404, "the study has no report")
    return HTMLResponse(page.read_bytes(), headers={"Content-Security-Policy": REPORT_POLICY})


@router.get("/audit", summary="Audit trail", response_class=HTMLResponse, responses=refusals(401, 403))
def show_audit(desk: DeskOf, visitor: User) -> Response:
    """Who did what and when, the latest first; studies by their numbers."""
    with desk.sessions.begin() as session:
        trail = audit_trail(session, limit=500)
    return desk.page("audit.html.j2", visitor, trail=trail)


def ordered(rows: tuple[WorklistRow, ...], order: Order) -> list[WorklistRow]:
    """Rows of one page in another order; among equals the more urgent stays first."""
    if order is Order.GRADE:
        return sorted(rows, key=lambda row: _grade_rank(row.study.grade), reverse=True)
    if order is Order.STATE:
        states = [JobState.ABANDONED, JobState.FAILED, *JobState]
        return sorted(rows, key=lambda row: -1 if row.latest is None else states.index(JobState(row.latest.state)))
    if order is Order.NEWEST:
        return sorted(rows, key=lambda row: row.study.last_received_at, reverse=True)
    return list(rows)


def _grade_rank(grade: str) -> int:
    """Of the upper end of "2 (1c to 3)"; what is not determined above all, no lesion below all."""
    if not grade:
        return -2
    ends = re.search(r" to ([\w ]+)\)$", grade)
    word = (ends[1] if ends else grade).replace(" ", "_")
    if word == EsccGrade.NOT_APPLICABLE.value:
        return -1
    return ESCC_RANK.get(EsccGrade(word), len(ESCC_RANK)) if word in set(EsccGrade) else len(ESCC_RANK)


def _told_of(desk: Desk, case: Case | None, visitor: Visitor) -> dict[str, Any]:
    """What the page says of a result."""
    if case is None:
        return {"lesions": (), "view": None, "groups": (), "corrections": {}, "observer": "", "organization": ""}
    findings = case.findings
    recommendation = case.recommend(case.clinical)
    return {
        "lesions": tuple(
            (one, levels_text(one, findings), grade_text(one.escc), lesion_sentence(one, findings))
            for one in findings.lesions
        ),
        "view": view_options(recommendation),
        "groups": fields_by_group(case.clinical, recommendation),
        "corrections": CHOICES,
        "observer": observer_name(desk, visitor),
        "organization": desk.settings.page.organization,
    }


def observer_name(desk: Desk, visitor: Visitor) -> str:
    """Name under which a user verifies; empty where nobody has logged in and the form asks for it."""
    if visitor.name == LOCAL_USER and not desk.gate.has_users:
        return ""
    names = {user.name: user.person_name for user in desk.settings.page.users}
    return names.get(visitor.name) or visitor.name
