"""Study, series and slice -> its picture, and which series and slices there are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from spineseg.domain.findings import Findings
from spineseg.errors import InputError
from spineseg.service.web.case import masks_folder, read_case
from spineseg.service.web.described import refusals
from spineseg.service.web.desk import Desk, DeskOf, StudyNumber, User, row_of
from spineseg.service.web.stacks import Stack

router = APIRouter(tags=["slices"])


class SeriesOfSlices(BaseModel):
    """One analysed series."""

    title: str = Field(description="Number and role; never the free-text description.")
    slices: int = Field(description="Number of slices, in the order of acquisition along the normal.")
    start: int = Field(description="Slice to show first, from 0: through the worst lesion, else the middle.")
    outlined: bool = Field(description="Whether there are masks to outline.")


@router.get("/studies/{number}/slices", summary="Series and slices of a study", responses=refusals(401, 403, 404, 422))
def list_slices(number: StudyNumber, desk: DeskOf, _visitor: User) -> list[SeriesOfSlices]:
    """The series with the worst lesion first; the first call of a study reads its images, which takes seconds."""
    stacks, findings = _stacks(desk, number)
    return [
        SeriesOfSlices(title=one.title, slices=one.count, start=one.start(findings), outlined=one.masks is not None)
        for one in stacks
    ]


@router.get(
    "/studies/{number}/slices/{series}/{place}", summary="Picture of one slice", response_class=Response,
    responses={200: {"content": {"image/png": {}}}, **refusals(401, 403, 404, 422)},
)  # fmt: skip
def show_slice(
    number: StudyNumber,
    series: Annotated[int, Path(ge=0, le=1000, description="Place in the list of series, from 0.")],
    place: Annotated[int, Path(ge=0, le=100_000, description="Slice, from 0.")],
    desk: DeskOf,
    _visitor: User,
    outlines: Annotated[bool, Query(description="With outlines and names.")] = True,
) -> Response:
    """As acquired, with orientation letters and a scale bar; no patient data in it."""
    stacks, findings = _stacks(desk, number)
    if series >= len(stacks) or place >= stacks[series].count:
        raise HTTPException(404, "no such slice")
    return Response(stacks[series].png(place, findings, outlines=outlines), media_type="image/png")


def _stacks(desk: Desk, number: int) -> tuple[tuple[Stack, ...], Findings]:
    with desk.sessions.begin() as session:
        row = row_of(session, number)
    findings = read_case(desk.layout, row).findings
    folder = masks_folder(desk.layout, row)
    if folder is None:
        raise InputError("no run of this study left masks", remedy="look at the report")
    return desk.stacks.of(desk.layout.images(row.study.study_instance_uid), folder, findings), findings
