"""Random findings for hypothesis: every field free within what its type means."""

from __future__ import annotations

from hypothesis import strategies as st

from spineseg.domain.anatomy import NamingBasis
from spineseg.domain.escc import AbstentionReason, EsccGrade, EsccResult
from spineseg.domain.findings import (
    BoneQuality,
    Compartment,
    CompartmentFractions,
    Findings,
    LesionFinding,
    LesionOrigin,
    LevelFinding,
)
from spineseg.domain.labels import LEVEL_ORDER
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.segmentation import AlgorithmIdentity
from spineseg.domain.sins import PointRange, SinsComponent, SinsScore
from spineseg.domain.uids import derive_uid
from spineseg.domain.vocabulary import ESCC_METRICS, LEVEL_MEASUREMENTS

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
UIDS = st.integers(0, 10**6).map(lambda number: derive_uid("random", str(number)))
LEVEL_NAMES = st.sampled_from([*LEVEL_ORDER, *(f"V{number}" for number in range(1, 29))])
WORDS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20)
POINTS = st.integers(0, 4)


def measurements(table: dict[str, object]) -> st.SearchStrategy[dict[str, float]]:
    """Some of a table's keys with any number."""
    return st.dictionaries(st.sampled_from(sorted(table)), NUMBERS, max_size=len(table))


ESCC = st.builds(
    EsccResult,
    low=st.sampled_from(EsccGrade),
    point=st.sampled_from(EsccGrade),
    high=st.sampled_from(EsccGrade),
    reason=st.none() | st.sampled_from(AbstentionReason),
    level_of_max=st.none() | LEVEL_NAMES,
    max_any_slice=st.none() | st.sampled_from(EsccGrade),
    decisive_point_mm=st.none() | st.tuples(NUMBERS, NUMBERS, NUMBERS),
    metrics=measurements(ESCC_METRICS),
)
SINS = st.builds(
    SinsScore,
    components=st.dictionaries(st.sampled_from(SinsComponent), st.builds(PointRange, low=POINTS, high=POINTS)),
)
LESIONS = st.builds(
    LesionFinding,
    number=st.integers(1, 255),
    tracking_uid=UIDS,
    series_instance_uid=UIDS,
    origin=st.sampled_from(LesionOrigin),
    levels=st.lists(LEVEL_NAMES, max_size=4).map(tuple),
    compartment=st.sampled_from(Compartment),
    compartment_fractions=st.none()
    | st.builds(CompartmentFractions, extradural=NUMBERS, intradural_extramedullary=NUMBERS, intramedullary=NUMBERS),
    volume_mm3=NUMBERS,
    max_diameter_mm=NUMBERS,
    escc=ESCC,
    sins=SINS,
    bone_quality=st.sampled_from(BoneQuality),
    subregions=st.none() | st.lists(WORDS, max_size=3).map(tuple),
)
LEVELS = st.builds(
    LevelFinding,
    name=LEVEL_NAMES,
    assumed=st.booleans(),
    basis=st.sampled_from(NamingBasis),
    series_instance_uid=UIDS,
    measurements=measurements(LEVEL_MEASUREMENTS),
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
    )
