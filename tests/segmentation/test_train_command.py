from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from spineseg.cli import main
from spineseg.cli.train import PhantomSource, sample_source
from spineseg.domain.volume import Modality
from spineseg.segmentation.bundle import build_network, export_bundle, load_network, rounded
from spineseg.segmentation.classes import Stage
from spineseg.segmentation.hybrids import MixedSource
from spineseg.segmentation.metadata import read_metadata
from spineseg.segmentation.settings import read_train_settings
from tests.segmentation.backdrops import toy_background
from tests.segmentation.conftest import REPOSITORY

SOURCE = PhantomSource(
    stage="anatomy", patch_voxels=(24, 24, 24), spacing_mm=1.5, coarse_spacing_mm=4.0, coarse_share=0.5
)


def write_settings(folder: Path, bundle: Path) -> Path:
    """Both sections, the anatomy's so small that it trains in a second."""
    content = yaml.safe_load((REPOSITORY / "configs" / "train.yaml").read_text())
    del content["anatomy"]["minutes"]
    content["anatomy"].update(
        bundle=str(bundle), patch_voxels=[16, 16, 16], steps=2, validation_cases=1, checkpoint_every=1, log_every=1
    )
    path = folder / "train.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_a_seed_is_a_phantom() -> None:
    """The same seed gives the same sample on the patch's grid, another one another patient."""
    first, again, other = (SOURCE(seed) for seed in (1, 1, 2))

    assert first.image.shape == first.anatomy.shape == (24, 24, 24)
    np.testing.assert_array_equal(first.image, again.image)
    assert not np.array_equal(first.image, other.image)


def test_the_lesion_stage_sees_mr_only() -> None:
    """With a modality set no other one is drawn."""
    source = PhantomSource(
        stage="lesions", patch_voxels=(16, 16, 16), spacing_mm=1.0, coarse_spacing_mm=4.0, coarse_share=0.0,
        modality="MR",
    )  # fmt: skip

    assert {source(seed).modality for seed in range(8)} == {Modality.MR}


def test_the_command_trains_and_exports(tiny_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two steps on phantoms end in a bundle whose weights pass their checksum, and in printed scores."""
    config = write_settings(tmp_path, tiny_bundle)

    code = main(
        [
            "train",
            "--config",
            str(config),
            "--stage",
            "anatomy",
            "-o",
            str(tmp_path / "run"),
            "--export",
            str(tiny_bundle),
        ]
    )

    assert code == 0
    assert "2 steps" in capsys.readouterr().out
    assert read_metadata(tiny_bundle).content["spineseg"]["training"]["steps"] == 2
    load_network(tiny_bundle, torch.device("cpu"))


def test_wrong_settings_end_with_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing file is one line on standard error."""
    code = main(["train", "--config", str(tmp_path / "none.yaml"), "--stage", "anatomy", "-o", str(tmp_path / "run")])

    assert code == 2
    assert "training settings" in capsys.readouterr().err


def test_backgrounds_are_for_the_lesion_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The anatomy network learns from phantoms only: backgrounds beside it end with code 2 and say why."""
    config = REPOSITORY / "configs" / "train.yaml"
    arguments = ["train", "--config", str(config), "-o", str(tmp_path / "run"), "--backgrounds", str(tmp_path)]

    anatomy = main([*arguments, "--stage", "anatomy"])
    no_backgrounds = main([*arguments, "--stage", "lesions"])

    assert anatomy == no_backgrounds == 2
    message = capsys.readouterr().err
    assert "phantoms only" in message
    assert "no backgrounds" in message


def test_backgrounds_mix_hybrids_into_the_phantoms(tmp_path: Path) -> None:
    """With backgrounds the lesion network's samples come from both sources, in the settings' share."""
    settings = read_train_settings(REPOSITORY / "configs" / "train.yaml", Stage.LESIONS)
    background = toy_background()
    np.savez_compressed(
        tmp_path / "toy.npz", image=background.image, classes=background.classes, heights=background.heights
    )
    (tmp_path / "toy.json").write_text('{"native_mm": [1, 1, 1], "modality": "MR", "contrast": "t2"}')

    source = sample_source(settings, "lesions", tmp_path)

    assert isinstance(source, MixedSource)
    assert source.share == settings.backgrounds_share == 0.5
    assert source.second(1000).image.shape == settings.patch_voxels


def test_no_minutes_export_what_is_there(tiny_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--resume --minutes 0 trains no further and exports the checkpoint; negative minutes are refused."""
    arguments = [
        "train", "--config", str(write_settings(tmp_path, tiny_bundle)), "--stage", "anatomy", "-o",
        str(tmp_path / "run"),
    ]  # fmt: skip
    assert main(arguments) == 0
    capsys.readouterr()

    code = main([*arguments, "--resume", "--minutes", "0", "--export", str(tiny_bundle)])

    assert code == 0
    assert "2 steps" in capsys.readouterr().out
    assert read_metadata(tiny_bundle).content["spineseg"]["training"]["steps"] == 2
    assert main([*arguments, "--resume", "--minutes", "-1"]) == 2


def test_a_dry_run_needs_no_folder(tiny_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says memory, time and rate without -o; a training without -o is told to name one."""
    arguments = ["train", "--config", str(write_settings(tmp_path, tiny_bundle)), "--stage", "anatomy"]

    assert main([*arguments, "--dry-run"]) == 0
    assert "peak memory" in capsys.readouterr().out
    assert main(arguments) == 2
    assert "-o FOLDER" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_to_is_said(
    tiny_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file in the place of the folder: code 2 and one line, no defect of ours."""
    (tmp_path / "file").touch()
    config = write_settings(tmp_path, tiny_bundle)

    assert main(["train", "--config", str(config), "--stage", "anatomy", "-o", str(tmp_path / "file")]) == 2
    assert "cannot be written to" in capsys.readouterr().err


def test_a_share_of_the_start_is_exported(tiny_bundle: Path, tmp_path: Path) -> None:
    """With --keep-start 1 the start itself comes out, and the metadata say so; from scratch: code 2 at once."""
    export_bundle(build_network(tiny_bundle).state_dict(), tiny_bundle, facts={}, kept_bits=10)
    start = load_network(tiny_bundle, torch.device("cpu")).state_dict()
    shutil.copytree(tiny_bundle, tmp_path / "start")
    config = write_settings(tmp_path, tiny_bundle)
    arguments = [
        "train", "--config", str(config), "--stage", "anatomy", "-o", str(tmp_path / "run"), "--export",
        str(tiny_bundle), "--keep-start", "1",
    ]  # fmt: skip
    assert main(arguments) == 2
    assert not (tmp_path / "run").exists(), "told before the training"
    content = yaml.safe_load(config.read_text())
    content["anatomy"]["start_from"] = str(tmp_path / "start")
    config.write_text(yaml.safe_dump(content))

    assert main(arguments) == 0

    exported = torch.load(tiny_bundle / "models" / "model.pt", weights_only=True)
    assert all(torch.equal(value, rounded(start[name].half())) for name, value in exported.items())
    assert read_metadata(tiny_bundle).content["spineseg"]["training"]["kept_of_start"] == 1.0
