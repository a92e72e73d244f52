from __future__ import annotations

import importlib.machinery
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "scripts" / "clinical_basis"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script as a module; it has no suffix."""
    loader = importlib.machinery.SourceFileLoader("clinical_basis", str(SCRIPT))
    spec = importlib.util.spec_from_loader("clinical_basis", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_the_page_says_what_the_code_says() -> None:
    """docs/clinical_basis.md has the numbers of the code as they are; make it again with scripts/clinical_basis."""
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False)

    assert done.stderr == ""
    assert done.returncode == 0


def test_a_number_that_differs_is_seen(script: ModuleType) -> None:
    """A table with another number than the code is made again; a page without a module is refused."""
    page = script.PAGE.read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if "EsccThresholds.support_mm" in line)
    assert "`3.0`" in row
    assert "proposal" in row

    assert script.filled(page.replace(row, row.replace("`3.0`", "`4.0`"))) == page
    with pytest.raises(SystemExit, match="grading/escc_rules"):
        script.filled(page.replace(" grading/escc_rules,", ""))


@pytest.mark.parametrize(
    ("comment", "kind"),
    [
        ("clinical.md 1.6", "clinical notes"),
        ("half the canal (Panjabi et al. 1991) [P]", "proposal, publication"),
        ("judged on phantoms at C5 [P]", "proposal, measured here"),
        ("conus in most adults [M]", "general knowledge"),
        ("voxels that are looked at", "-"),
    ],
)
def test_where_a_number_comes_from(script: ModuleType, comment: str, kind: str) -> None:
    """A comment's own words decide; one that claims nothing claims nothing here."""
    assert script.kind(comment) == kind


def test_every_treatment_threshold_is_there(script: ModuleType) -> None:
    """The table of rules has the thresholds of alerts and of named conditions."""
    page = script.PAGE.read_text(encoding="utf-8")

    assert "| R016 | Paraplegia since at least 48 h | trial |" in page
    assert "| `case.acute` | Deficit since at most 48 h |" in page
    assert "| R053 |" in page
