"""`spineseg segment IMAGE -o LABELS.nii.gz`: masks of one image file or series folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from spineseg.cli.progress import stages
from spineseg.cli.segmenters import add_segmenter_options, make_segmenter
from spineseg.errors import EXIT_DONE, SettingsError

if TYPE_CHECKING:
    from spineseg.domain.volume import Volume

IMAGE_SUFFIXES = (".nii.gz", ".nii", ".mha", ".mhd", ".nrrd")
LABEL_SUFFIXES = (".nii.gz", ".nii", ".mha", ".nrrd")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser("segment", parents=[common], help="segment one image file or DICOM series folder")
    parser.add_argument(
        "image", type=Path, metavar="IMAGE", help=f"{', '.join(IMAGE_SUFFIXES)} or a DICOM series folder"
    )
    parser.add_argument(
        "-o", "--out", type=Path, required=True, metavar="LABELS",
        help="label file to write (.nii.gz, .mha, .nrrd); lesions go beside it as LABELS-lesions",
    )  # fmt: skip
    parser.add_argument(
        "--modality", choices=("MR", "CT"), help="of an image file, where it cannot be told from its values"
    )
    add_segmenter_options(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Segment one image and write its label maps."""
    suffix = _suffix(arguments.out)
    with stages("spineseg segment") as on_stage:
        on_stage("load")
        from spineseg.files import prepare_folder
        from spineseg.pipeline import segment_volume

        volume = _load(arguments.image, arguments.modality)
        prepare_folder(arguments.out.parent)
        on_stage("segment")
        result = segment_volume(volume, make_segmenter(arguments))
        on_stage("write")
        from spineseg.ingest import save_label_map

        save_label_map(result.anatomy, arguments.out)
        lesion_file = arguments.out.with_name(arguments.out.name.removesuffix(suffix) + "-lesions" + suffix)
        save_label_map(result.lesions, lesion_file)
    for text in result.notes:
        print(f"- {text}")
    print(f"labels: {arguments.out.resolve()}")
    print(f"lesions: {lesion_file.resolve()}")
    return EXIT_DONE


def _suffix(path: Path) -> str:
    for suffix in LABEL_SUFFIXES:
        if path.name.endswith(suffix):
            return suffix
    raise SettingsError(
        "unknown kind of label file", path.name, f"end the name with one of {', '.join(LABEL_SUFFIXES)}"
    )


def _load(image: Path, modality: str | None) -> Volume:
    from spineseg.domain.volume import Modality
    from spineseg.errors import UnreadableStudyError
    from spineseg.pipeline import load_series_folder

    if not image.exists():
        raise UnreadableStudyError("no such file or folder", str(image), "check the path")
    if image.is_dir():
        return load_series_folder(image)
    from spineseg.ingest import load_image_file

    return load_image_file(image, modality=None if modality is None else Modality(modality))
