"""A segmenter that finds no spine, so that an entry point can be tested in a moment."""

from __future__ import annotations

import numpy as np

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import Volume, like


class Blank:
    """Segmenter that finds no spine."""

    algorithm = AlgorithmIdentity(name="spineseg", version="0", segmenter="blank")

    def __call__(self, volume: Volume) -> Segmentation:
        """Masks of nothing."""
        empty = like(volume.image, np.zeros(tuple(volume.image.spatial_shape), np.uint8))
        note = QualityNote(code=QualityCode.NO_SPINE_FOUND, series_instance_uid=volume.series_instance_uid)
        return Segmentation(
            anatomy=empty, subregions=empty, lesions=empty, modality=volume.modality, role=volume.role,
            series_instance_uid=volume.series_instance_uid, algorithm=self.algorithm, quality=(note,),
        )  # fmt: skip
