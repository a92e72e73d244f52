"""Findings with every field filled: what later versions than 0.1 can say."""

from __future__ import annotations

from dataclasses import replace

from spineseg.domain.escc import EsccGrade, LevelGrade
from spineseg.domain.findings import Change, Findings, PriorComparison, VanishedLesion
from spineseg.domain.sins import PointRange, SinsComponent, SinsDoubt, SinsScore
from spineseg.domain.uids import derive_uid
from tests.reporting.samples import make_findings

CT_UID = derive_uid("test", "ct")
PRIOR_STUDY_UID = derive_uid("test", "prior study")
SINS = SinsScore(
    components={
        SinsComponent.LOCATION: PointRange(low=1, high=1),
        SinsComponent.BONE_LESION: PointRange(
            low=2, high=2, evidence={"lytic_pct": 64.2, "lesion_mean_hu": 41.0}, series_instance_uid=CT_UID
        ),
        SinsComponent.ALIGNMENT: PointRange(
            low=0, high=2, estimate=2, evidence={"kyphosis_deg": 14.3}, doubt=SinsDoubt.DE_NOVO_UNKNOWN
        ),
        SinsComponent.COLLAPSE: PointRange(
            low=2, high=3, estimate=2, evidence={"height_loss_pct": 48.0}, doubt=SinsDoubt.BORDERLINE
        ),
        SinsComponent.POSTEROLATERAL: PointRange(low=0, high=0, evidence={"pedicle_left_pct": 0.0}),
    }
)


def full_findings(*series_uids: str) -> Findings:
    """`make_findings` with evidence, levels, extent and comparison."""
    findings = make_findings(*series_uids)
    (lesion,) = findings.lesions
    level = LevelGrade(level="T7", low=EsccGrade.G1C, point=EsccGrade.G2, high=EsccGrade.G2)
    below = LevelGrade(level="T8", low=EsccGrade.G0, point=EsccGrade.G1A, high=EsccGrade.G1A)
    lesion = replace(
        lesion,
        levels=("T7", "T8"),
        escc=replace(lesion.escc, levels=(level, below)),
        sins=SINS,
        wbb_sectors=(4, 5, 6),
        wbb_layers=("B", "D"),
        tomita_type=4,
        bone_series_instance_uid=CT_UID,
        prior=PriorComparison(
            change=Change.GROWN, prior_volume_mm3=1500.0, volume_change_pct=43.0, volume_doubt_pct=8.4,
            prior_escc_point=EsccGrade.G1B, grade_change=2,
        ),
    )  # fmt: skip
    gone = VanishedLesion(tracking_uid=derive_uid("test", "gone"), levels=("L2",), prior_volume_mm3=812.0)
    return replace(findings, lesions=(lesion,), prior_study_instance_uid=PRIOR_STUDY_UID, vanished=(gone,))
