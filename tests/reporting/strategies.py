"""Random findings for hypothesis: every field free within what its type means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from hypothesis import strategies as st

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.basis import NamingBasis
from spineseg.domain.escc import AbstentionReason, EsccGrade, EsccResult, LevelGrade
from spineseg.domain.extent_vocabulary import TOMITA_TYPES, WBB_LAYERS, WBB_SECTORS
from spineseg.domain.findings import (
    BoneQuality,
    Change,
    Compartment,
    CompartmentFractions,
    Findings,
    LesionFinding,
    LesionOrigin,
    LevelFinding,
    PriorComparison,
    VanishedLesion,
)
from spineseg.domain.labels import LEVEL_ORDER
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.sins import PointRange, SinsComponent, SinsDoubt, SinsScore
from spineseg.domain.uids import derive_uid
from spineseg.domain.vocabulary import ESCC_METRICS, LEVEL_MEASUREMENTS, SINS_EVIDENCE, SUBREGIONS

_Name = TypeVar("_Name")

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
UIDS = st.integers(0, 10**6).map(lambda number: derive_uid("random", str(number)))
LEVEL_NAMES = st.sampled_from([*LEVEL_ORDER, *(f"V{number}" for number in range(1, 29))])
WORDS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20)
POINTS = st.integers(0, 4)
GRADES = st.sampled_from(EsccGrade)
SOME_LEVELS = st.lists(LEVEL_NAMES, max_size=4).map(tuple)


def measurements(table: Mapping[str, object]) -> st.SearchStrategy[dict[str, float]]:
    """Some of a table's keys with any number."""
    return st.dictionaries(st.sampled_from(sorted(table)), NUMBERS, max_size=len(table))


def subsets(table: Mapping[_Name, object]) -> st.SearchStrategy[tuple[_Name, ...] | None]:
    """Some of a table's names, none of them, or not assessed."""
    return st.none() | st.lists(st.sampled_from(list(table)), max_size=4, unique=True).map(tuple)


ESCC = st.builds(
    EsccResult,
    low=GRADES,
    point=GRADES,
    high=GRADES,
    reason=st.none() | st.sampled_from(AbstentionReason),
    level_of_max=st.none() | LEVEL_NAMES,
    max_any_slice=st.none() | GRADES,
    decisive_point_mm=st.none() | st.tuples(NUMBERS, NUMBERS, NUMBERS),
    metrics=measurements(ESCC_METRICS),
    levels=st.lists(
        st.builds(
            LevelGrade,
            level=LEVEL_NAMES,
            low=GRADES,
            point=GRADES,
            high=GRADES,
            reason=st.none() | st.sampled_from(AbstentionReason),
        ),
        max_size=3,
    ).map(tuple),
)
POINT_RANGES = st.builds(
    PointRange,
    low=POINTS,
    high=POINTS,
    estimate=st.none() | POINTS,
    evidence=measurements(SINS_EVIDENCE),
    doubt=st.none() | st.sampled_from(SinsDoubt),
    series_instance_uid=st.none() | UIDS,
)
SINS = st.builds(SinsScore, components=st.dictionaries(st.sampled_from(SinsComponent), POINT_RANGES))
PRIORS = st.builds(
    PriorComparison,
    change=st.sampled_from(Change),
    prior_volume_mm3=st.none() | NUMBERS,
    volume_change_pct=st.none() | NUMBERS,
    volume_doubt_pct=st.none() | NUMBERS,
    prior_escc_point=st.none() | GRADES,
    grade_change=st.none() | st.integers(-5, 5),
)
LESIONS = st.builds(
    LesionFinding,
    number=st.integers(1, 255),
    tracking_uid=UIDS,
    series_instance_uid=UIDS,
    origin=st.sampled_from(LesionOrigin),
    levels=SOME_LEVELS,
    compartment=st.sampled_from(Compartment),
    compartment_fractions=st.none()
    | st.builds(CompartmentFractions, extradural=NUMBERS, intradural_extramedullary=NUMBERS, intramedullary=NUMBERS),
    volume_mm3=NUMBERS,
    max_diameter_mm=NUMBERS,
    escc=ESCC,
    sins=SINS,
    bone_quality=st.sampled_from(BoneQuality),
    subregions=subsets(SUBREGIONS),
    wbb_sectors=subsets(WBB_SECTORS),
    wbb_layers=subsets(WBB_LAYERS),
    tomita_type=st.none() | st.sampled_from(sorted(TOMITA_TYPES)),
    bone_series_instance_uid=st.none() | UIDS,
    prior=st.none() | PRIORS,
)
VANISHED = st.builds(VanishedLesion, tracking_uid=UIDS, levels=SOME_LEVELS, prior_volume_mm3=NUMBERS)
LEVELS = st.builds(
    LevelFinding,
    name=LEVEL_NAMES,
    assumed=st.booleans(),
    basis=st.sampled_from(NamingBasis),
    series_instance_uid=UIDS,
    measurements=measurements(LEVEL_MEASUREMENTS),
    candidates=st.lists(LEVEL_NAMES, max_size=3).map(tuple),
)


def findings(study_instance_uid: str) -> st.SearchStrategy[Findings]:
    """Findings of a given study."""
    return st.builds(
        Findings,
        study_instance_uid=st.just(study_instance_uid),
        levels=st.lists(LEVELS, max_size=4).map(tuple),
        lesions=st.lists(LESIONS, max_size=3).map(tuple),
        quality=st.lists(
            st.builds(QualityNote, code=st.sampled_from(QualityCode), series_instance_uid=st.none() | UIDS), max_size=3
        ).map(tuple),
        algorithm=st.builds(
            AlgorithmIdentity,
            name=WORDS,
            version=WORDS,
            segmenter=WORDS,
            weights_sha256=st.lists(WORDS, max_size=3).map(tuple),
        ),
        prior_study_instance_uid=st.none() | UIDS,
        vanished=st.lists(VANISHED, max_size=2).map(tuple),
    )
