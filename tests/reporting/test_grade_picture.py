"""Tests of spineseg.reporting.grade_picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.domain.grade_evidence import SectionStructure
from spineseg.reporting import grade_picture
from spineseg.reporting.drawing import RgbArray
from spineseg.reporting.grade_picture import evidence_of, grade_pictures
from spineseg.reporting.lettering import Leader
from tests.reporting.evidence import RADII_MM, circle, make_evidence
from tests.reporting.samples import Sample, make_findings


def test_every_outline_is_told_apart_without_colour(sample: Sample) -> None:
    """No two structures have the same dash and width; expected ones are broken, found ones solid but the canal."""
    uid = sample.input.series.series_instance_uid
    (picture,) = grade_pictures([sample.input], make_findings(uid), [make_evidence(uid)])

    styles = {one.name.split(" (")[0]: (one.dash, one.width) for one in picture.legend}
    assert len(set(styles.values())) == len(styles) == len(RADII_MM)
    broken = {name for name, (dash, _) in styles.items() if dash is not None}
    assert broken == {"expected sac", "expected cord", "canal"}


def test_outlines_lie_in_patient_space(sample: Sample) -> None:
    """A circle of 4.5 mm around the section's middle is drawn at 4.5 mm from the middle of the picture."""
    uid = sample.input.series.series_instance_uid
    (picture,) = grade_pictures([sample.input], make_findings(uid), [make_evidence(uid)])

    cord = next(one for one in picture.legend if one.name.startswith("expected cord"))
    middle = (np.array(picture.outlined.shape[:2]) - 1) / 2
    radius_mm = np.linalg.norm(np.concatenate(cord.contours) - middle, axis=1) * 0.1  # mm a pixel
    assert radius_mm == pytest.approx(4.5, abs=0.01)
    rows, columns = np.rint(np.concatenate(cord.contours)).astype(int).T
    assert np.any(picture.outlined[rows, columns] != picture.plain[rows, columns])


def test_each_name_points_at_its_outline(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line from a name ends on the outline that it names."""
    told: list[Leader] = []

    def noting(picture: RgbArray, leaders: list[Leader]) -> RgbArray:
        told.extend(leaders)
        return picture

    monkeypatch.setattr(grade_picture, "draw_leaders", noting)
    uid = sample.input.series.series_instance_uid
    (picture,) = grade_pictures([sample.input], make_findings(uid), [make_evidence(uid)])

    middle = (np.array(picture.outlined.shape[:2]) - 1) / 2
    ends = {one.text: float(np.linalg.norm(np.array(one.at) - middle)) * 0.1 for one in told}
    assert ends == {name.value.replace("_", " "): pytest.approx(r, abs=0.02) for name, r in RADII_MM.items()}


def test_what_is_not_known_is_not_drawn(sample: Sample) -> None:
    """Without an expected outline there is none in picture and legend."""
    uid = sample.input.series.series_instance_uid
    only = make_evidence(uid, outlines={SectionStructure.CANAL: (circle(10.0),)})

    (picture,) = grade_pictures([sample.input], make_findings(uid), [only])

    assert [one.name for one in picture.legend] == ["canal (dotted)"]


def test_evidence_belongs_to_one_lesion(sample: Sample) -> None:
    """Neither another number nor another series lends its outlines to a lesion."""
    uid = sample.input.series.series_instance_uid
    lesion = make_findings(uid).lesions[0]
    own = make_evidence(uid)

    assert evidence_of(lesion, [make_evidence("9.9"), own]) is own
    assert evidence_of(replace(lesion, number=2), [own]) is None
    assert grade_pictures([sample.input], make_findings(uid), [make_evidence("9.9")]) == ()
