from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.cli import main
from spineseg.domain.recommendation_schema import schema_text
from spineseg.errors import EXIT_DONE, EXIT_RULESET
from spineseg.treatment import load_ruleset


def test_every_rule_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """The list names each rule and the version of all."""
    assert main(["rules", "list"]) == EXIT_DONE

    printed = capsys.readouterr().out
    ruleset = load_ruleset()
    assert all(rule_id in printed for rule_id in ruleset.rules)
    assert f"{len(ruleset.rules)} rules, version {ruleset.version}" in printed


def test_a_rule_is_shown_with_condition_and_sources(capsys: pytest.CaptureFixture[str]) -> None:
    """Condition, contra-indications, sentences and citations stand together; the case of the name does not matter."""
    assert main(["rules", "show", "r053"]) == EXIT_DONE

    printed = capsys.readouterr().out
    assert "Approximate ESCC (img.escc) is at least 2" in printed
    assert "spoken against (Unfit for a major operation) if" in printed
    assert "S11 (source text): " in printed
    assert "Patchell" in printed
    assert "not checked by a clinician" in printed


@pytest.mark.parametrize("arguments", [["show", "R999"], ["trace", "REPORT", "R999"]], ids=lambda one: one[0])
def test_an_unknown_rule_is_refused(
    arguments: list[str], report_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that no rule has ends with 6 and one line."""
    told = [str(report_file) if one == "REPORT" else one for one in arguments]

    assert main(["rules", *told]) == EXIT_RULESET
    assert "R999" in capsys.readouterr().err


def test_a_trace_says_where_each_value_came_from(
    report_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each condition with its fact, value, origin and result; what is unknown says so."""
    facts = tmp_path / "facts.yaml"
    facts.write_text("clin.histology: renal\nclin.tumour_class: metastatic\n", encoding="utf-8")

    assert main(["rules", "trace", str(report_file), "--clinical", str(facts), "R053"]) == EXIT_DONE

    printed = capsys.readouterr().out
    assert printed.startswith("The report is unverified")
    assert "R053, lesion 1: unknown" in printed  # the range 1c to 2 crosses the threshold
    assert "[true] clin.tumour_class is metastatic: metastatic, from clinician" in printed
    assert "[unknown] clin.operable_fitness is no: not known" in printed
    assert "contra-indication" in printed
    assert "2 (range 1c to 2), from report" in printed


def test_a_sites_rules_are_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong file ends with 6 and names file, line and field."""
    path = tmp_path / "own.yaml"
    path.write_text("version: 1.0.0\ndate: 2026-11-22\nrules:\n  - {id: SITE1, layer: L9}\n", encoding="utf-8")

    assert main(["rules", "check", str(path)]) == EXIT_RULESET

    error = capsys.readouterr().err
    assert "own.yaml" in error
    assert "line 4" in error


def test_a_sites_rule_cannot_switch_off_an_emergency(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule of a site that overrides an emergency alert is refused."""
    path = tmp_path / "own.yaml"
    path.write_text(
        "version: 1.0.0\ndate: 2026-11-22\napproved_by: nobody\nrules:\n"
        "  - {id: SITE1, layer: L1, topic: N, status: info, urgency: R, when: {is: {clin.known_cancer: true}},\n"
        "     overrides: [R010], text: Consider our ward., strength: expert, sources: [our_ward]}\n",
        encoding="utf-8",
    )

    assert main(["rules", "check", str(path)]) == EXIT_RULESET
    assert "R010" in capsys.readouterr().err


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """`rules schema` prints what docs/schema holds."""
    assert main(["rules", "schema"]) == EXIT_DONE
    assert capsys.readouterr().out == schema_text()
