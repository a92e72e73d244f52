from __future__ import annotations

from types import SimpleNamespace

import pytest
from jinja2 import UndefinedError

from spineseg.reporting.markup import render


def test_a_value_that_is_missing_is_an_error() -> None:
    """A template never shows a blank where a value was forgotten."""
    with pytest.raises(UndefinedError):
        render("options.html.j2", alerts=[])


def test_rendered_markup_is_not_escaped_twice() -> None:
    """A rendered part may stand inside another page as it is."""
    nothing = dict.fromkeys(("alerts", "groups", "notes", "questions", "undecided", "facts"), ())
    words = {"nothing": "<b>", "verification": "v", "watermark": "", "ruleset_version": "1"}

    part = render(
        "options.html.j2", alerts=(), view=SimpleNamespace(**nothing, **words), urgency_words={}, listed=" ".join
    )

    assert "&lt;b&gt;" in part
    assert part.__html__() == str(part)
