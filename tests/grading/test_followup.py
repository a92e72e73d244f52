"""Tests of spineseg.grading.followup."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from spineseg.anatomy import describe_spine
from spineseg.domain.findings import Change, Findings, LesionOrigin
from spineseg.domain.prior import PriorMasks, PriorStudy
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.rigid import Rigid, move_grid, same_place
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import like
from spineseg.grading import grade_spine
from spineseg.grading.followup import FollowUp, MatchBasis, compare_with_prior
from tests.grading.analytic import Spec, segment
from tests.grading.views import named

NAMES = {33: "T5", 34: "T6", 35: "T7", 36: "T8", 37: "T9"}
TURN = Rigid(
    rotation=Rotation.from_euler("xyz", [8, 5, 20], degrees=True).as_matrix(), translation=np.array([30.0, 40, 500])
)


@cache
def masks(grade: str, half_length_mm: float = 12.0, series: str = "1.2.3") -> Segmentation:
    """A named spine with a lesion of some length at T7."""
    return named(segment(Spec(grade=grade, half_length_mm=half_length_mm), series=series), NAMES)


@cache
def findings_of(grade: str, half_length_mm: float = 12.0, *, study: str = "1.1") -> Findings:
    """Its findings."""
    found = grade_spine(describe_spine(masks(grade, half_length_mm)), study_instance_uid=study)
    return replace(found, lesions=tuple(replace(one, tracking_uid=f"{study}.7") for one in found.lesions))


def prior_of(
    grade: str, half_length_mm: float = 12.0, *, rigid: Rigid | None = None, frame: str | None = None
) -> PriorStudy:
    """The prior study with its masks, in the same space or another."""
    found, rigid = masks(grade, half_length_mm), rigid or same_place()
    frame = frame or found.anatomy.frame_of_reference_uid
    findings = findings_of(grade, half_length_mm, study="1.0")
    one = PriorMasks(
        series_instance_uid="1.2.2", anatomy=move_grid(found.anatomy, rigid, frame),
        lesions=move_grid(found.lesions, rigid, frame) if findings.lesions else None,
        tracking_uids={1: "1.0.7"} if findings.lesions else {},
    )  # fmt: skip
    return PriorStudy(findings=findings, masks=(one,))


def follow(grade: str, half_length_mm: float, prior: PriorStudy) -> FollowUp:
    """A study compared with a prior one."""
    return compare_with_prior(findings_of(grade, half_length_mm), [masks(grade, half_length_mm)], prior)


def test_a_grown_lesion_keeps_its_uid_and_says_by_how_much() -> None:
    """From 12 to 24 mm and from 1b to 2: grown, more than the doubt, two steps."""
    followed = follow("2", 12.0, prior_of("1b", 6.0))
    (lesion,) = followed.findings.lesions

    assert followed.basis is MatchBasis.FRAME_OF_REFERENCE
    assert lesion.tracking_uid == "1.0.7"
    assert followed.findings.prior_study_instance_uid == "1.0"
    assert lesion.prior is not None
    assert lesion.prior.change is Change.GROWN
    assert lesion.prior.grade_change == 2
    expected = 100 * (lesion.volume_mm3 / findings_of("1b", 6.0).lesions[0].volume_mm3 - 1)
    assert lesion.prior.volume_change_pct == pytest.approx(expected)
    assert lesion.prior.volume_doubt_pct is not None
    assert 0 < lesion.prior.volume_doubt_pct < expected


def test_the_way_back_is_shrunk_and_the_same_is_stable() -> None:
    """A smaller lesion has shrunk; a tenth more or less is within the doubt."""
    before = prior_of("1c")
    tenth = tuple(replace(one, volume_mm3=1.1 * one.volume_mm3) for one in before.findings.lesions)
    shrunk = follow("1b", 5.0, prior_of("2", 12.0))
    stable = follow("1c", 12.0, replace(before, findings=replace(before.findings, lesions=tenth)))

    assert [one.prior.change for one in shrunk.findings.lesions if one.prior] == [Change.SHRUNK]
    assert [one.prior.change for one in stable.findings.lesions if one.prior] == [Change.STABLE]


def test_another_frame_of_reference_is_registered_with_its_residual() -> None:
    """Turned and moved: matched by place, and the residual is stated."""
    followed = follow("2", 12.0, prior_of("1c", 12.0, rigid=TURN, frame="1.8"))

    assert followed.basis is MatchBasis.REGISTRATION
    assert followed.residual_mm is not None
    assert followed.residual_mm < 2.0
    assert followed.findings.lesions[0].tracking_uid == "1.0.7"


def test_a_report_alone_matches_by_level_with_twice_the_doubt() -> None:
    """Without masks the level must do: the same UID, a larger doubt."""
    with_masks = follow("2", 12.0, prior_of("1b", 6.0)).findings.lesions[0].prior
    alone = follow("2", 12.0, replace(prior_of("1b", 6.0), masks=()))
    prior = alone.findings.lesions[0].prior

    assert alone.basis is MatchBasis.LEVELS
    assert alone.findings.lesions[0].tracking_uid == "1.0.7"
    assert prior is not None
    assert with_masks is not None
    assert (prior.volume_doubt_pct or 0) > 1.3 * (with_masks.volume_doubt_pct or 0)


def test_two_candidates_of_one_level_stay_undetermined() -> None:
    """Which of two prior lesions at T7 it was cannot be told from the report alone."""
    prior = replace(prior_of("1b", 6.0), masks=())
    twin = replace(prior.findings.lesions[0], number=2, tracking_uid="1.0.8")
    prior = replace(prior, findings=replace(prior.findings, lesions=(*prior.findings.lesions, twin)))

    (lesion,) = follow("2", 12.0, prior).findings.lesions
    assert lesion.prior is not None
    assert lesion.prior.change is Change.UNDETERMINED


def test_opposite_sides_are_two_lesions() -> None:
    """At one level, a lesion of the left pedicle is not that of the right one."""
    prior = replace(prior_of("1b", 6.0), masks=())
    sided = [replace(one, subregions=(f"{side}_pedicle",)) for one, side in (
        (findings_of("2").lesions[0], "left"), (prior.findings.lesions[0], "right"))]  # fmt: skip
    prior = replace(prior, findings=replace(prior.findings, lesions=(sided[1],)))
    found = compare_with_prior(replace(findings_of("2"), lesions=(sided[0],)), [masks("2")], prior).findings

    assert found.lesions[0].tracking_uid == "1.1.7"


def test_new_is_said_only_where_the_prior_study_looked() -> None:
    """Nothing there before: new. Not assessed before, or drawn by a person now: undetermined."""
    healthy = prior_of("none")
    silent = replace(
        healthy, findings=replace(healthy.findings, quality=(QualityNote(code=QualityCode.LESIONS_NOT_ASSESSED),))
    )
    manual = replace(findings_of("1c"), lesions=(replace(findings_of("1c").lesions[0], origin=LesionOrigin.MANUAL),))

    found = [
        follow("1c", 12.0, healthy).findings,
        follow("1c", 12.0, silent).findings,
        compare_with_prior(manual, [masks("1c")], healthy).findings,
    ]
    assert [one.lesions[0].prior.change for one in found if one.lesions[0].prior] == [
        Change.NEW, Change.UNDETERMINED, Change.UNDETERMINED,
    ]  # fmt: skip


def test_vanished_is_said_only_where_the_place_is_in_view() -> None:
    """In view and free: vanished, with level and volume. Out of view or not assessed: not said."""
    prior = prior_of("1c")
    (gone,) = follow("none", 12.0, prior).findings.vanished
    whole = masks("none")
    cut = {
        name: like(part[:8], part.array[:8]) for name in ("anatomy", "subregions", "lesions")
        for part in (getattr(whole, name),)
    }  # fmt: skip
    away = compare_with_prior(findings_of("none"), [replace(whole, **cut)], prior)
    note = QualityNote(code=QualityCode.LESIONS_NOT_ASSESSED, series_instance_uid=whole.series_instance_uid)
    silent = compare_with_prior(findings_of("none"), [replace(whole, quality=(note,))], prior)

    assert gone.tracking_uid == "1.0.7"
    assert gone.levels == ("T7",)
    assert gone.prior_volume_mm3 == prior.findings.lesions[0].volume_mm3
    assert away.findings.vanished == ()
    assert silent.findings.vanished == ()


def test_assumed_names_alone_never_say_vanished() -> None:
    """A report alone and names that may be wrong by one: nothing is said of a missing lesion."""
    prior = replace(prior_of("1c"), masks=())
    sure = findings_of("none")
    unsure = replace(sure, levels=tuple(replace(level, assumed=True) for level in sure.levels))

    assert len(compare_with_prior(sure, [masks("none")], prior).findings.vanished) == 1
    assert compare_with_prior(unsure, [masks("none")], prior).findings.vanished == ()
