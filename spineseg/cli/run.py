"""`spineseg run STUDY -o OUT`: the main job, and a short table of what it found."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from spineseg.cli.progress import stages
from spineseg.cli.segmenters import add_segmenter_options, make_segmenter
from spineseg.errors import EXIT_DONE, SettingsError

if TYPE_CHECKING:
    from spineseg.domain.escc import EsccResult
    from spineseg.domain.findings import LesionFinding
    from spineseg.pipeline import RunResult

# Where routers put the folders (mercure; MONAI Deploy; shared/integration/calling-conventions.md).
INPUT_VARIABLES = ("MERCURE_IN_DIR", "HOLOSCAN_INPUT_PATH", "MONAI_INPUTPATH")
OUTPUT_VARIABLES = ("MERCURE_OUT_DIR", "HOLOSCAN_OUTPUT_PATH", "MONAI_OUTPUTPATH")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser("run", parents=[common], help="analyse a study folder and write every result")
    parser.add_argument("study", type=Path, nargs="?", metavar="STUDY", help="folder with the DICOM files of one study")
    parser.add_argument("-o", "--out", type=Path, metavar="OUT", help="folder for the results")
    add_segmenter_options(parser)
    parser.add_argument(
        "--lesions", type=Path, metavar="SEG_OR_IMAGE",
        help="lesion mask drawn or corrected by a person (DICOM SEG, NIfTI, NRRD, MHA); replaces the network's lesions",
    )  # fmt: skip
    parser.add_argument(
        "--prior",
        type=Path,
        metavar="SR_OR_OUT",
        help="report.sr.dcm or OUT folder of an earlier study to compare with",
    )
    parser.add_argument("--clinical", type=Path, metavar="FACTS.yaml", help="what the clinic knows: see spineseg facts")
    parser.add_argument(
        "--seg-type", choices=("binary", "labelmap", "labelmap-jpegls"), default="binary",
        help="encoding of the DICOM SEG: binary (every archive takes it) or label map (far smaller, RLE or JPEG-LS)",
    )  # fmt: skip
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Analyse one study."""
    study = arguments.study or _from_environment(
        INPUT_VARIABLES, "no study given", "name a folder: spineseg run STUDY -o OUT"
    )
    out = arguments.out or _from_environment(OUTPUT_VARIABLES, "no output folder given", "add -o OUT")
    with stages("spineseg run") as on_stage:
        on_stage("start")
        from datetime import datetime

        from spineseg.pipeline import GivenFiles, run_study
        from spineseg.reporting.seg_type import SegType

        segmenter = make_segmenter(arguments)
        given = GivenFiles(lesions=arguments.lesions, prior=arguments.prior, clinical=arguments.clinical)
        result = run_study(
            study, out, segmenter, now=datetime.now().astimezone(), given=given,
            seg_type=SegType(arguments.seg_type), on_stage=on_stage,
        )  # fmt: skip
    _print_result(result, out)
    return EXIT_DONE


def _from_environment(names: tuple[str, ...], what: str, remedy: str) -> Path:
    for name in names:
        if os.environ.get(name):
            return Path(os.environ[name])
    raise SettingsError(what, remedy=remedy)


def _print_result(result: RunResult, out: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    from spineseg.domain.findings import LesionOrigin
    from spineseg.domain.quality import QUALITY_TEXT

    console = Console()
    if result.findings.lesions:
        drawn = all(lesion.origin is LesionOrigin.MANUAL for lesion in result.findings.lesions)
        followed = ("since prior",) if result.findings.prior_study_instance_uid else ()
        table = Table(
            "lesion", "level", "compartment", "approx. ESCC (range)", "volume", *followed,
            title=f"{'Lesions drawn by a person' if drawn else 'Suspected lesions'}, worst first",
        )  # fmt: skip
        for number, lesion in enumerate(result.findings.lesions, start=1):
            table.add_row(str(number), *_row(lesion), *(_since_prior(lesion) for _ in followed))
        console.print(table)
    for gone in result.findings.vanished:
        where = ", ".join(gone.levels) or "level not known"
        console.print(f"- not found any more: lesion of the prior study at {where}", markup=False, highlight=False)
    for text in dict.fromkeys(QUALITY_TEXT[note.code] for note in result.findings.quality):
        console.print(f"- {text}", markup=False, highlight=False)
    console.print(f"files: {', '.join(path.name for path in result.files)}", markup=False, highlight=False)
    page = (out / "report.html").resolve()
    console.print(f"report: {page}", markup=False, highlight=False, soft_wrap=True)


def _row(lesion: LesionFinding) -> tuple[str, str, str, str]:
    return (
        ", ".join(lesion.levels) or "not known",
        lesion.compartment.value.replace("_", " "),
        _grade(lesion.escc),
        f"{lesion.volume_mm3 / 1000:.1f} mL",
    )


def _grade(escc: EsccResult) -> str:
    from spineseg.domain.escc import ESCC_RANK

    point = escc.point.value.replace("_", " ")
    interval = "" if escc.low not in ESCC_RANK else f" ({escc.low.value} to {escc.high.value})"
    reason = "" if escc.reason is None else f", {escc.reason.value.replace('_', ' ')}"
    return f"{point}{interval}{reason}"


def _since_prior(lesion: LesionFinding) -> str:
    prior = lesion.prior
    if prior is None:
        return "not compared"
    if prior.volume_change_pct is None or prior.volume_doubt_pct is None:
        return prior.change.value
    return f"{prior.change.value} ({prior.volume_change_pct:+.0f} % ± {prior.volume_doubt_pct:.0f} %)"
