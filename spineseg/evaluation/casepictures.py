"""Image + masks + reference labels -> PNG: mid-sagittal and one axial plane with both outlines."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.measure import find_contours

from spineseg.domain.labels import LEVEL_ORDER
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import LabelMap, Volume, like, sample_at, to_patient
from spineseg.reporting.drawing import compose, draw_plane, grey_values
from spineseg.reporting.outlines import Structure, structures_in
from spineseg.reporting.planes import Plane, axial_plane, canal_line, sagittal_plane

# The report's banner is for readers of reports, and wider than these pictures.
_BANNER = "Research use only. Not a medical device."
_REFERENCE_RGB = (255, 80, 255)  # magenta: no structure of ours has it
_REFERENCE_WIDTH = 1.2  # pixels
# A whole list's pictures should fit in a few megabytes [P].
_WIDEST_PIXELS = 1000


def draw_case(
    volume: Volume, found: Segmentation, references: Sequence[LabelMap], *, title: str, subtitle: str
) -> bytes:
    """PNG of one case; found structures in the report's colours, references in magenta.

    Parameters
    ----------
    references
        Label maps on the grid of `volume`.
    """
    shown = _everything(found, references)
    line = canal_line(shown)
    planes = [
        sagittal_plane(volume.image, shown, line),
        axial_plane(volume.image, line, _middle(shown)),
    ]
    doubtful = LEVEL_ORDER if found.outline_mm > 0 else ()  # names counted on a network's masks are all assumed
    panels, legend = [], []
    for plane in planes:
        structures = [*structures_in(plane, found, doubtful, {}), *_outlines(plane, references)]
        panels.append(draw_plane(grey_values(volume, plane), plane, structures))
        legend += structures
    picture = compose(panels, title=title, subtitle=subtitle, structures=legend, banner=_BANNER)
    return _png(picture)


def _everything(found: Segmentation, references: Sequence[LabelMap]) -> LabelMap:
    """Anatomy with the references where nothing was found: the planes must show both."""
    both = found.anatomy.array.copy()
    for reference in references:
        both = np.where(both == 0, (reference.array > 0).astype(np.uint8), both)
    return like(found.anatomy, both)


def _middle(shown: LabelMap) -> NDArray[np.float64]:
    """Middle of what is labelled, of the whole image where nothing is: (3,) [mm, LPS]."""
    index = np.argwhere(shown.array)
    middle = index.mean(axis=0) if len(index) else (np.array(shown.spatial_shape) - 1) / 2
    return to_patient(shown, middle)


def _outlines(plane: Plane, references: Sequence[LabelMap]) -> list[Structure]:
    contours: list[NDArray[np.float64]] = []
    for reference in references:
        cut = sample_at(reference, plane.points, order=0).astype(np.uint8)
        for value in np.unique(cut[cut > 0]).tolist():
            # A rim of zeros closes outlines that the picture's edge cuts.
            mask = np.pad(cut == value, 1).astype(np.float32)
            contours += [one - 1 for one in find_contours(mask, 0.5)]  # type: ignore[no-untyped-call] # typed in part
    if not contours:
        return []
    return [
        Structure(
            name="reference", label="", anchor=(0, 0), contours=tuple(contours), rgb=_REFERENCE_RGB,
            width=_REFERENCE_WIDTH,
        )
    ]  # fmt: skip


def _png(picture: NDArray[np.uint8]) -> bytes:
    image = Image.fromarray(picture)
    image.thumbnail((_WIDEST_PIXELS, _WIDEST_PIXELS))
    stream = io.BytesIO()
    image.quantize(method=Image.Quantize.FASTOCTREE).save(stream, format="PNG", optimize=True)
    return stream.getvalue()
