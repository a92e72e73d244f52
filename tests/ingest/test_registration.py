"""Tests of spineseg.ingest.registration."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from spineseg.anatomy import describe_spine
from spineseg.domain.anatomy import SpineAnatomy
from spineseg.domain.rigid import Rigid, move_grid
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import Modality, SeriesRole
from spineseg.ingest.registration import LEAST_OVERLAP, PlaceBasis, place_series, register
from tests.grading.analytic import Spec, axial_affine, segment
from tests.grading.views import named

NAMES = {33: "T5", 34: "T6", 35: "T7", 36: "T8", 37: "T9"}
TURN = Rigid(
    rotation=Rotation.from_euler("xyz", [9, -6, 12], degrees=True).as_matrix(), translation=np.array([40.0, 150, -300])
)
NUDGE = Rigid(rotation=Rotation.from_euler("x", 3, degrees=True).as_matrix(), translation=np.array([2.0, 3, 4]))


def moved(segmentation: Segmentation, rigid: Rigid, frame: str = "1.9.9") -> Segmentation:
    """The same masks in another patient space."""
    return replace(
        segmentation,
        anatomy=move_grid(segmentation.anatomy, rigid, frame),
        subregions=move_grid(segmentation.subregions, rigid, frame),
        lesions=move_grid(segmentation.lesions, rigid, frame),
    )


@cache
def masks(series: str, *, ct: bool = False) -> Segmentation:
    """The analytic spine on axial slices: MR of 3 mm, or CT of 2 mm on another grid."""
    affine = axial_affine(spacing=(2.0, 0.9, 0.9), shape=(52, 80, 70))
    found = segment(Spec(), affine, (52, 80, 70), series=series) if ct else segment(Spec(), series=series)
    return replace(found, modality=Modality.CT, role=SeriesRole.CT) if ct else found


def described(segmentation: Segmentation, *, names: bool = True) -> SpineAnatomy:
    """Described, with or without names."""
    return describe_spine(named(segmentation, NAMES) if names else segmentation)


def miss_mm(rigid: Rigid, truth: Rigid) -> float:
    """Greatest error at the corners of a spine of 100 mm."""
    corners = np.array(np.meshgrid([-20, 20], [-30, 20], [-50, 50])).reshape(3, -1).T
    return float(np.linalg.norm(rigid.apply(truth.apply(corners)) - corners, axis=1).max())


def test_one_frame_of_reference_needs_no_registration() -> None:
    """Series of one frame lie where they are."""
    places = place_series([described(masks("1.2.3")), described(masks("1.2.4", ct=True))])

    assert [one.basis for one in places] == [PlaceBasis.FRAME_OF_REFERENCE] * 2
    assert all(one.rigid is not None and one.rigid.angle_deg == 0 for one in places)


def test_a_ct_of_another_frame_is_brought_onto_the_mr() -> None:
    """Turned and moved by centimetres, its named levels bring it back within 1.5 mm, with the quality stated."""
    mr, ct = described(masks("1.2.3")), described(moved(masks("1.2.4", ct=True), TURN))

    place = place_series([mr, ct])[1]

    assert place.basis is PlaceBasis.REGISTRATION
    assert place.rigid is not None
    assert miss_mm(place.rigid, TURN) < 1.5
    assert place.overlap is not None
    assert place.overlap > 0.85
    assert place.residual_mm is not None
    assert place.residual_mm < 2.0


def test_without_names_the_scanners_coordinates_start_it() -> None:
    """A small movement between two frames is found; a level's slip is refused."""
    fixed = described(masks("1.2.3"), names=False)
    near = register(fixed, described(moved(masks("1.2.4", ct=True), NUDGE), names=False))
    slip = Rigid(rotation=np.eye(3), translation=np.array([0.0, 0, 25.0]))

    assert near is not None
    assert miss_mm(near.rigid, NUDGE) < 1.5
    far = register(fixed, described(moved(masks("1.2.4", ct=True), slip), names=False))
    assert far is None or miss_mm(far.rigid, Rigid(rotation=np.eye(3), translation=np.zeros(3))) < 10.0


def test_a_spine_that_does_not_fit_is_refused() -> None:
    """Bodies of half the height under the same names overlap too little."""
    squeezed = masks("1.2.4")
    affine = np.asarray(squeezed.anatomy.affine).copy()
    affine[:3, 0] *= 0.5
    short = segment(Spec(), axial_affine(), series="1.2.4")
    wrong = replace(
        short,
        anatomy=type(short.anatomy)(
            array=short.anatomy.array, affine=affine, coordinate_system="PATIENT", frame_of_reference_uid="1.7"
        ),
        subregions=type(short.anatomy)(
            array=short.subregions.array, affine=affine, coordinate_system="PATIENT", frame_of_reference_uid="1.7"
        ),
    )

    place = place_series([described(masks("1.2.3")), described(wrong)])[1]

    assert place.basis is PlaceBasis.REFUSED
    assert place.rigid is None
    assert pytest.approx(0.65) == LEAST_OVERLAP
