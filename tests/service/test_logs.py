"""Tests of spineseg.service.logs: lines for a machine, without patients."""

from __future__ import annotations

import json
import logging
import sys

from spineseg.service.logs import JsonFormatter


def test_a_traceback_becomes_the_name_of_its_exception() -> None:
    """The message of an exception may quote a header; only its type is logged."""
    try:
        raise ValueError("Doe^Jane")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "job %s failed", (7,), sys.exc_info())

    line = JsonFormatter().format(record)

    assert "Doe" not in line
    assert json.loads(line)["exception"] == "ValueError"
    assert json.loads(line)["message"] == "job 7 failed"
