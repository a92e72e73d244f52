"""Matching points of two patient spaces -> Rigid: rotation and translation by least squares, with their residual."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spineseg.domain.volume import LabelMap, make_grid


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rigid:
    """Rotation and translation from one patient space to another.

    Parameters
    ----------
    rotation : (3, 3)
        Orthogonal, determinant 1.
    translation : (3,) [mm, LPS]
        Added after the rotation.
    """

    rotation: NDArray[np.float64]
    translation: NDArray[np.float64]

    def apply(self, points: ArrayLike) -> NDArray[np.float64]:
        """Points of the first space in the second: (..., 3) [mm, LPS]."""
        moved: NDArray[np.float64] = np.asarray(points, dtype=np.float64) @ self.rotation.T + self.translation
        return moved

    def inverse(self) -> Rigid:
        """From the second space to the first."""
        return Rigid(rotation=self.rotation.T, translation=-self.rotation.T @ self.translation)

    def after(self, first: Rigid) -> Rigid:
        """`first`, then this one."""
        return Rigid(rotation=self.rotation @ first.rotation, translation=self.apply(first.translation))

    @property
    def angle_deg(self) -> float:
        """Angle of the rotation [deg]."""
        return float(np.rad2deg(np.arccos(np.clip((np.trace(self.rotation) - 1.0) / 2.0, -1.0, 1.0))))


def same_place() -> Rigid:
    """The transform that leaves every point where it is."""
    return Rigid(rotation=np.eye(3), translation=np.zeros(3))


def fit_rigid(source: ArrayLike, target: ArrayLike) -> tuple[Rigid, float]:
    """Rigid transform that brings points onto their partners (Kabsch 1976, doi:10.1107/S0567739476001873).

    Parameters
    ----------
    source, target : (N, 3) [mm, LPS]
        Partners in the same order, at least three and not on one line.

    Returns
    -------
    transform
        From source to target.
    residual_mm
        Root mean square distance of the partners that is left.
    """
    first, second = np.asarray(source, dtype=np.float64), np.asarray(target, dtype=np.float64)
    middle, goal = first.mean(axis=0), second.mean(axis=0)
    left, _, right = np.linalg.svd((first - middle).T @ (second - goal))
    # A reflection would fit mirrored points better: the last axis is turned back.
    proper = np.diag([1.0, 1.0, float(np.sign(np.linalg.det(right.T @ left.T)))])
    rotation = right.T @ proper @ left.T
    rigid = Rigid(rotation=rotation, translation=goal - rotation @ middle)
    return rigid, float(np.sqrt(np.mean(np.sum((rigid.apply(first) - second) ** 2, axis=1))))


def move_grid(grid: LabelMap, rigid: Rigid, frame_of_reference_uid: str | None) -> LabelMap:
    """The same voxels at their place in the second space."""
    affine = np.asarray(grid.affine, dtype=np.float64)
    moved = np.eye(4)
    moved[:3, :3] = rigid.rotation @ affine[:3, :3]
    moved[:3, 3] = rigid.apply(affine[:3, 3])
    return make_grid(grid.array, moved, frame_of_reference_uid)
