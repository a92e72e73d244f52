"""Findings, masks and source headers -> SEG, SR, key images and the page; and an SR -> Findings.

Names are loaded when they are asked for: reading a report needs no image library, and `recommend` starts at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spineseg.reporting.pictures import ReportInput
    from spineseg.reporting.report import Report, build_report, write_report
    from spineseg.reporting.sr_reader import read_findings
    from spineseg.reporting.wording import RESEARCH_BANNER

__all__ = ["RESEARCH_BANNER", "Report", "ReportInput", "build_report", "read_findings", "write_report"]

_HOMES = {
    "RESEARCH_BANNER": "wording",
    "Report": "report",
    "ReportInput": "pictures",
    "build_report": "report",
    "read_findings": "sr_reader",
    "write_report": "report",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
