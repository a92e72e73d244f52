"""Contrast + seed -> Scan and Scene: plane, slices and field of view of a patch, and what an archive does to values.

Shares and ranges are from what clinical spine protocols and exports look like; proposals [P] throughout.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import FloatArray, Modality
from spineseg.phantom.contrasts import Contrast
from spineseg.phantom.imaging import Acquisition
from spineseg.phantom.resampling import box_slices, sample_axis

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

# Planes: sagittal, coronal, axial, isotropic 3D.
_PLANES = {Modality.MR: (0.45, 0.06, 0.33, 0.16), Modality.CT: (0.06, 0.04, 0.60, 0.30)}
_THICKEST_MM = {Modality.MR: 6.0, Modality.CT: 5.0}
_ISOTROPIC = 3
_AXIAL_T2_STAR = 0.75  # T2* gradient echo is mostly an axial sequence of the neck

# Shares of MR patches.
_SLAB_SHARE = 0.40
_THIN_SLAB_SHARE = 0.25  # of the slabs: 14-25 mm
_CLEAN_BACKGROUND_SHARE = 0.25
_WINDOWED_SHARE = 0.25
_NEAREST_SHARE = 0.06
_TURNED_SHARE = 0.5  # slabs at an angle to the patch: black wedges

_CIRCLE_SHARE = 0.12  # CT reconstructed in a circle around the spine
_CUT_SHARE = 0.10  # any patch at the border of its series


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Geometry of one acquisition.

    Parameters
    ----------
    plane
        Axis across the slices; 3 for an isotropic 3D sequence.
    spacing_mm, thickness_mm
        Of the slices; thickness below spacing leaves a gap.
    start
        Where the first slice lies, as share of the spacing.
    phase_axis
        In-plane axis of phase encoding.
    nearest
        Slices repeated and not interpolated, as some exports do.
    """

    plane: int
    spacing_mm: float
    thickness_mm: float
    start: float
    phase_axis: int
    nearest: bool

    @property
    def slice_axis(self) -> int:
        """Axis across the slices; of a 3D sequence, that of its slab (left to right)."""
        return self.plane if self.plane < _ISOTROPIC else 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """A patch in its scan: what acquisition and artefacts need to know.

    Parameters
    ----------
    tissues : (x, y, z) uint8
    affine : (4, 4) [mm, LPS]
        Of the isotropic patch.
    """

    tissues: NDArray[np.uint8]
    affine: Floats
    scan: Scan

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels of the patch."""
        return (self.tissues.shape[0], self.tissues.shape[1], self.tissues.shape[2])

    @property
    def spacing_mm(self) -> float:
        """Of the patch, the same along its axes."""
        return float(np.linalg.norm(self.affine[:3, 0]))

    @property
    def frequency_axis(self) -> int:
        """The in-plane axis without phase encoding."""
        return 3 - self.scan.slice_axis - self.scan.phase_axis


def draw_scan(contrast: Contrast, rng: np.random.Generator) -> Scan:
    """Plane, thickness and gap of one series."""
    plane = int(rng.choice(4, p=_PLANES[contrast.modality]))
    if contrast is Contrast.T2_STAR and rng.random() < _AXIAL_T2_STAR:
        plane = 2
    spacing = float(rng.uniform(1.0, _THICKEST_MM[contrast.modality]))
    in_plane = [axis for axis in range(3) if axis != (plane if plane < _ISOTROPIC else 0)]
    return Scan(
        plane=plane,
        spacing_mm=spacing,
        thickness_mm=spacing * float(rng.choice([1.0, rng.uniform(0.65, 0.98)])),
        start=float(rng.uniform()),
        phase_axis=int(rng.choice(in_plane)),
        nearest=bool(rng.random() < _NEAREST_SHARE),
    )


def draw_quality(contrast: Contrast, rng: np.random.Generator) -> Acquisition:
    """Blur, noise and coil of one MR series, from good to poor; CT has its own in `ct_texture`."""
    # Never below 0.4: the maps hold one tissue a voxel, a real voxel averages what it covers.
    blur = float(rng.uniform(0.4, 0.85))
    if contrast.modality is Modality.CT:
        return Acquisition(blur_voxels=min(blur, 0.6), bias=0.0, coil_mm=None)
    return Acquisition(
        blur_voxels=blur,
        noise=float(np.exp(rng.uniform(np.log(0.004), np.log(0.07)))),
        bias=float(rng.uniform(0.0, 0.3)),
        coil_mm=float(rng.uniform(45, 250)) if rng.random() < 0.65 else None,
    )


def to_slices(image: FloatArray, scene: Scene) -> FloatArray:
    """Thick slices of a patch; a sequence thinner than the patch's grid is left."""
    scan = scene.scan
    if not _thick(scene):
        return image
    return box_slices(image, scan.plane, _centres(scene), scan.thickness_mm / scene.spacing_mm)


def from_slices(slices: FloatArray, scene: Scene) -> FloatArray:
    """Slices back on the patch's grid."""
    scan = scene.scan
    if not _thick(scene):
        return slices
    position = (np.arange(scene.shape[scan.plane]) - _centres(scene)[0]) * scene.spacing_mm / scan.spacing_mm
    return sample_axis(slices, scan.plane, position, nearest=scan.nearest)


def _thick(scene: Scene) -> bool:
    return scene.scan.plane < _ISOTROPIC and scene.scan.spacing_mm > scene.spacing_mm


def _centres(scene: Scene) -> Floats:
    """Slice centres along the slice axis [voxels], at least two."""
    length, step = scene.shape[scene.scan.plane], scene.scan.spacing_mm / scene.spacing_mm
    first = scene.scan.start * step - 0.5
    count = max(2, int((length - 0.5 - first) / step) + 1)
    return first + step * np.arange(count, dtype=np.float64)


def field_of_view(scene: Scene, contrast: Contrast, rng: np.random.Generator) -> Mask:
    """Voxels that the series holds: slabs, short stacks, circles and borders; the rest of the patch is empty."""
    window = np.ones(scene.shape, dtype=bool)
    if contrast.modality is Modality.MR and rng.random() < _SLAB_SHARE:
        window &= _slab(scene, rng)
    if contrast.modality is Modality.CT and rng.random() < _CIRCLE_SHARE:
        window &= _circle(scene, rng)
    if rng.random() < _CUT_SHARE:
        window &= _cut(scene.shape, rng)
    return window


def _slab(scene: Scene, rng: np.random.Generator) -> Mask:
    """A slab across the slice axis, often turned a little against the patch."""
    width = rng.uniform(14, 25) if rng.random() < _THIN_SLAB_SHARE else rng.uniform(30, 90)
    tilts = np.tan(np.deg2rad(rng.normal(0, 7, 3))) * (rng.random() < _TURNED_SHARE)
    tilts[scene.scan.slice_axis] = 1.0
    offset = rng.normal(0, 4) / scene.spacing_mm
    grid = np.ogrid[tuple(map(slice, scene.shape))]
    x, y, z = (tilt * (index - n / 2) for tilt, index, n in zip(tilts, grid, scene.shape, strict=True))
    inside: Mask = np.abs(x + y + z - offset) < width / 2 / scene.spacing_mm
    return inside


def _circle(scene: Scene, rng: np.random.Generator) -> Mask:
    radius = rng.uniform(35, 80) / scene.spacing_mm
    x, y, _ = np.ogrid[tuple(map(slice, scene.shape))]
    centre = np.array(scene.shape[:2]) / 2 + rng.normal(0, 8, 2)
    inside: Mask = np.broadcast_to(np.hypot(x - centre[0], y - centre[1]) < radius, scene.shape)
    return inside


def _cut(shape: tuple[int, int, int], rng: np.random.Generator) -> Mask:
    """The series ends inside the patch, on one side of one axis."""
    axis, share, side = int(rng.integers(3)), rng.uniform(0.1, 0.45), rng.random() < 0.5
    index = np.arange(shape[axis])
    kept = index >= share * shape[axis] if side else index < (1 - share) * shape[axis]
    cut = [1, 1, 1]
    cut[axis] = shape[axis]
    return np.broadcast_to(kept.reshape(cut), shape)


def export_mr(image: FloatArray, noise: float, rng: np.random.Generator) -> FloatArray:
    """What scanner and archive do to magnitudes: air set to zero, values clipped to a window, 8 bits."""
    if rng.random() < _CLEAN_BACKGROUND_SHARE:
        image = np.where(image < np.float32(2.5 * noise), np.float32(0), image)
    if rng.random() < _WINDOWED_SHARE:
        # Every fourth voxel along each axis is enough for percentiles.
        low, high = np.percentile(image[::4, ::4, ::4], (rng.uniform(0, 2), rng.uniform(97, 99.9)))
        scaled = np.clip((image - low) / max(float(high - low), 1e-6), 0, 1)
        image = (np.rint(scaled * 255) * ((high - low) / 255)).astype(np.float32)
    return image
