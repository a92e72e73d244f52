from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from spineseg.domain.clinical import ClinicalContext, Provenance
from spineseg.errors import SettingsError
from spineseg.treatment import facts_template, read_clinical
from spineseg.treatment.facttable import fact_table


def _read(tmp_path: Path, text: str) -> ClinicalContext:
    path = tmp_path / "facts.yaml"
    path.write_text(text, encoding="utf-8")
    return read_clinical(path)


def test_read(tmp_path: Path) -> None:
    """Facts keep value, unit, time and author; those of the file stand where a fact has none of its own."""
    context = _read(
        tmp_path,
        "observed_at: 2026-11-22T08:30\nverified_by: AB\nclin.neuro_deficit: none\nclin.deficit_onset_hours: 5\n"
        "clin.sphincter: {value: false, verified_by: CD}\n",
    )

    onset, sphincter = context.facts["clin.deficit_onset_hours"], context.facts["clin.sphincter"]
    assert context.facts["clin.neuro_deficit"].value == "none"
    assert (onset.value, onset.unit, onset.provenance) == (5, "h", Provenance.CLINICIAN)
    assert (onset.observed_at, onset.verified_by) == (datetime(2026, 11, 22, 8, 30), "AB")
    assert (sphincter.value, sphincter.verified_by) == (False, "CD")


@pytest.mark.parametrize("text", ["", "clin.pain: unknown\n", "clin.pain:\n", "clin.pain: {value: unknown}\n"])
def test_unknown(tmp_path: Path, text: str) -> None:
    """Absent, empty and unknown are the same: no fact, never a default."""
    assert _read(tmp_path, text).facts == {}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("clin.ecog: 1\nclin.neuro_defict: none\n", 2, "did you mean clin.neuro_deficit?"),
        ("clin.ecog: 1\n\nclin.neuro_deficit: paraparesis\n", 3, "allowed: none, radicular"),
        ("clin.neuro_deficit: myelopaty\n", 1, "did you mean myelopathy?"),
        ("clin.sphincter: maybe\n", 1, "allowed: true, false"),
        ("img.sr_verified: true\n", 1, "comes from the report"),
        ("case.acute: true\n", 1, "comes from the report"),
        ("clin.sphincter: {valu: true}\n", 1, "did you mean value?"),
        ("observed_at: yesterday\n", 1, "is not a time"),
        ("clin.ecog: 1\nclin.ecog: 2\n", 2, "comes twice"),
        ("clin.ecog: [1\n", 2, "not YAML"),
    ],
)
def test_refused(tmp_path: Path, text: str, line: int, message: str) -> None:
    """What is not known is refused with the line and the nearest allowed word; the exit code is that of settings."""
    with pytest.raises(SettingsError) as refusal:
        _read(tmp_path, text)

    assert f"line {line}" in refusal.value.where
    assert message in str(refusal.value)
    assert refusal.value.exit_code == 2


def test_not_a_mapping(tmp_path: Path) -> None:
    """A list is no form, and a missing file is said to be missing."""
    with pytest.raises(SettingsError, match="name: value"):
        _read(tmp_path, "- clin.ecog\n")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_clinical(tmp_path / "none.yaml")


def test_template(tmp_path: Path) -> None:
    """The form reads back as nothing known, and has each question with allowed values and why it is asked."""
    form = facts_template()

    assert _read(tmp_path, form).facts == {}
    for spec in fact_table().values():
        assert (f"\n{spec.name}: unknown\n" in form) is spec.from_clinic
    assert form.count("# why: ") == form.count(": unknown\n") - 2
    assert "# allowed: none, radicular, myelopathy, cauda_equina\n" in form
    assert max(len(line) for line in form.splitlines()) <= 120
