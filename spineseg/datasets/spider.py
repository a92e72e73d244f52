"""SPIDER folder (lumbar MRI, .mha) -> SourceCases: vertebrae and discs are numbered from the bottom."""

from __future__ import annotations

import csv
from pathlib import Path

from spineseg.datasets.sourcecase import SourceCase, image_reader, label_reader, stem
from spineseg.domain import labels
from spineseg.domain.dataset import NOT_KNOWN, Names, Split, Structure
from spineseg.domain.volume import Modality
from spineseg.errors import SettingsError

_L5 = labels.VERTEBRA_VALUES["L5"]
_CANAL, _PARTLY, _DISCS = 100, 100, 200
# 1 = L5 upwards to 24 = C1; the name holds only where there are five lumbar vertebrae, which the mask cannot tell.
VALUES: dict[int, int] = {
    **{k: _L5 + 1 - k for k in range(1, 25)},
    25: NOT_KNOWN,
    _CANAL: labels.SPINAL_CANAL,
    **{_PARTLY + k: _L5 + 1 - k for k in range(1, 25)},
    125: NOT_KNOWN,
    **{_DISCS + k: labels.DISC_OFFSET + _L5 + 1 - k for k in range(1, 25)},
    225: NOT_KNOWN,
}
ASSUMED = "names counted from the lowest vertebra, taken for L5"


def find(src: Path) -> list[SourceCase]:
    """Series of `images/` with the masks of the same name.

    Raises
    ------
    SettingsError
        The folder has no images/*.mha.
    """
    images = sorted((src / "images").glob("*.mha"))
    if not images:
        raise SettingsError("no SPIDER set here", str(src), "give the folder that holds images/ and masks/")
    splits = _splits(src / "overview.csv")
    return [_case(image, src / "masks" / image.name, splits) for image in images]


def _case(image: Path, mask: Path, splits: dict[str, Split]) -> SourceCase:
    name = stem(image)
    return SourceCase(
        name=name,
        patient=name.split("_")[0],  # T1, T2 and SPACE of one patient share the number
        modality=Modality.MR,
        files=(image, mask),
        read_image=image_reader(image, Modality.MR),
        read_labels=label_reader(mask),
        values=VALUES,
        labelled=(Structure.VERTEBRA, Structure.DISC, Structure.CANAL),
        names=Names.ASSUMED,
        complete_ends=False,  # cut vertebrae are left out or marked 101-125, as the annotator chose
        split=splits.get(name),
        notes=(ASSUMED,),
    )


def _splits(overview: Path) -> dict[str, Split]:
    """Official subset by file name; columns are looked up by name, since their order is not documented."""
    if not overview.is_file():
        return {}
    with overview.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    known = {split.value: split for split in Split}
    return {row["new_file_name"]: known[row["subset"]] for row in rows if row.get("subset") in known}
