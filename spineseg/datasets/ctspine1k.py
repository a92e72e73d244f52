"""CTSpine1K folder (CT) -> SourceCases: dotted file names, splits in a text file."""

from __future__ import annotations

from pathlib import Path

from spineseg.datasets.sourcecase import SourceCase, image_reader, label_reader, stem
from spineseg.domain.dataset import Names, Split, Structure
from spineseg.domain.volume import Modality
from spineseg.errors import SettingsError

VALUES = {value: value for value in range(1, 26)}  # C1 to L6; no sacrum
_HEADERS = {"trainset": Split.TRAINING, "test_public": Split.VALIDATION, "test_private": Split.TEST}


def find(src: Path) -> list[SourceCase]:
    """Volumes of every sub-collection, under `raw_data/` or at the top.

    Raises
    ------
    SettingsError
        There is no volumes/ folder.
    """
    root = src / "raw_data" if (src / "raw_data").is_dir() else src
    images = sorted((root / "volumes").glob("*/*.nii.gz"))
    if not images:
        raise SettingsError("no CTSpine1K set here", str(src), "give the folder that holds raw_data/volumes")
    splits = _splits(src / "metadata" / "data_split.txt")
    return [_case(image, root / "labels" / image.parent.name, splits) for image in images]


def _case(image: Path, masks: Path, splits: dict[str, Split]) -> SourceCase:
    name = stem(image)  # 1.3.6.1.4.1.9328.50.4.0001: everything behind a dot belongs to it
    mask = masks / f"{name}_seg.nii.gz"
    return SourceCase(
        name=name,
        patient=name,
        modality=Modality.CT,
        files=(image, mask),
        read_image=image_reader(image, Modality.CT),
        read_labels=label_reader(mask),
        values=VALUES,
        labelled=(Structure.VERTEBRA,),
        names=Names.GIVEN,
        complete_ends=True,  # cut vertebrae are labelled, unlike in VerSe
        split=splits.get(name),
        notes=(f"sub-collection {image.parent.name}: it has terms of its own",),
    )


def _splits(path: Path) -> dict[str, Split]:
    """File names under the headers `trainset:`, `test_public:` and `test_private:`."""
    if not path.is_file():
        return {}
    result: dict[str, Split] = {}
    current: Split | None = None
    for line in path.read_text(encoding="utf-8").splitlines():
        word = line.strip()
        if word.rstrip(":") in _HEADERS:
            current = _HEADERS[word.rstrip(":")]
        elif word and current is not None:
            result[stem(Path(word)).removesuffix("_seg")] = current
    return result
