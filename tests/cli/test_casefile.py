from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from spineseg.cli.casefile import add_case_options, read_case
from spineseg.errors import ReportError, RulesetError, SettingsError


def _parsed(*arguments: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_case_options(parser)
    return parser.parse_args([str(one) for one in arguments])


def test_without_facts_everything_of_the_clinic_is_unknown(report_file: Path) -> None:
    """A case without a file of facts has no fact of the clinic at all, and an unverified report."""
    case = read_case(_parsed(report_file))

    assert dict(case.clinical.facts) == {}
    assert not case.header.verified
    assert len(case.findings.lesions) == 1
    assert case.recommend().ruleset_version == case.ruleset.version


def test_facts_and_rules_of_a_site_take_part(report_file: Path, tmp_path: Path) -> None:
    """Facts reach the recommendation."""
    facts = tmp_path / "facts.yaml"
    facts.write_text("clin.histology: renal\n", encoding="utf-8")

    told = {fact.name: fact.text for fact in read_case(_parsed(report_file, "--clinical", facts)).recommend().facts}

    assert "renal" in told["clin.histology"]


@pytest.mark.parametrize(
    ("option", "error"), [("report", ReportError), ("--clinical", SettingsError), ("--rules", RulesetError)]
)
def test_a_missing_file_is_its_own_error(
    report_file: Path, tmp_path: Path, option: str, error: type[Exception]
) -> None:
    """Whoever named the wrong file is told which one."""
    missing = tmp_path / "missing.file"
    arguments = [missing] if option == "report" else [report_file, option, missing]

    with pytest.raises(error, match="missing"):
        read_case(_parsed(*arguments))
