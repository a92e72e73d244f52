"""Tests of spineseg.reporting.page_view."""

from __future__ import annotations

import io

from PIL import Image

from spineseg.reporting.grade_picture import grade_pictures
from spineseg.reporting.page import render_page
from spineseg.reporting.page_view import PageContent, PageView, view_page
from spineseg.reporting.pictures import make_pictures
from spineseg.reporting.source import read_source
from tests.reporting.conftest import NOW
from tests.reporting.evidence import make_evidence
from tests.reporting.recommendations import RECOMMENDATION
from tests.reporting.samples import Sample, make_findings


def make_view(sample: Sample, *, with_evidence: bool = True) -> PageView:
    """View of the sample's report with options."""
    uid = sample.input.series.series_instance_uid
    findings = make_findings(uid)
    evidence = (make_evidence(uid),) if with_evidence else ()
    return view_page(
        PageContent(
            findings=findings, pictures=make_pictures([sample.input], findings), inputs=(sample.input,),
            selection=None, patient_study=read_source(sample.input.series).patient_study,
            file_names=("report.sr.dcm",), now=NOW, recommendation=RECOMMENDATION, evidence=evidence,
            grade_pictures=grade_pictures([sample.input], findings, evidence),
        )
    )  # fmt: skip


def test_pictures_are_files_of_their_size(sample: Sample) -> None:
    """Each figure is a JPEG of the size that it tells."""
    view = make_view(sample)

    for figure in (*view.figures, *view.review_figures.values()):
        assert Image.open(io.BytesIO(figure.outlined)).size == (figure.width, figure.height)
        assert figure.outlined != figure.plain


def test_the_deciding_section_stands_with_its_lesion(sample: Sample) -> None:
    """The page shows picture and numbers in the lesion's review; without evidence the numbers alone, and why."""
    page = render_page(make_view(sample))
    without = make_view(sample, with_evidence=False)

    review = page[page.index("for the reviewer") :]
    assert review.index("the section that decided") < review.index("Numbers that led to the grade")
    assert "stroke-dasharray" in review
    assert not without.review_figures
    assert "were not handed" in render_page(without) or "not handed to this report" in render_page(without)
