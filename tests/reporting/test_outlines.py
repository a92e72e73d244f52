from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from spineseg.domain.labels import CSF, DISC_OFFSET, SPINAL_CORD, UNNAMED_OFFSET, VERTEBRA_VALUES
from spineseg.domain.volume import like, to_patient
from spineseg.reporting.outlines import Structure, structures_in
from spineseg.reporting.pictures import make_pictures
from spineseg.reporting.planes import Plane, axial_plane, canal_line, sagittal_plane
from tests.reporting.samples import (
    AXIAL,
    Sample,
    grid_of,
    make_findings,
    segmentation_on,
)


def test_outlines_lie_on_the_borders(sample: Sample) -> None:
    """The cord's outline runs along its border to within half a voxel, and the lesion comes last with its number."""
    one = sample.input
    plane = axial_plane(one.volume.image, canal_line(one.segmentation.anatomy), np.zeros(3))

    structures = structures_in(plane, one.segmentation, (), {1: 3})

    cord = next(structure for structure in structures if structure.name == "spinal cord")
    rows, columns = np.rint(np.concatenate(cord.contours)).astype(int).T
    from_axis = np.hypot(plane.points[rows, columns, 0] + 1, plane.points[rows, columns, 1])
    assert np.all(np.abs(from_axis - 4.5) < 0.8)
    assert structures[-1].label == "lesion 3"
    assert structures[-1].width > max(structure.width for structure in structures[:-1])
    assert {structure.label for structure in structures} >= {"T7"}


def test_an_assumed_name_has_a_question_mark(sample: Sample) -> None:
    """The picture does not sound surer than the findings."""
    findings = make_findings(sample.input.series.series_instance_uid)
    (overview, _) = make_pictures([sample.input], findings)
    one = sample.input
    line = canal_line(one.segmentation.anatomy)
    plane = sagittal_plane(one.volume.image, one.segmentation.anatomy, line)

    labels = {structure.label for structure in structures_in(plane, one.segmentation, {"T8"}, {})}

    assert labels >= {"T6", "T7", "T8?"}
    assert not np.array_equal(overview.plain, overview.outlined)


def outlined(anatomy: NDArray[np.uint8], *, lesions: NDArray[np.uint8] | None = None) -> list[Structure]:
    """Structures of one slice of masks, one pixel a voxel of 1 mm, lesions without numbers."""
    grid = grid_of(AXIAL, (1, *anatomy.shape))
    blank = like(grid, np.zeros((1, *anatomy.shape), dtype=np.uint8))
    masks = replace(
        segmentation_on(grid, "1.2.3"), anatomy=like(grid, anatomy[None]), subregions=blank,
        lesions=blank if lesions is None else like(grid, lesions[None]),
    )  # fmt: skip
    indices = np.moveaxis(np.indices(anatomy.shape), 0, -1)
    points = to_patient(grid, np.concatenate([np.zeros((*anatomy.shape, 1)), indices], axis=-1))
    return structures_in(
        Plane(points=points, pixel_mm=1.0, letters=("R", "L", "A", "P"), description=""), masks, (), {}
    )


def blocks(*placed: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Squares of (label, first row and column, side)."""
    mask = np.zeros((40, 60), dtype=np.uint8)
    for value, corner, side in placed:
        mask[corner // 2 : corner // 2 + side, corner : corner + side] = value
    return mask


def test_a_disc_is_outlined_by_its_circle() -> None:
    """Row and column of the outline are those of the mask, to within half a pixel."""
    row, column = np.indices((40, 60))
    cord = (np.hypot(row - 14, column - 41) < 9.0).astype(np.uint8) * np.uint8(SPINAL_CORD)

    structures = outlined(cord)

    sac, outline = structures
    (contour,) = outline.contours
    assert (sac.name, sac.dashed, outline.name, outline.dashed) == ("thecal sac", True, "spinal cord", False)
    assert np.all(np.abs(np.hypot(*(contour - (14, 41)).T) - 9.0) < 0.6)


def test_the_sac_encloses_cord_and_csf() -> None:
    """The sac's line runs around CSF and cord together, not between them."""
    mask = blocks((CSF, 10, 16))
    mask[9:16, 12:18] = SPINAL_CORD

    sac = next(one for one in outlined(mask) if one.name == "thecal sac")

    (contour,) = sac.contours
    assert np.allclose(contour.min(axis=0), (4.5, 9.5), atol=0.3)
    assert np.allclose(contour.max(axis=0), (20.5, 25.5), atol=0.3)


@pytest.mark.parametrize(("side", "labels"), [(3, []), (4, [""]), (6, ["T7"])])
def test_specks_have_no_outline_and_slivers_no_name(side: int, labels: list[str]) -> None:
    """Under 12 pixels nothing is drawn; a vertebra cut by less than 25 mm² keeps its outline without name."""
    assert [one.label for one in outlined(blocks((VERTEBRA_VALUES["T7"], 20, side)))] == labels


def test_only_vertebrae_have_names_and_unknown_ones_stay_unknown() -> None:
    """A disc is outlined thinner and without name, a vertebra whose name is not known is V and its number."""
    structures = outlined(blocks((UNNAMED_OFFSET + 2, 4, 8), (DISC_OFFSET + UNNAMED_OFFSET + 2, 30, 8)))

    assert [one.label for one in structures] == ["V2", ""]
    assert [one.name for one in structures] == ["", ""]
    assert structures[0].width > structures[1].width
    assert structures[0].anchor == pytest.approx((5.5, 7.5))


def test_the_name_stands_in_the_largest_part() -> None:
    """A vertebra in two parts is named in its larger one, not in the gap between them."""
    mask = blocks((VERTEBRA_VALUES["T7"], 4, 5), (VERTEBRA_VALUES["T7"], 40, 11))

    (vertebra,) = outlined(mask)

    assert vertebra.anchor == pytest.approx((25.0, 45.0))
    assert len(vertebra.contours) == 2


def test_a_lesion_that_the_report_does_not_count_has_no_number() -> None:
    """Masks may hold a lesion that no finding speaks of; it is drawn all the same."""
    (lesion,) = outlined(blocks(), lesions=blocks((1, 20, 6)))

    assert (lesion.name, lesion.label) == ("suspected lesion", "lesion")
