from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from pydicom import dcmread

from spineseg.domain.escc import AbstentionReason, EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.domain.quality import QUALITY_TEXT, QualityCode
from spineseg.domain.study import ChosenSeries, Refusal, RefusedSeries, SeriesSelection
from spineseg.domain.volume import SeriesRole
from spineseg.reporting import RESEARCH_BANNER, Report, build_report
from tests.reporting.conftest import NOW
from tests.reporting.full_findings import full_findings
from tests.reporting.samples import Sample, make_findings, make_sample

ATTACK = "<script>alert('x')</script>^\"onload=\"y"


class Tags(HTMLParser):
    """Tags with their attributes, and the text between them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect a tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Collect text that is shown."""
        if self.tags and self.tags[-1][0] != "style":
            self.text.append(" ".join(data.split()))


def parsed(report: Report) -> tuple[Tags, str]:
    """Tags and visible text of a report's page."""
    tags = Tags()
    tags.feed(report.texts["report.html"])
    return tags, " ".join(filter(None, tags.text))


def test_the_page_opens_with_banner_and_worst_finding(report: Report) -> None:
    """Research use first, then level, approximate grade with range, compartment and volume."""
    _, text = parsed(report)
    start = text[text.index(RESEARCH_BANNER) :]

    assert start.index("Suspected lesion at T7: approximate ESCC 2 (range 1c to 2)") < start.index("Pictures")
    assert "Extradural, 2.1 mL" in start
    assert "reader agreement of this scale is itself κ≈0.64" in start


def test_the_page_needs_nothing_from_outside(report: Report) -> None:
    """One file: pictures inside, no script, no link, and a policy that forbids them."""
    tags, _ = parsed(report)
    sources = [attrs["src"] or "" for tag, attrs in tags.tags if tag == "img"]

    assert len(sources) == 4  # overview and axial, each with and without outlines
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
    assert not {tag for tag, _ in tags.tags} & {"script", "link", "iframe", "object", "a"}
    policy = next(attrs["content"] for tag, attrs in tags.tags if "http-equiv" in attrs)
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_a_hostile_name_stays_text(tmp_path: Path) -> None:
    """Patient name and ID from the files never become markup."""
    one = make_sample(tmp_path, shape=(6, 72, 64))
    for path in one.files:
        dataset = dcmread(path)
        dataset.PatientName = ATTACK
        dataset.PatientID = "<img src=x onerror=alert(1)>"
        dataset.save_as(path)
    report = build_report([one.input], make_findings(one.input.series.series_instance_uid), now=NOW)

    tags, text = parsed(report)

    assert "script" not in {tag for tag, _ in tags.tags}
    assert not [attrs for _, attrs in tags.tags if "onerror" in attrs or "onload" in attrs]
    assert "<script>alert('x')</script>" in text


def test_no_cell_is_blank(report: Report) -> None:
    """What is unknown says so: no table cell is empty."""
    page = report.texts["report.html"]

    assert "<td></td>" not in page
    assert "not known" in page


def test_an_abstained_grade_is_neither_zero_nor_missing(sample: Sample) -> None:
    """Without a grade the page gives the reason in the headline and among what was not assessed."""
    findings = make_findings(sample.input.series.series_instance_uid)
    escc = replace(
        findings.lesions[0].escc, low=EsccGrade.UNDETERMINED, point=EsccGrade.UNDETERMINED,
        high=EsccGrade.UNDETERMINED, reason=AbstentionReason.NO_CORD_MASK, metrics={},
    )  # fmt: skip
    lesion = replace(
        findings.lesions[0], escc=escc, levels=("V3",), subregions=None, compartment_fractions=None,
        compartment=Compartment.UNDETERMINED,
    )  # fmt: skip

    _, text = parsed(build_report([sample.input], replace(findings, lesions=(lesion,)), now=NOW))

    assert "Suspected lesion at V3 (name not known): ESCC not determined" in text
    assert text.count("Spinal cord not found at an involved level") >= 3
    assert "involved parts of the vertebra were not assessed" in text


def test_the_reviewers_section_is_on_the_page(sample: Sample) -> None:
    """Evidence, levels, sectors with their convention, change and vanished lesions can be read there."""
    findings = full_findings(sample.input.series.series_instance_uid)

    tags, text = parsed(build_report([sample.input], findings, now=NOW))

    assert text.index("Lesion 1: T7, T8 (assumed), for the reviewer") < text.index("Not assessed, or in doubt")
    for told in (
        "vertebral body height loss 48.0 %", "To be asked: pain, alignment, collapse.", "ESCC 1a (range 0 to 1a)",
        "counter-clockwise from the left half of the spinous process", "+43 % (doubt ±8 %)",
        "Vanished: Lesion of the prior study at L2, 0.8 mL then",
    ):  # fmt: skip
        assert told in text
    assert "script" not in {tag for tag, _ in tags.tags}


def test_a_name_from_elsewhere_stays_text(sample: Sample) -> None:
    """Levels of a former report that are markup are shown as they are, and make none."""
    findings = full_findings(sample.input.series.series_instance_uid)
    gone = replace(findings.vanished[0], levels=(ATTACK,))

    tags, text = parsed(build_report([sample.input], replace(findings, vanished=(gone,)), now=NOW))

    assert "script" not in {tag for tag, _ in tags.tags}
    assert "<script>alert('x')</script>" in text


def test_without_new_facts_the_reviewer_reads_not_assessed(report: Report) -> None:
    """What no step filled yet is told as not assessed, also in the comparison."""
    _, text = parsed(report)

    assert "WBB layers not assessed" in text
    assert "Tomita surgical type not assessed" in text
    assert "Pain not assessed (0 to 3) not assessed not assessed Only the patient" in text
    assert "Change since a prior study: not assessed, no prior study was given." in text


def test_no_lesion_is_not_called_healthy(tmp_path: Path) -> None:
    """The page without lesion says that this is no evidence of absence."""
    one = make_sample(tmp_path, shape=(6, 72, 64), with_lesion=False)
    findings = make_findings(one.input.series.series_instance_uid, with_lesion=False)

    _, text = parsed(build_report([one.input], findings, now=NOW))

    assert "No lesion was detected" in text
    assert QUALITY_TEXT[QualityCode.NO_LESION_DETECTED] in text
    assert "normal" not in text.lower()


def test_every_series_is_accounted_for(sample: Sample) -> None:
    """Used series with the reasons, refused series with theirs."""
    refused = RefusedSeries(
        series_instance_uid="1.2.3", series_number=1, part=0, refusal=Refusal.LOCALIZER, detail="3 slices"
    )
    chosen = ChosenSeries(
        series=sample.input.series, role=SeriesRole.AXIAL_T2, score=0.9, reasons=("T2-weighted", "axial")
    )
    selection = SeriesSelection(chosen=(chosen,), refused=(refused,))
    findings = make_findings(sample.input.series.series_instance_uid)

    _, text = parsed(build_report([sample.input], findings, selection=selection, now=NOW))

    assert "Series 5 (axial T2) 26 T2-weighted; axial" in text
    assert "Series 1 localizer 3 slices" in text


def test_the_page_names_files_hashes_and_time(report: Report) -> None:
    """Whoever holds the page can find the objects, the weights and the run."""
    _, text = parsed(report)

    assert all(name in text for name in report.file_names)
    assert "ab" * 32 in text
    assert "2026-11-22 17:00:00" in text
