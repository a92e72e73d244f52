"""`spineseg train`: train one network on phantoms and, if asked, put its weights into a bundle."""

from __future__ import annotations

import argparse
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spineseg.errors import EXIT_DONE, SettingsError

if TYPE_CHECKING:
    import numpy as np
    import torch

    from spineseg.phantom.contrasts import Contrast
    from spineseg.segmentation.augmentation import TrainingSample
    from spineseg.segmentation.settings import StageSettings
    from spineseg.segmentation.stream import SampleSource
    from spineseg.segmentation.training import Score, TrainingResult

STAGES = ("anatomy", "lesions")
_TORCHRUN = (("RANK", "0"), ("WORLD_SIZE", "1"), ("LOCAL_RANK", "0"))
# Lesions are looked for on axial T2 first: more than half of the MR phantoms of that network [P].
_T2_FACTOR = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhantomSource:
    """Seed -> TrainingSample of a phantom; a share of the seeds gives coarse samples for the localiser."""

    stage: str
    patch_voxels: tuple[int, int, int]
    spacing_mm: float
    coarse_spacing_mm: float
    coarse_share: float
    modality: str | None = None

    def __call__(self, seed: int) -> TrainingSample:
        """Sample of a seed; the same seed gives the same sample."""
        import numpy as np

        from spineseg.phantom.samples import draw_sample
        from spineseg.segmentation.augmentation import TrainingSample

        rng = np.random.default_rng([seed, 1_000_003])  # a stream that the phantom does not use
        coarse = rng.random() < self.coarse_share
        # Scanners and patients differ in size: 12 % around the spacing that inference resamples to. Proposal [P].
        spacing = (self.coarse_spacing_mm if coarse else self.spacing_mm) * rng.uniform(0.88, 1.12)
        drawn = draw_sample(
            seed, shape=self.patch_voxels, spacing_mm=spacing, stage=self.stage, contrast=self._contrast(rng)
        )
        return TrainingSample(
            image=drawn.image,
            anatomy=drawn.anatomy,
            subregions=drawn.subregions,
            lesions=drawn.lesions,
            modality=drawn.modality,
        )

    def _contrast(self, rng: np.random.Generator) -> Contrast | None:
        """None for any; the lesion network learns from MR only, as it is used."""
        if self.modality is None:
            return None
        import numpy as np

        from spineseg.phantom.contrasts import Contrast
        from spineseg.phantom.samples import CONTRAST_SHARES

        fitting = [contrast for contrast in CONTRAST_SHARES if contrast.modality.value == self.modality]
        shares = np.array([CONTRAST_SHARES[contrast] for contrast in fitting])
        if self.stage == "lesions" and Contrast.T2 in fitting:
            shares[fitting.index(Contrast.T2)] *= _T2_FACTOR
        return fitting[int(rng.choice(len(fitting), p=shares / shares.sum()))]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser("train", parents=[common], help="train a network on synthetic spines")
    parser.add_argument("--config", type=Path, required=True, metavar="YAML", help="settings, see configs/train.yaml")
    parser.add_argument("--stage", choices=STAGES, required=True, help="which network")
    parser.add_argument("-o", "--out", type=Path, metavar="FOLDER", help="checkpoint and curves; not with --dry-run")
    parser.add_argument("--minutes", type=float, metavar="M", help="budget, instead of the one in the settings")
    parser.add_argument(
        "--backgrounds",
        type=Path,
        metavar="DIR",
        help="healthy real images made by scripts/backgrounds; synthetic tumours are put into them (stage lesions)",
    )
    parser.add_argument(
        "--validation",
        type=Path,
        metavar="DIR",
        help="labelled real images of configs/validation.yaml; the weights that score best on them are kept (anatomy)",
    )
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in FOLDER")
    parser.add_argument(
        "--dry-run", action="store_true", help="a few steps: memory, time and waiting; nothing is written or kept"
    )
    parser.add_argument("--export", type=Path, metavar="BUNDLE", help="write the weights into this bundle")
    parser.add_argument(
        "--keep-start",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="with --export: this share of the weights that the training started from (default 0)",
    )
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Train, then export; with --minutes 0 export what the checkpoint holds."""
    if arguments.dry_run:
        return _dry_run(arguments.config, arguments.stage, arguments.backgrounds)
    if arguments.out is None:
        raise SettingsError("name a folder for the training", "train", "give -o FOLDER, or --dry-run")
    if arguments.keep_start:
        _check_start(arguments)
    result = train_stage(
        arguments.config,
        arguments.stage,
        arguments.out,
        minutes=arguments.minutes,
        resume=arguments.resume,
        backgrounds=arguments.backgrounds,
        validation=arguments.validation,
    )
    if os.environ.get("RANK", "0") != "0":
        return EXIT_DONE  # of several processes one speaks and exports
    print(f"{result.steps} steps in {result.seconds:.0f} s: {result.checkpoint}")
    for name, dice in result.dice.items():
        print(f"  {name:<20} held-out Dice {dice:.3f}")
    if arguments.export is not None:
        print(f"weights: {_export(result, arguments).resolve()}")
    return EXIT_DONE


def _check_start(arguments: argparse.Namespace) -> None:
    """Before hours are spent on a training whose export would fail."""
    from spineseg.segmentation.classes import Stage
    from spineseg.segmentation.settings import read_train_settings

    if not 0 <= arguments.keep_start <= 1:
        raise SettingsError("the share lies outside 0 to 1", "--keep-start", "give a share such as 0.5")
    if arguments.export is None:
        raise SettingsError("there is no export to keep the start in", "--keep-start", "give --export BUNDLE")
    if read_train_settings(arguments.config, Stage(arguments.stage)).start is None:
        raise SettingsError("the training starts from nothing", "--keep-start", "leave the option out")


def _dry_run(config: Path, stage: str, backgrounds: Path | None) -> int:
    from spineseg.segmentation.classes import Stage
    from spineseg.segmentation.dryrun import estimate
    from spineseg.segmentation.settings import read_train_settings

    settings = read_train_settings(config, Stage(stage))
    for line in estimate(settings, sample_source(settings, stage, backgrounds), Stage(stage)).lines():
        print(line)
    return EXIT_DONE


def train_stage(
    config: Path,
    stage: str,
    out: Path,
    *,
    minutes: float | None = None,
    resume: bool = False,
    backgrounds: Path | None = None,
    validation: Path | None = None,
) -> TrainingResult:
    """Train one network as the settings say; the bundles' train.json calls it too.

    Parameters
    ----------
    backgrounds
        Folder of healthy real images that tumours are put into; phantoms only where it is not given.
    validation
        Folder of labelled real images that choose the best weights; the last ones are kept where it is not given.

    Raises
    ------
    SettingsError
        The settings are wrong, `out` holds another training, or there are no backgrounds.
    """
    from spineseg.segmentation.classes import Stage
    from spineseg.segmentation.labelled_source import validation_of_sets
    from spineseg.segmentation.parallel import join, leave
    from spineseg.segmentation.settings import read_train_settings
    from spineseg.segmentation.training import train

    settings = read_train_settings(config, Stage(stage), minutes=minutes)
    logging.getLogger("spineseg.segmentation").setLevel(logging.INFO)
    source = sample_source(settings, stage, backgrounds)
    score = None if validation is None else real_score(settings, stage, validation)
    # Set by torchrun; one process without it.
    rank, world, local = (int(os.environ.get(name, default)) for name, default in _TORCHRUN)
    ranks = join(rank, world, local)
    try:
        return train(
            settings,
            source,
            stage=Stage(stage),
            out=out,
            resume=resume,
            score=score,
            data_validation=validation_of_sets(settings),
            ranks=ranks,
        )
    finally:
        leave()


def real_score(settings: StageSettings, stage: str, data_root: Path) -> Score:
    """Mean Dice on the validation images, and of each of their groups.

    Raises
    ------
    SettingsError
        The stage has no score on real images.
    """
    if stage != "anatomy":
        raise SettingsError("lesions have no labelled real images", "--validation", "use --stage anatomy")
    from spineseg.evaluation.checkpoint import score_anatomy
    from spineseg.evaluation.datalist import default_datalist, read_datalist
    from spineseg.segmentation.device import choose_device
    from spineseg.segmentation.inference import AnatomySegmenter

    datalist = read_datalist(default_datalist())
    device = choose_device(settings.device)
    return lambda module: score_anatomy(AnatomySegmenter(module, settings.bundle, device), datalist, data_root)


def sample_source(settings: StageSettings, stage: str, backgrounds: Path | None) -> SampleSource:
    """Phantoms, with hybrids in the share, or with converted sets by the weights, that the settings name.

    Raises
    ------
    SettingsError
        Data sets are given to the lesion network, or backgrounds to the anatomy network; a folder holds none that fits.
    """
    phantoms = PhantomSource(
        stage=stage,
        patch_voxels=settings.sample_voxels or settings.patch_voxels,
        spacing_mm=settings.spacing_mm,
        coarse_spacing_mm=settings.coarse_spacing_mm,
        coarse_share=settings.coarse_share,
        modality=settings.modality,
    )
    if settings.data:
        return _with_sets(phantoms, settings, stage)
    mixed = phantoms if backgrounds is None else _with_hybrids(phantoms, settings, stage, backgrounds)
    if settings.context_from is None or stage != "lesions":
        return mixed
    from spineseg.segmentation.seen import SeenSource

    return SeenSource(source=mixed, spacing_mm=settings.spacing_mm, bundle=settings.context_from)


def _with_sets(phantoms: SampleSource, settings: StageSettings, stage: str) -> SampleSource:
    if stage != "anatomy":
        raise SettingsError("converted sets teach the anatomy network only", "data", "take them out of `lesions`")
    from spineseg.segmentation.labelled_source import mixed_with_sets

    return mixed_with_sets(phantoms, settings)


def _with_hybrids(phantoms: SampleSource, settings: StageSettings, stage: str, backgrounds: Path) -> SampleSource:
    if stage != "lesions":
        raise SettingsError("the anatomy network learns from phantoms only", "--backgrounds", "use --stage lesions")
    from spineseg.domain.volume import Modality
    from spineseg.segmentation.backgrounds import read_backgrounds
    from spineseg.segmentation.hybrids import HybridSource, MixedSource

    modality = Modality(settings.modality) if settings.modality else None
    hybrids = HybridSource(
        backgrounds=read_backgrounds(backgrounds, modality),
        patch_voxels=settings.sample_voxels or settings.patch_voxels,
    )
    return MixedSource(first=phantoms, second=hybrids, share=settings.backgrounds_share)


def _export(result: TrainingResult, arguments: argparse.Namespace) -> Path:
    import math

    from spineseg.segmentation.bundle import export_bundle
    from spineseg.segmentation.modelcard import write_origin
    from spineseg.segmentation.training import BEST

    best = result.checkpoint.with_name(BEST)
    chosen = best if best.is_file() else result.checkpoint
    dice = {name: None if math.isnan(value) else round(value, 4) for name, value in result.dice.items()}
    facts: dict[str, object] = {
        "steps": result.steps, "minutes": round(result.seconds / 60, 1), "held_out_dice": dice
    }  # fmt: skip
    data = _real_data(arguments)
    if data:
        facts["data"] = data
    if arguments.keep_start:
        facts["kept_of_start"] = arguments.keep_start
    weights = export_bundle(_mixed_weights(chosen, arguments), arguments.export, facts=facts)
    write_origin(arguments.export)
    return weights


def _mixed_weights(chosen: Path, arguments: argparse.Namespace) -> dict[str, torch.Tensor]:
    """Averaged weights of a checkpoint, with the share of the start that is asked for."""
    from spineseg.segmentation.adoption import blended, read_start
    from spineseg.segmentation.classes import Stage
    from spineseg.segmentation.settings import read_train_settings
    from spineseg.segmentation.training import CHECKPOINT, averaged_weights

    weights = averaged_weights(chosen)
    start = read_train_settings(arguments.config, Stage(arguments.stage)).start
    if not arguments.keep_start or start is None:
        return weights
    return blended(weights, read_start(start, checkpoint=CHECKPOINT), arguments.keep_start)


def _real_data(arguments: argparse.Namespace) -> list[dict[str, object]]:
    """Every real image that taught the network, with its licence."""
    from spineseg.domain.volume import Modality
    from spineseg.segmentation.backgrounds import backgrounds_data
    from spineseg.segmentation.classes import Stage
    from spineseg.segmentation.labelled_source import training_data
    from spineseg.segmentation.settings import read_train_settings

    settings = read_train_settings(arguments.config, Stage(arguments.stage))
    data = training_data(settings)
    if arguments.backgrounds is not None:
        data += backgrounds_data(arguments.backgrounds, Modality(settings.modality) if settings.modality else None)
    return data
