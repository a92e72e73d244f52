from __future__ import annotations

import subprocess
import sys

import pytest

# Modules of the nouns that a report is read into: `spineseg recommend` starts with them.
LIGHT = ("algorithm", "basis", "escc", "sins", "findings", "clinical", "recommendation")


@pytest.mark.parametrize("module", LIGHT)
def test_the_light_nouns_load_no_image_library(module: str) -> None:
    """None of them imports numpy, highdicom or scipy, so that rules start at once."""
    code = (
        f"import sys, spineseg.domain.{module}; print([n for n in ('numpy', 'highdicom', 'scipy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
