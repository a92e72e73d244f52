"""Spine-Mets-CT-SEG folder (CT, one multi-frame SEG a patient) -> SourceCases; the set has no lesion masks."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from spineseg.datasets.dicomseg import DicomPair, find_pairs, read_segment_places, segment_values
from spineseg.datasets.sourcecase import SourceCase, image_reader, pseudonym
from spineseg.domain.dataset import Names, Structure
from spineseg.domain.volume import Modality
from spineseg.errors import SettingsError


def find(src: Path) -> list[SourceCase]:
    """Pairs of a CT and the SEG that refers to it.

    Raises
    ------
    SettingsError
        There is no SEG below the folder.
    """
    pairs = find_pairs(src)
    if not pairs:
        raise SettingsError("no Spine-Mets-CT-SEG set here", str(src), "give the folder that the TCIA client wrote")
    return [_case(pair) for pair in pairs]


def _case(pair: DicomPair) -> SourceCase:
    series = pair.series or pair.seg.parent / "series of the SEG"
    patient = re.sub(r"[^A-Za-z0-9-]", "_", pair.patient_id)
    return SourceCase(
        name=f"{patient}-{pseudonym(pair.series_instance_uid or str(pair.seg))[:6]}",
        patient=pair.patient_id,  # the collection's own pseudonym
        modality=Modality.CT,
        files=(series, pair.seg),
        read_image=image_reader(series, Modality.CT),
        read_labels=partial(read_segment_places, pair.seg),
        values=segment_values(pair.seg, {}),
        labelled=(Structure.VERTEBRA,),
        names=Names.GIVEN,
        complete_ends=False,  # only T1 to L5 were seen; what lies beyond is not labelled
    )
