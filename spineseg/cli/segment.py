"""`spineseg segment IMAGE -o LABELS.nii.gz`: masks of one image file or series folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from spineseg.cli.progress import stages
from spineseg.cli.segmenters import add_segmenter_options, make_segmenter
from spineseg.errors import EXIT_DONE

IMAGE_SUFFIXES = (".nii.gz", ".nii", ".mha", ".mhd", ".nrrd")


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
    with stages("spineseg segment") as on_stage:
        on_stage("load")
        from spineseg.files import prepare_folder
        from spineseg.imagejob import label_suffix, lesion_file, load_image, save_labels, segment_volume

        label_suffix(arguments.out)
        volume = load_image(arguments.image, arguments.modality)
        prepare_folder(arguments.out.parent)
        on_stage("segment")
        result = segment_volume(volume, make_segmenter(arguments))
        on_stage("write")
        save_labels(result, arguments.out)
    for text in result.notes:
        print(f"- {text}")
    print(f"labels: {arguments.out.resolve()}")
    print(f"lesions: {lesion_file(arguments.out).resolve()}")
    return EXIT_DONE
