"""Forms of a study's page -> options with other facts, facts kept, a corrected report, another attempt."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from spineseg.domain.recommendation import Recommendation
from spineseg.errors import InputError
from spineseg.reporting.options import view_options
from spineseg.reporting.sr_revision import Observer
from spineseg.service.deliveries import restart_delivery
from spineseg.service.jobs import enqueue_regrade, restart_job
from spineseg.service.studies import WorklistRow, write_audit
from spineseg.service.web.case import Case, read_case
from spineseg.service.web.correction import check_run, correct, keep
from spineseg.service.web.described import form_body, refusals
from spineseg.service.web.desk import Desk, DeskOf, Form, StudyNumber, User, UserForm, one_of, row_of
from spineseg.service.web.facts_form import Filled, read_form, to_yaml
from spineseg.service.web.pages import observer_name

router = APIRouter(tags=["actions"])
_REFUSALS = refusals(401, 403, 404, 409, 413, 422)
_FACTS = "A fact's name and value, as in `spineseg facts --template`."
_RUN = "Run whose report the person looked at."


@router.post(
    "/studies/{number}/options", summary="Options with other facts; nothing is kept", response_class=HTMLResponse,
    responses=_REFUSALS, openapi_extra=form_body(others=_FACTS),
)  # fmt: skip
def show_options(number: StudyNumber, desk: DeskOf, visitor: User, form: UserForm) -> Response:
    """HTML of the options, with what changed against the facts as kept."""
    case = read_case(desk.layout, _row(desk, number))
    filled = _filled(desk, case, form, visitor.name)
    before, after = case.recommend(case.clinical), case.recommend(filled.clinical)
    new, gone = _difference(before, after)
    return desk.page(
        "_options.html.j2", visitor, view=view_options(after), refused=filled.refused, new=new, gone=gone,
        changed=filled.clinical != case.clinical,
    )  # fmt: skip


@router.post(
    "/studies/{number}/facts", summary="Keep facts: the study is analysed again with them", status_code=303,
    response_class=RedirectResponse, responses=_REFUSALS, openapi_extra=form_body(others=_FACTS, run=_RUN),
)  # fmt: skip
def keep_facts(number: StudyNumber, desk: DeskOf, visitor: User, form: UserForm) -> Response:
    """Back to the study."""
    row = _row(desk, number)
    case = read_case(desk.layout, row)
    check_run(_run(form), case.run)
    filled = _filled(desk, case, form, visitor.name)
    if filled.refused:
        question, allowed = filled.refused[0]
        raise InputError(f"the answer to \u201c{question}\u201d cannot be used", remedy=allowed)
    with desk.sessions.begin() as session:
        enqueue_regrade(
            session, desk.layout, row.study.study_instance_uid, now=desk.clock(), who=visitor.name,
            clinical=to_yaml(filled.clinical),
        )  # fmt: skip
    return _back(number)


@router.post(
    "/studies/{number}/correction", summary="Verify the report, with corrections", status_code=303,
    response_class=RedirectResponse, responses=_REFUSALS,
    openapi_extra=form_body(
        others="ITEM-NUMBER of a lesion: escc-1, compartment-1, level-1, sins.pain-1, reject-1.", run=_RUN,
        seen="yes, once the images were read", organization="Whom the observer answers to.",
    ),
)  # fmt: skip
def keep_correction(number: StudyNumber, desk: DeskOf, visitor: User, form: UserForm) -> Response:
    """Writes a verified SR, which is sent where results of this study go; back to the study."""
    case = read_case(desk.layout, _row(desk, number))
    check_run(_run(form), case.run)
    observer = Observer(
        name=observer_name(desk, visitor) or one_of(form, "observer"), organization=one_of(form, "organization")
    )
    corrected = correct(case, form, observer=observer, now=desk.clock())
    keep(desk, number, corrected, run=case.run, who=visitor.name)
    return _back(number)


@router.post(
    "/studies/{number}/restart", summary="Try a failed analysis again", status_code=303,
    response_class=RedirectResponse, responses=_REFUSALS, openapi_extra=form_body(),
)  # fmt: skip
def restart(number: StudyNumber, desk: DeskOf, visitor: User, _form: UserForm) -> Response:
    """Back to the study."""
    with desk.sessions.begin() as session:
        row = row_of(session, number)
        restart_job(session, row.study.study_instance_uid, now=desk.clock(), who=visitor.name)
    return _back(number)


@router.post(
    "/studies/{number}/deliveries/{delivery}/restart", summary="Try a failed delivery again", status_code=303,
    response_class=RedirectResponse, responses=_REFUSALS, openapi_extra=form_body(),
)  # fmt: skip
def send_again(number: StudyNumber, delivery: StudyNumber, desk: DeskOf, visitor: User, _form: UserForm) -> Response:
    """Back to the study."""
    with desk.sessions.begin() as session:
        row = row_of(session, number)
        known = {one.id: one.destination for job in row.study.jobs for one in job.deliveries}
        if delivery not in known or not restart_delivery(session, delivery):
            raise HTTPException(404, "no delivery of this study has failed under this number")
        write_audit(
            session, desk.clock(), who=visitor.name, action="send again", detail=known[delivery],
            study_instance_uid=row.study.study_instance_uid,
        )  # fmt: skip
    return _back(number)


def _row(desk: Desk, number: int) -> WorklistRow:
    with desk.sessions.begin() as session:
        return row_of(session, number)


def _filled(desk: Desk, case: Case, form: Form, who: str) -> Filled:
    return read_form(form, case.clinical, now=desk.clock(), who=who)


def _difference(before: Recommendation, after: Recommendation) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Texts of entries that are new or stand otherwise, and of those that are gone."""
    was = {(one.rule_id, one.lesions): one for one in before.options}
    now = {(one.rule_id, one.lesions): one for one in after.options}
    new = tuple(one.text for key, one in now.items() if key not in was or was[key].status is not one.status)
    return new, tuple(one.text for key, one in was.items() if key not in now)


def _run(form: Form) -> int:
    text = one_of(form, "run")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _back(number: int) -> Response:
    return RedirectResponse(f"/studies/{number}", 303)
