"""Tests of `spineseg info`."""

from __future__ import annotations

import json

import pytest

from spineseg import __version__
from spineseg.cli import main


def test_info_names_versions_models_and_machine(capsys: pytest.CaptureFixture[str]) -> None:
    """What a bug report needs is there, as data too."""
    code = main(["info", "--json"])

    facts = json.loads(capsys.readouterr().out)
    assert code == 0
    assert facts["spineseg"] == __version__
    assert {"python", "torch", "monai", "cores", "model anatomy", "model lesions"} <= set(facts)


def test_the_plain_form_is_one_fact_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Names stand left, values right."""
    main(["info"])

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["spineseg", __version__]
