from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from spineseg.domain.recommendation import OptionStatus, Recommendation
from spineseg.reporting.brief import render_brief
from spineseg.reporting.option_words import NO_OPTION, UNVERIFIED, UNVERIFIED_SENTENCE
from spineseg.reporting.sr_header import ReportHeader
from spineseg.reporting.wording import RESEARCH_BANNER
from tests.reporting.recommendations import ALERT, EMPTY, FACTS, HEADER, QUESTIONS, RECOMMENDATION
from tests.reporting.samples import NOW, make_findings
from tests.reporting.test_page import ATTACK, Tags

FINDINGS = make_findings("1.2.3")


def html(recommendation: Recommendation = RECOMMENDATION, header: ReportHeader = HEADER) -> str:
    """The brief."""
    return render_brief(FINDINGS, recommendation, header, now=NOW)


def shown(page: str) -> tuple[Tags, str]:
    """Tags and visible text."""
    tags = Tags()
    tags.feed(page)
    return tags, " ".join(filter(None, tags.text))


def test_alerts_then_lmnop_then_entries_then_questions() -> None:
    """The order of the sheet: notice, alerts, the five letters, entries, questions, decision."""
    _, text = shown(html())
    places = [
        text.index(words)
        for words in (
            UNVERIFIED_SENTENCE, f"ALERT, now (lesion 1): {ALERT.text}", "Location of disease", "Mechanical stability",
            "Neurology", "Oncology", "Patient fitness and wishes", "Consider separation surgery", "To ask,",
            "Decision of the board",
        )
    ]  # fmt: skip

    assert places == sorted(places)
    assert RESEARCH_BANNER in text


def test_the_patient_and_the_study_are_named() -> None:
    """Whoever holds the sheet knows whose it is; what the report does not say is called not known."""
    _, text = shown(html(header=replace(HEADER, accession_number="", birth_date="")))

    assert "Phantom Escc" in text
    assert "Study 2026-11-20" in text
    assert "Born not known" in text
    assert "Accession not known" in text


@pytest.mark.parametrize("verified", [False, True])
def test_the_watermark_is_there_until_the_report_is_verified(verified: bool) -> None:
    """An unverified report gives a watermark; a verified one names who verified it."""
    header = replace(HEADER, verified=verified, verified_by="Dr Example", verified_at="20261122090000")

    tags, text = shown(html(replace(RECOMMENDATION, verified=verified), header))

    marks = [attrs for _, attrs in tags.tags if attrs.get("class") == "watermark"]
    assert bool(marks) is not verified
    assert (UNVERIFIED in text.replace(RESEARCH_BANNER, "")) is not verified
    assert ("Verified by Dr Example, 2026-11-22." in text) is verified


def test_no_word_becomes_markup() -> None:
    """Names, facts, questions and entries of a hostile report stay text."""
    hostile = replace(
        RECOMMENDATION,
        options=tuple(replace(option, text=ATTACK, because=(ATTACK,)) for option in RECOMMENDATION.options),
        facts=(replace(FACTS[0], text=ATTACK, label=ATTACK), replace(FACTS[2], text=ATTACK)),
        questions=(replace(QUESTIONS[0], text=ATTACK),),
        ruleset_version=ATTACK,
    )

    tags, _ = shown(html(hostile, replace(HEADER, patient_name=ATTACK, patient_id=ATTACK)))

    assert not {tag for tag, _ in tags.tags} & {"script", "link", "iframe", "object", "a", "img"}
    assert not [attrs for _, attrs in tags.tags if "onload" in attrs]


def test_nothing_is_fetched() -> None:
    """The brief is one file: no address of anything outside, and a policy that forbids it."""
    page = html()

    assert "default-src 'none'" in page
    assert not re.search(r"https?://|url\(|@import", page)


def test_no_option_is_not_called_fine() -> None:
    """An empty recommendation says that this is no advice to do nothing."""
    _, text = shown(html(EMPTY))

    assert NO_OPTION in text
    assert text.count("not known") > 20


def _crowded() -> Recommendation:
    options = tuple(
        replace(option, rule_id=f"{option.rule_id}{turn}", text=f"{option.text} {'More to weigh here. ' * turn}")
        for turn in range(6)
        for option in RECOMMENDATION.options
        if option.status is not OptionStatus.ALERT
    )
    facts = tuple(
        replace(fact, name=f"{fact.name}{turn}", label=f"{fact.label} {turn}") for turn in range(9) for fact in FACTS
    )
    return replace(RECOMMENDATION, options=(ALERT,) * 4 + options, facts=(*FACTS, *facts), questions=QUESTIONS * 6)


@pytest.mark.slow
@pytest.mark.parametrize("recommendation", [RECOMMENDATION, EMPTY, _crowded()], ids=["usual", "empty", "crowded"])
def test_it_prints_on_one_a4_page(recommendation: Recommendation, tmp_path: Path) -> None:
    """Chromium prints one page of A4, however much there is to say."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    page, printed = tmp_path / "brief.html", tmp_path / "brief.pdf"
    page.write_text(html(recommendation), encoding="utf-8")

    subprocess.run(
        [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
            f"--user-data-dir={tmp_path / 'profile'}", f"--print-to-pdf={printed}", page.as_uri(),
        ],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip

    content = printed.read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", content)) == 1
    (width, height) = map(float, re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", content)[0])
    assert (round(width), round(height)) == (595, 842)  # A4 in points, 1/72 inch
