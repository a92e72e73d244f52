"""Findings on masks that a person drew -> the same, marked so, and tracked by the mask and not by the series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from spineseg.domain.findings import Findings, LesionOrigin


def as_manual(findings: Findings, tracking_uids: Mapping[int, str]) -> Findings:
    """Every lesion with origin manual and the Tracking UID of its number in the mask."""
    lesions = tuple(
        replace(lesion, origin=LesionOrigin.MANUAL, tracking_uid=tracking_uids.get(lesion.number, lesion.tracking_uid))
        for lesion in findings.lesions
    )
    return replace(findings, lesions=lesions)
