"""Segmentation with given lesions + image -> the same with the cord beside an epidural lesion redrawn.

A network that knows nothing of the lesion takes the tumour in the canal for the cord and the flattened cord for fluid:
it looks for something grey in a bright sac. With the lesion known, the cord is what is left in the sac and has the
grey of the cord above and below. Away from the lesion the network is believed: greys are learnt there, and what is
redrawn must agree with it there. The sac stays the network's: fluid and epidural fat are too much alike on T2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain.labels import CAUDA_EQUINA, CSF, EPIDURAL_SPACE, SPINAL_CORD
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import Modality, Volume, like, spacing_mm

Mask = NDArray[np.bool_]
Values = NDArray[np.float64]
Box = tuple[slice, ...]

# Around the lesion: clearance and reach of the outlines that a grade expects, and half as much again. [P]
_AROUND_MM = 40.0
_CLEAR_MM = 5.0  # so far from the lesion the network is believed (clinical.md 1.6)
_LEAST_REFERENCE_MM3 = 200.0  # of each tissue: half a centimetre of a thin cord [P]
# Greys this many standard deviations of both together apart are told voxel by voxel. [P]
_LEAST_CONTRAST = 3.0
# Dice with the network's own cord away from the lesion; flow voids, roots or a syrinx break it. [P]
_LEAST_AGREEMENT = 0.7
# Where the network's cord keeps this share of its own size, the lesion has not hidden it: what is redrawn then lies no
# farther from it, and not on a dark border of the sac. [P]
_KEPT_SHARE, _KEPT_MM = 0.7, 1.5
_NOISE_MM = 0.4  # Gaussian within the slice: below the pixel of most axial stacks [P]
_LEAST_PIECE = 0.05  # of the largest piece: less is a root or a vessel [P]
_MAD_TO_SD = 1.4826  # of normally distributed values


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sac:
    """The sac around a lesion, without the lesion and above the conus.

    Parameters
    ----------
    labels, image : (slice, row, column)
    free
        Voxels of the sac that are told anew.
    reference
        Those clear of the lesion.
    cross
        A voxel and its four neighbours within the slice.
    long_axis
        Array axis that runs along the body.
    """

    labels: NDArray[np.uint8]
    image: Values
    free: Mask
    reference: Mask
    cross: Mask
    spacing: Values
    long_axis: int


def redraw_cord(segmentation: Segmentation, volume: Volume) -> Segmentation:
    """Cord and fluid told anew in the sac around lesions in the epidural space; unchanged where the image cannot tell.

    Parameters
    ----------
    segmentation
        With lesions, and under them the anatomy that they occupy.
    volume
        The image that it was made on.
    """
    epidural = (segmentation.lesions.array > 0) & (segmentation.anatomy.array == EPIDURAL_SPACE)
    if segmentation.modality is not Modality.MR or not epidural.any():
        return segmentation
    box = _box(epidural, spacing_mm(segmentation.anatomy))
    sac = _sac(segmentation, volume, box)
    cord = _cord(sac)
    if cord is None:
        return segmentation
    changed = segmentation.anatomy.array.copy()
    changed[box][sac.free] = np.where(cord, np.uint8(SPINAL_CORD), np.uint8(CSF))[sac.free]
    return replace(
        segmentation,
        anatomy=like(segmentation.anatomy, changed),
        cord_outline_mm=float(np.sort(sac.spacing)[1]),  # within a slice
        cord_probability=None,  # of the cord that the network saw, and which this is not
    )


def _sac(segmentation: Segmentation, volume: Volume, box: Box) -> _Sac:
    spacing = spacing_mm(segmentation.anatomy)
    labels, lesion = segmentation.anatomy.array[box], segmentation.lesions.array[box] > 0
    free = np.isin(labels, (SPINAL_CORD, CSF)) & ~lesion & _above_conus(segmentation, box)
    reference = free & (ndimage.distance_transform_edt(~lesion, sampling=spacing) > _CLEAR_MM)
    cross = _cross(spacing)
    fluid = reference & ndimage.binary_erosion(labels == CSF, cross)
    image = _evened(np.asarray(volume.image.array[box], dtype=np.float64), fluid)
    sigma = _NOISE_MM / spacing
    sigma[int(np.argmax(spacing))] = 0.0
    return _Sac(
        labels=labels, image=ndimage.gaussian_filter(image, sigma), free=free, reference=reference, cross=cross,
        spacing=spacing, long_axis=int(np.argmax(np.abs(np.asarray(segmentation.anatomy.affine)[2, :3]) / spacing)),
    )  # fmt: skip


def _evened(image: Values, fluid: Mask) -> Values:
    """Image divided by the shading that its fluid shows: a receiver coil sees less of what lies farther away.

    The logarithm of the fluid is fitted by a parabola along each axis.
    """
    index = np.argwhere(fluid)
    grey = image[fluid]
    bright = grey > 0
    if np.count_nonzero(bright) < 50:  # voxels for seven coefficients
        return image
    centre, scale = index.mean(axis=0), np.maximum(np.ptp(index, axis=0) / 2.0, 1.0)
    axes = [(np.arange(size) - middle) / half for size, middle, half in zip(image.shape, centre, scale, strict=True)]
    at = (index[bright] - centre) / scale
    terms = np.concatenate([np.ones((len(at), 1)), at, at**2], axis=1)
    fit = np.linalg.lstsq(terms, np.log(grey[bright]), rcond=None)[0]
    curves = [fit[1 + axis] * own + fit[4 + axis] * own**2 for axis, own in enumerate(axes)]
    shading = curves[0][:, None, None] + curves[1][:, None] + curves[2]
    # Beyond the fluid's own range a parabola says nothing.
    low, high = (float(np.quantile(terms[:, 1:] @ fit[1:], q)) for q in (0.0, 1.0))
    evened: Values = image / np.exp(np.clip(shading, low, high))
    return evened


def _cord(sac: _Sac) -> Mask | None:
    """Voxels of the sac with the cord's grey; None where this is not told, or the network's cord is not found again."""
    own = sac.free & (sac.labels == SPINAL_CORD)
    limit = _between(
        sac.image[sac.reference & ndimage.binary_erosion(own, sac.cross)],
        sac.image[sac.reference & ~ndimage.binary_dilation(own, sac.cross)],
        voxel_mm3=float(np.prod(sac.spacing)),
    )
    if limit is None:
        return None
    near = ndimage.distance_transform_edt(~own, sampling=sac.spacing) <= _KEPT_MM
    seen = sac.free & limit.first_side(sac.image) & (near | _hidden(own, sac))
    cord = _pieces(ndimage.binary_opening(seen, sac.cross))
    return cord if _dice(cord & sac.reference, own & sac.reference) >= _LEAST_AGREEMENT else None


def _hidden(own: Mask, sac: _Sac) -> Mask:
    """Planes across the body on which much less of the network's cord is left than away from the lesion."""
    across = tuple(axis for axis in range(3) if axis != sac.long_axis)
    area = np.count_nonzero(own, axis=across)
    clear = np.any(own & sac.reference, axis=across)
    usual = float(np.median(area[clear])) if clear.any() else 0.0
    return np.expand_dims(area < _KEPT_SHARE * usual, across)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limit:
    """Grey half way between two tissues, and which side the first one lies on."""

    grey: float
    first_is_darker: bool

    def first_side(self, image: Values) -> Mask:
        """Voxels on the side of the first tissue."""
        return image < self.grey if self.first_is_darker else image > self.grey


def _between(first: Values, second: Values, *, voxel_mm3: float) -> _Limit | None:
    """Limit between the greys of two tissues; None where one is hardly seen, or they are too much alike."""
    if min(first.size, second.size) * voxel_mm3 < _LEAST_REFERENCE_MM3:
        return None
    middle = [float(np.median(greys)) for greys in (first, second)]
    spread = [
        _MAD_TO_SD * float(np.median(np.abs(greys - own))) for greys, own in zip((first, second), middle, strict=True)
    ]
    if abs(middle[1] - middle[0]) <= _LEAST_CONTRAST * float(np.linalg.norm(spread)):
        return None
    return _Limit(grey=0.5 * (middle[0] + middle[1]), first_is_darker=middle[0] < middle[1])


def _dice(first: Mask, second: Mask) -> float:
    sizes = int(np.count_nonzero(first)) + int(np.count_nonzero(second))
    return 2 * int(np.count_nonzero(first & second)) / max(1, sizes)


def _pieces(mask: Mask) -> Mask:
    """Connected pieces that are not small beside the largest."""
    parts, count = ndimage.label(mask, structure=np.ones((3, 3, 3), dtype=bool))
    if count <= 1:
        return mask
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    kept: Mask = (sizes >= _LEAST_PIECE * sizes.max())[parts]
    return kept & mask


def _above_conus(segmentation: Segmentation, box: Box) -> Mask:
    """Voxels above every one of the cauda equina, whose roots are grey, too."""
    labels, affine = segmentation.anatomy.array, np.asarray(segmentation.anatomy.affine)
    height = sum(
        affine[2, axis] * np.arange(side.start, side.stop).reshape([-1 if one == axis else 1 for one in range(3)])
        for axis, side in enumerate(box)
    )
    cauda = np.argwhere(labels == CAUDA_EQUINA)
    top = float((cauda @ affine[2, :3]).max()) if len(cauda) else -np.inf
    above: Mask = np.asarray(height > top)
    return above


def _box(mask: Mask, spacing: Values) -> Box:
    (found,) = ndimage.find_objects(mask.astype(np.uint8))
    margin = np.ceil(_AROUND_MM / spacing).astype(int)
    return tuple(
        slice(max(0, side.start - int(more)), min(size, side.stop + int(more)))
        for side, more, size in zip(found, margin, mask.shape, strict=True)
    )


def _cross(spacing: Values) -> Mask:
    """A voxel and its four neighbours within the slice."""
    cross: Mask = np.asarray(ndimage.generate_binary_structure(3, 1))
    np.moveaxis(cross, int(np.argmax(spacing)), 0)[[0, 2]] = False
    return cross
