from __future__ import annotations

import dataclasses
import json

import pytest

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.basis import NamingBasis
from spineseg.domain.escc import AbstentionReason, EsccGrade, EsccResult, LevelGrade
from spineseg.domain.findings import (
    BoneQuality,
    Change,
    Compartment,
    CompartmentFractions,
    CorrectedItem,
    Correction,
    Findings,
    LesionFinding,
    LesionOrigin,
    LevelFinding,
    PriorComparison,
    RejectedLesion,
    VanishedLesion,
)
from spineseg.domain.findings_json import SCHEMA_VERSION, Json, findings_to_json
from spineseg.domain.quality import QUALITY_TEXT, QualityCode, QualityNote
from spineseg.domain.sins import PointRange, SinsComponent, SinsDoubt, SinsScore

ESCC = EsccResult(
    low=EsccGrade.G1C,
    point=EsccGrade.G2,
    high=EsccGrade.G2,
    level_of_max="T7",
    max_any_slice=EsccGrade.G3,
    decisive_point_mm=(1.0, -2.5, 30.0),
    metrics={"sac_area_loss_pct": 42.0},
)
LESION = LesionFinding(
    number=1,
    tracking_uid="1.2.9",
    series_instance_uid="1.2.3",
    origin=LesionOrigin.AUTOMATIC,
    levels=("T7", "T8"),
    compartment=Compartment.EXTRADURAL,
    compartment_fractions=CompartmentFractions(extradural=1.0, intradural_extramedullary=0.0, intramedullary=0.0),
    volume_mm3=4200.5,
    max_diameter_mm=31.0,
    escc=ESCC,
    sins=SinsScore(components={SinsComponent.LOCATION: PointRange(low=1, high=1)}),
    bone_quality=BoneQuality.LYTIC,
    subregions=("vertebral_body",),
)
LEVEL = LevelFinding(
    name="T7", assumed=True, basis=NamingBasis.UNUSUAL_COUNT, series_instance_uid="1.2.3",
    measurements={"cord_area_mm2": 45.5},
)  # fmt: skip
FINDINGS = Findings(
    study_instance_uid="1.2",
    levels=(LEVEL,),
    lesions=(LESION,),
    quality=(QualityNote(code=QualityCode.LEVELS_ASSUMED, series_instance_uid="1.2.3"),),
    algorithm=AlgorithmIdentity(name="spineseg", version="0.1.0", segmenter="bundle", weights_sha256=("aa", "bb")),
)


def _lesion_json(**change: object) -> Json:
    lesion = dataclasses.replace(LESION, **change)  # type: ignore[arg-type] # fields by name
    (written,) = findings_to_json(dataclasses.replace(FINDINGS, lesions=(lesion,)))["lesions"]
    assert isinstance(written, dict)
    return written


def test_plain_values() -> None:
    """The result is JSON as it stands: writing and reading it changes nothing, and NaN is not in it."""
    written = findings_to_json(FINDINGS)

    assert json.loads(json.dumps(written, allow_nan=False)) == written


def test_contract_of_the_file() -> None:
    """The file has the fields of the contract and says which version of it."""
    written = findings_to_json(FINDINGS)

    assert written.keys() == {
        "schema_version", "study_instance_uid", "levels", "lesions", "quality", "algorithm",
        "prior_study_instance_uid", "vanished", "rejected",
    }  # fmt: skip
    assert written["schema_version"] == SCHEMA_VERSION == 2
    assert (written["prior_study_instance_uid"], written["vanished"]) == (None, [])
    assert written["algorithm"] == {
        "name": "spineseg", "version": "0.1.0", "segmenter": "bundle", "weights_sha256": ["aa", "bb"],
    }  # fmt: skip


def test_contract_of_a_level() -> None:
    """A level carries its name, whether and on what that rests, and its measurements beside them."""
    (level,) = findings_to_json(FINDINGS)["levels"]

    assert level == {
        "name": "T7", "assumed": True, "basis": "unusual_count", "candidates": [], "series_instance_uid": "1.2.3",
        "cord_area_mm2": 45.5,
    }  # fmt: skip


def test_contract_of_a_lesion() -> None:
    """A lesion has every field of the contract, enumerations as their words."""
    lesion = _lesion_json()

    assert lesion.keys() == {field.name for field in dataclasses.fields(LesionFinding)} | {"wbb_convention"}
    assert lesion["compartment"] == "extradural"
    assert lesion["compartment_fractions"] == {
        "extradural": 1.0, "intradural_extramedullary": 0.0, "intramedullary": 0.0,
    }  # fmt: skip
    assert lesion["bone_quality"] == "lytic"
    assert lesion["levels"] == ["T7", "T8"]


def test_contract_of_escc() -> None:
    """ESCC is written as an interval with band, both definitions of high grade, place and metrics."""
    assert _lesion_json()["escc"] == {
        "low": "1c",
        "point": "2",
        "high": "2",
        "band": "high",
        "high_grade": {"bilsky_noms": None, "hallinan": True},
        "reason": None,
        "level_of_max": "T7",
        "max_any_slice": "3",
        "decisive_point_mm": [1.0, -2.5, 30.0],
        "metrics": {"sac_area_loss_pct": 42.0},
        "levels": [],
    }


def test_each_graded_level_is_written() -> None:
    """The interval of every level stands beside that of the lesion."""
    level = LevelGrade(
        level="T7", low=EsccGrade.G1C, point=EsccGrade.G2, high=EsccGrade.G3, reason=AbstentionReason.SEQUENCE
    )

    (written,) = _lesion_json(escc=dataclasses.replace(ESCC, levels=(level,)))["escc"]["levels"]

    assert written == {"level": "T7", "low": "1c", "point": "2", "high": "3", "reason": "sequence"}


def test_abstention() -> None:
    """An abstention is written with its reason; band and high grade are null, not false."""
    point = EsccGrade.UNDETERMINED
    escc = _lesion_json(escc=EsccResult(low=point, point=point, high=point, reason=AbstentionReason.NO_CORD_MASK))[
        "escc"
    ]

    assert (escc["point"], escc["reason"]) == ("undetermined", "no_cord_mask")
    assert escc["band"] is None
    assert escc["high_grade"] == {"bilsky_noms": None, "hallinan": None}


def test_contract_of_sins() -> None:
    """SINS names every component as a range, unknown ones in full, and lists which are not known to the point."""
    known = {
        SinsComponent.LOCATION: PointRange(low=1, high=1),
        SinsComponent.COLLAPSE: PointRange(low=0, high=0),
        SinsComponent.BONE_LESION: PointRange(
            low=1,
            high=2,
            estimate=2,
            evidence={"lytic_pct": 41.5},
            doubt=SinsDoubt.BORDERLINE,
            series_instance_uid="1.2.4",
        ),
    }
    sins = _lesion_json(sins=SinsScore(components=known))["sins"]

    assert sins["components"].keys() == {component.value for component in SinsComponent}
    blank = {"estimate": None, "evidence": {}, "doubt": None, "series_instance_uid": None}
    assert sins["components"]["location"] == {"min": 1, "max": 1, **blank}
    assert sins["components"]["alignment"] == {"min": 0, "max": 4, **blank}
    assert sins["components"]["bone_lesion"] == {
        "min": 1, "max": 2, "estimate": 2, "evidence": {"lytic_pct": 41.5}, "doubt": "borderline",
        "series_instance_uid": "1.2.4",
    }  # fmt: skip
    assert sins["deciding"] == sins["unknown"]
    assert (sins["min"], sins["max"], sins["category"]) == (2, 13, "undetermined")
    assert sins["unknown"] == ["pain", "bone_lesion", "alignment", "posterolateral"]


@pytest.mark.parametrize(
    "field",
    [
        "compartment_fractions", "subregions", "wbb_sectors", "wbb_layers", "tomita_type", "bone_series_instance_uid",
        "prior",
    ],
)  # fmt: skip
def test_not_assessed(field: str) -> None:
    """What was not assessed is null; an empty list would say that nothing is involved."""
    assert _lesion_json(**{field: None})[field] is None
    assert _lesion_json(**{field: None})["wbb_convention"] is None
    if field in ("subregions", "wbb_sectors", "wbb_layers"):
        assert _lesion_json(**{field: ()})[field] == []


def test_extent() -> None:
    """Sectors carry the convention that numbers them, layers and type stand as they are."""
    lesion = _lesion_json(wbb_sectors=(4, 5), wbb_layers=("B", "D"), tomita_type=4, bone_series_instance_uid="1.2.4")

    assert (lesion["wbb_sectors"], lesion["wbb_convention"]) == ([4, 5], "sosg")
    assert (lesion["wbb_layers"], lesion["tomita_type"]) == (["B", "D"], 4)
    assert lesion["bone_series_instance_uid"] == "1.2.4"


def test_comparison_with_a_prior_study() -> None:
    """Change with its doubt, what is not known as null, and the lesions that are gone."""
    prior = PriorComparison(
        change=Change.GROWN, prior_volume_mm3=3000.0, volume_change_pct=40.0, volume_doubt_pct=8.0,
        prior_escc_point=EsccGrade.G1B,
    )  # fmt: skip
    gone = VanishedLesion(tracking_uid="1.2.8", levels=("L2",), prior_volume_mm3=900.0)
    lesion = dataclasses.replace(LESION, prior=prior)
    written = findings_to_json(
        dataclasses.replace(FINDINGS, lesions=(lesion,), prior_study_instance_uid="1.1", vanished=(gone,))
    )

    assert written["lesions"][0]["prior"] == {
        "change": "grown", "prior_volume_mm3": 3000.0, "volume_change_pct": 40.0, "volume_doubt_pct": 8.0,
        "prior_escc_point": "1b", "grade_change": None,
    }  # fmt: skip
    assert written["prior_study_instance_uid"] == "1.1"
    assert written["vanished"] == [{"tracking_uid": "1.2.8", "levels": ["L2"], "prior_volume_mm3": 900.0}]


def test_doubts_travel() -> None:
    """Every doubt is in the file, with its sentence and the series it is about."""
    assert findings_to_json(FINDINGS)["quality"] == [
        {
            "code": "levels_assumed",
            "text": QUALITY_TEXT[QualityCode.LEVELS_ASSUMED],
            "series_instance_uid": "1.2.3",
        }
    ]


def test_corrections_of_persons() -> None:
    """What a person corrected or rejected is there with the former value and the name."""
    correction = Correction(item=CorrectedItem.ESCC, before="2 (range 1c to 2)", corrected_by="DOE^JANE")
    rejected = RejectedLesion(
        tracking_uid="1.2.8", levels=("L1",), rejection=dataclasses.replace(correction, item=CorrectedItem.LESION)
    )
    lesion = dataclasses.replace(LESION, corrections=(correction,))

    written = findings_to_json(dataclasses.replace(FINDINGS, lesions=(lesion,), rejected=(rejected,)))

    said = {"item": "escc", "before": "2 (range 1c to 2)", "corrected_by": "DOE^JANE"}
    assert written["lesions"][0]["corrections"] == [said]
    assert written["rejected"] == [{"tracking_uid": "1.2.8", "levels": ["L1"], "rejection": {**said, "item": "lesion"}}]
