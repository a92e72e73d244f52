from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from spineseg.domain.anatomy import Centerline, Vertebra
from spineseg.domain.basis import NamingBasis

# A standing patient in LPS: caudal is -z, anterior is -y.
CAUDAL = np.array([[0.0, 0.0, -1.0]])
ANTERIOR = np.array([[0.0, -1.0, 0.0]])

angles = st.tuples(*[st.floats(-np.pi, np.pi)] * 3)


def _centerline(turn: Rotation) -> Centerline:
    return Centerline(points=np.zeros((1, 3)), tangents=turn.apply(CAUDAL), anterior=turn.apply(ANTERIOR), step_mm=1.0)


def test_left_of_a_standing_patient() -> None:
    """The left of a patient who stands and looks ahead is +x of LPS."""
    np.testing.assert_allclose(_centerline(Rotation.identity()).left, [[1.0, 0.0, 0.0]])


@given(angles)
def test_left_turns_with_the_patient(turned_by: tuple[float, float, float]) -> None:
    """Left is the patient's own: it turns with the body, and is a unit vector across tangent and anterior."""
    turn = Rotation.from_euler("xyz", turned_by)
    centerline = _centerline(turn)

    np.testing.assert_allclose(centerline.left, turn.apply([[1.0, 0.0, 0.0]]), atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(centerline.left, axis=1), 1.0)
    np.testing.assert_allclose(np.sum(centerline.left * centerline.tangents, axis=1), 0.0, atol=1e-9)


def test_assumed_names_differ_from_sure_ones() -> None:
    """A vertebra whose name is assumed is not equal to one whose name is sure."""
    sure, assumed = (
        Vertebra(
            label=14, name="T7", assumed=assumed, basis=NamingBasis.AXIS, body_centroid=(0.0, 0.0, 0.0),
            position_mm=200.0, extent_mm=(190.0, 210.0), complete=True,
        )
        for assumed in (False, True)
    )  # fmt: skip

    assert sure != assumed


def test_bases_without_an_anchor() -> None:
    """What names rest on is said in every case, also where there is no anchor or the anchors disagree."""
    assert {NamingBasis.NO_ANCHOR, NamingBasis.UNUSUAL_COUNT} < set(NamingBasis)
