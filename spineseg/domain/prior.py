"""What an earlier run left -> PriorStudy: its findings, and its masks where they came along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spineseg.domain.findings import Findings
from spineseg.domain.volume import LabelMap


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriorMasks:
    """Masks of one series of the prior study.

    Parameters
    ----------
    lesions : (slice, row, column) uint8
        Lesion numbers, 0 elsewhere; None where the series has no lesion.
    anatomy : (slice, row, column) uint8
        Values of `domain.labels.ANATOMY`; on a grid of its own. None where no anatomy came along.
    tracking_uids
        Of each lesion number.
    """

    series_instance_uid: str
    lesions: LabelMap | None
    anatomy: LabelMap | None
    tracking_uids: Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriorStudy:
    """An earlier study of the patient; `masks` is empty where only the report is there."""

    findings: Findings
    masks: tuple[PriorMasks, ...] = ()
