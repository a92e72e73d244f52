"""Images and masks of a result -> slices as acquired, as PNG with or without outlines."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.findings import Findings
from spineseg.domain.prior import PriorMasks
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import Modality, Volume, like, sample_at, spacing_mm, to_index, to_patient
from spineseg.errors import InputError
from spineseg.ingest import discover, load_study
from spineseg.reporting.drawing import display_window, draw_plane
from spineseg.reporting.outlines import structures_in
from spineseg.reporting.planes import Plane
from spineseg.reporting.wording import doubtful_names
from spineseg.segmentation.prior import read_prior_masks

_LONGER_SIDE = 640  # of a picture [pixels], so that it fits into 1280 x 720 beside the findings [P]
_MOST_KEPT = 2  # studies in memory; a CT of 300 slices takes 0.3 GB [P]
_WINDOW_VOXELS = 1_000_000  # that a window is taken from [P]
_MATCHING_POINTS = 2000  # of a lesion that are looked up in another series; more change nothing [P]
_NOBODY = AlgorithmIdentity(name="", version="", segmenter="")  # outlines do not ask who drew the masks


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stack:
    """One analysed series.

    Parameters
    ----------
    title
        Without the series' free-text description: it may hold patient data.
    masks
        None where the run left none for this series.
    window : (lowest, highest)
        Values that are told apart, the same on every slice.
    elsewhere
        Number in the masks -> tracking UID of the same lesion on the series that it was measured on.
    """

    title: str
    volume: Volume
    masks: PriorMasks | None
    window: tuple[float, float]
    elsewhere: Mapping[int, tuple[str, ...]]

    @property
    def count(self) -> int:
        """Number of slices."""
        return int(self.volume.image.spatial_shape[0])

    def start(self, findings: Findings) -> int:
        """Slice to show first: through the worst lesion that this series was measured on, else the middle one."""
        for lesion in findings.lesions:
            point = lesion.escc.decisive_point_mm
            if lesion.series_instance_uid == self.volume.series_instance_uid and point is not None:
                index = to_index(self.volume.image, np.array(point))
                return int(np.clip(round(float(index[0])), 0, self.count - 1))
        return self.count // 2

    def png(self, number: int, findings: Findings, *, outlines: bool) -> bytes:
        """One slice.

        Parameters
        ----------
        number
            From 0 to `count` - 1.
        findings
            For the numbers of the lesions and the levels that are in doubt.
        """
        plane = _acquired_plane(self.volume, number)
        outside = -1024.0 if self.volume.modality is Modality.CT else 0.0  # air [HU]
        values = sample_at(self.volume.image, plane.points, order=1, outside=outside).astype(np.float32)
        low, high = self.window
        grey = (np.clip((values - low) / max(high - low, 1e-6), 0, 1) * 255).astype(np.uint8)
        segmentation = _segmentation(self) if outlines else None
        structures = (
            []
            if segmentation is None
            else structures_in(
                plane, segmentation, doubtful_names(findings, self.volume.series_instance_uid), self._ranks(findings)
            )
        )
        buffer = io.BytesIO()
        Image.fromarray(draw_plane(grey, plane, structures)).save(buffer, "PNG", compress_level=3)
        return buffer.getvalue()

    def _ranks(self, findings: Findings) -> dict[int, int]:
        """Number in the masks -> number in the report as it is now."""
        ranks = {lesion.tracking_uid: rank for rank, lesion in enumerate(findings.lesions, start=1)}
        own = {} if self.masks is None else self.masks.tracking_uids
        found: dict[int, int] = {}
        for number, uids in (*((number, (uid,)) for number, uid in own.items()), *self.elsewhere.items()):
            for uid in uids:
                if uid in ranks:
                    found.setdefault(number, ranks[uid])
        return found


class Stacks:
    """Stacks of the studies that were looked at last, read once for all browsers."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Path, Path], tuple[Stack, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, images: Path, result: Path, findings: Findings) -> tuple[Stack, ...]:
        """Stacks of a result, the series of the worst lesion first.

        Parameters
        ----------
        images
            Folder of the images as received.
        result
            Folder of the run that left the masks.

        Raises
        ------
        InputError
            The images are gone or cannot be read.
        """
        with self._lock:
            key = (images, result)
            if key not in self._kept:
                self._kept[key] = _read(images, result)
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
            stacks = self._kept[key]
        worst = findings.lesions[0].series_instance_uid if findings.lesions else ""
        return tuple(sorted(stacks, key=lambda one: one.volume.series_instance_uid != worst))


def _read(images: Path, result: Path) -> tuple[Stack, ...]:
    if not images.is_dir():
        raise InputError("the images are not there any more", remedy="send the study again")
    (study, *others) = discover(images)
    if others:
        raise InputError("the folder holds several studies", remedy="send the study again")
    masks = {one.series_instance_uid: one for one in read_prior_masks(result)}
    _, loaded = load_study(study)
    frames = {volume.series_instance_uid: volume.image.frame_of_reference_uid for _, volume in loaded}
    return tuple(
        Stack(
            title=_title(chosen.series.series_number, volume),
            volume=volume,
            masks=masks.get(volume.series_instance_uid),
            window=display_window(_thinned(volume), volume.modality),
            elsewhere=_elsewhere(volume, masks, frames),
        )
        for chosen, volume in loaded
    )


def _elsewhere(
    volume: Volume, masks: Mapping[str, PriorMasks], frames: Mapping[str, str | None]
) -> dict[int, tuple[str, ...]]:
    """Lesions of a series by where those of others in its frame of reference lie, as the report's pictures do."""
    here = masks.get(volume.series_instance_uid)
    found: dict[int, tuple[str, ...]] = {}
    if here is None or here.lesions is None:
        return found
    for series, other in masks.items():
        same_frame = frames.get(series) == volume.image.frame_of_reference_uid
        if other is here or other.lesions is None or not same_frame:
            continue
        for number, uid in other.tracking_uids.items():
            index = np.argwhere(other.lesions.array == number)
            points = to_patient(other.lesions, index[:: 1 + len(index) // _MATCHING_POINTS])
            counts = np.bincount(sample_at(here.lesions, points, order=0).astype(np.intp), minlength=2)[1:]
            if counts.any():
                place = int(counts.argmax()) + 1
                found[place] = (*found.get(place, ()), uid)
    return found


def _title(number: int | None, volume: Volume) -> str:
    role = "CT" if volume.modality is Modality.CT else volume.role.value.replace("_", " ")
    return f"series {'without number' if number is None else number} ({role})"


def _thinned(volume: Volume) -> NDArray[np.generic]:
    array = volume.image.array
    step = max(1, round((array.size / _WINDOW_VOXELS) ** (1 / 3)))
    return array[::step, ::step, ::step]


def _segmentation(stack: Stack) -> Segmentation | None:
    """Masks as outlines are found in; they lie on grids of their own and are looked up by patient position."""
    masks = stack.masks
    if masks is None or masks.anatomy is None:
        return None
    empty = like(masks.anatomy, np.zeros(tuple(masks.anatomy.spatial_shape), np.uint8))
    return Segmentation(
        anatomy=masks.anatomy, subregions=empty, lesions=empty if masks.lesions is None else masks.lesions,
        modality=stack.volume.modality, role=stack.volume.role,
        series_instance_uid=stack.volume.series_instance_uid, algorithm=_NOBODY,
    )  # fmt: skip


def _acquired_plane(volume: Volume, number: int) -> Plane:
    """A slice as it was acquired, on square pixels."""
    _, rows, columns = volume.image.spatial_shape
    spacing = spacing_mm(volume.image)
    pixel = float(max(rows * spacing[1], columns * spacing[2])) / _LONGER_SIDE
    down = (np.arange(max(1, round(rows * spacing[1] / pixel))) + 0.5) * pixel / spacing[1] - 0.5
    along = (np.arange(max(1, round(columns * spacing[2] / pixel))) + 0.5) * pixel / spacing[2] - 0.5
    index = np.empty((len(down), len(along), 3))
    index[..., 0], index[..., 1], index[..., 2] = number, down[:, None], along[None, :]
    steps = np.asarray(volume.image.affine, dtype=np.float64)[:3, :3]
    letters = (_letter(-steps[:, 2]), _letter(steps[:, 2]), _letter(-steps[:, 1]), _letter(steps[:, 1]))
    return Plane(points=to_patient(volume.image, index), pixel_mm=pixel, letters=letters, description="as acquired")


def _letter(direction: NDArray[np.float64]) -> str:
    """Patient direction that a vector in LPS points to most."""
    axis = int(np.argmax(np.abs(direction)))
    return ("LPH" if direction[axis] > 0 else "RAF")[axis]
