"""Tests of spineseg.service.web.facts_form: unknown stays unknown, and what is kept reads back."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from spineseg.domain.clinical import ClinicalContext
from spineseg.service.web.facts_form import fields_by_group, read_form, to_yaml
from spineseg.treatment import load_ruleset, read_clinical, recommend
from spineseg.treatment.facttable import fact_table
from tests.reporting.samples import make_findings

NONE = ClinicalContext()


def test_every_question_of_the_clinic_stands_once(now: datetime) -> None:
    """The form asks all that `spineseg facts` asks; sent back untouched it states nothing."""
    recommendation = recommend(make_findings("1.2"), NONE, load_ruleset())
    fields = [field for _, group in fields_by_group(NONE, recommendation) for field in group]

    assert sorted(one.name for one in fields) == sorted(s.name for s in fact_table().values() if s.from_clinic)
    untouched = {
        one.name: (one.choices[0][0],) if one.kind == "select" else ("",) for one in fields if one.kind != "boxes"
    }
    assert read_form(untouched, NONE, now=now, who="doe").clinical == NONE


def test_what_is_kept_reads_back(now: datetime, tmp_path: Path) -> None:
    """Every type of answer comes back from the YAML as it was given, with time and author."""
    form = {"clin.neuro_deficit": ("myelopathy",), "img.escc": ("1c",), "img.below_conus": ("false",),
            "img.sins": ("9",), "img.wbb_layers": ("B", "D")}  # fmt: skip
    filled = read_form(form, NONE, now=now, who="doe")
    (tmp_path / "facts.yaml").write_text(to_yaml(filled.clinical))

    assert filled.refused == ()
    assert read_clinical(tmp_path / "facts.yaml") == filled.clinical
    assert set(filled.clinical.facts) == set(form)
    assert {fact.verified_by for fact in filled.clinical.facts.values()} == {"doe"}


def test_an_answer_that_did_not_change_keeps_its_author(now: datetime) -> None:
    """A later form by another person dates and signs only what it changed."""
    first = read_form({"img.escc": ("1c",), "img.sins": ("9",)}, NONE, now=now, who="doe").clinical
    form = {"img.escc": ("1c",), "img.sins": ("10",)}

    second = read_form(form, first, now=now + timedelta(days=1), who="roe").clinical

    assert second.facts["img.escc"] == first.facts["img.escc"]
    assert second.facts["img.sins"].verified_by == "roe"


def test_what_cannot_be_used_is_refused_by_name(now: datetime) -> None:
    """A wrong value is not taken and not dropped silently; a fact that the clinic cannot state is ignored."""
    form = {"img.sins": ("99",), "img.escc": ("4",), "clin.neuro_deficit": ("x\ny",), "img.escc.low": ("0",)}
    filled = read_form(form, NONE, now=now, who="doe")

    assert filled.clinical == NONE
    assert len(filled.refused) == 3
    assert all(question and allowed for question, allowed in filled.refused)
