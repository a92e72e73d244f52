from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from spineseg.domain.escc import EsccGrade
from spineseg.domain.volume import like
from spineseg.reporting import pictures
from spineseg.reporting.drawing import RgbArray
from spineseg.reporting.outlines import Structure
from spineseg.reporting.pictures import MAX_LESION_PICTURES, make_pictures
from spineseg.reporting.planes import Plane
from tests.reporting.samples import (
    LESION_CENTRE_MM,
    Sample,
    make_findings,
)

GreyArray = NDArray[np.uint8]


def test_worst_lesions_get_pictures_and_the_overview_comes_first(sample: Sample) -> None:
    """One overview and one axial picture a lesion, up to the limit, in the order of the findings."""
    findings = make_findings(sample.input.series.series_instance_uid)
    many = replace(findings, lesions=findings.lesions * (MAX_LESION_PICTURES + 2))

    pictures = make_pictures([sample.input], many)

    assert [picture.lesion for picture in pictures] == [None, *range(1, MAX_LESION_PICTURES + 1)]


def test_a_study_without_labels_still_has_an_overview(sample: Sample) -> None:
    """No spine found: the picture shows the volume itself."""
    segmentation = sample.input.segmentation
    blank = like(segmentation.anatomy, np.zeros_like(segmentation.anatomy.array))
    one = replace(sample.input, segmentation=replace(segmentation, anatomy=blank, lesions=blank, subregions=blank))
    findings = make_findings(one.series.series_instance_uid, with_lesion=False)

    (overview,) = make_pictures([one], findings)

    assert "middle of the volume" in overview.caption
    assert overview.plain.std() > 10


def test_a_name_that_another_series_assumed_has_a_question_mark(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a merge the level belongs to another series; the picture must not make it sure."""
    findings = make_findings("9.9")
    findings = replace(findings, levels=tuple(replace(level, assumed=True) for level in findings.levels))
    labels: set[str] = set()
    draw = pictures.draw_plane

    def noting(grey: GreyArray, plane: Plane, structures: Sequence[Structure] = ()) -> RgbArray:
        labels.update(structure.label for structure in structures)
        return draw(grey, plane, structures)

    monkeypatch.setattr(pictures, "draw_plane", noting)
    make_pictures([sample.input], replace(findings, lesions=()))

    assert labels >= {"T6?", "T7?", "T8?"}
    assert not labels & {"T6", "T7", "T8"}


def test_a_lesion_without_decisive_point_is_shown_at_its_middle(sample: Sample) -> None:
    """An abstained grade has a picture too."""
    findings = make_findings(sample.input.series.series_instance_uid)
    escc = replace(findings.lesions[0].escc, decisive_point_mm=None, point=EsccGrade.UNDETERMINED)

    _, axial = make_pictures([sample.input], replace(findings, lesions=(replace(findings.lesions[0], escc=escc),)))

    assert np.allclose(axial.point_mm, LESION_CENTRE_MM, atol=1.0)
