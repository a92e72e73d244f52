from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from spineseg.datasets.convert import convert
from spineseg.datasets.sets import find_cases
from spineseg.datasets.validation_report import markdown, write_report
from spineseg.domain.dataset import Split
from tests.datasets import miniatures


def test_the_report_says_what_is_in_and_what_is_out(tmp_path: Path) -> None:
    """Licence, splits, labels, refusals and notes stand on the page and in the JSON file."""
    source, cases = find_cases("spider", miniatures.spider(tmp_path / "src"))
    cases[1] = replace(cases[1], known_bad="drawn by a cat")

    conversion = convert(source, cases, tmp_path / "out")
    page = write_report(conversion, tmp_path / "out").read_text()
    content = json.loads((tmp_path / "out" / "report.json").read_text())

    assert "2 of 3 cases" in page
    assert "CC BY 4.0" in page
    assert "1_t2: known: drawn by a cat" in page
    assert "names counted from the lowest vertebra" in page
    assert content["cases"] == {"training": 1, "validation": 1, "test": 0}
    assert content["labels"]["L5"] == 2


def test_torn_patients_are_named(tmp_path: Path) -> None:
    """A patient whom the set has in training and validation is said, with where it went."""
    source, cases = find_cases("spider", miniatures.spider(tmp_path / "src"))
    cases[1] = replace(cases[1], split=Split.VALIDATION)

    page = markdown(convert(source, cases, tmp_path / "out"))

    assert "1 patients in several splits" in page
