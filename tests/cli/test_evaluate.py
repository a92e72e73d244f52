"""Tests of `spineseg evaluate`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from spineseg.cli import main
from spineseg.evaluation.agreement import grade_agreement
from spineseg.evaluation.hybrids import HybridScores
from spineseg.evaluation.phantoms import PhantomScores
from spineseg.ingest import save_label_map
from tests.evaluation.toys import LIST, segmentation, write_data


def test_the_score_card_is_written_and_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--truth scores the grading without a segmenter, on as many cases as asked."""
    asked: list[tuple[int, object]] = []

    def evaluate(count: int, segmenter: object, **_: object) -> PhantomScores:
        asked.append((count, segmenter))
        return PhantomScores(segmenter="truth", cases=count, series=(), lesions=(), false_lesions=0)

    monkeypatch.setattr("spineseg.evaluation.phantoms.evaluate_phantoms", evaluate)

    code = main(["evaluate", "phantom", "-o", str(tmp_path / "score"), "--cases", "3", "--truth"])

    assert code == 0
    assert asked == [(3, None)]
    assert "# Score card: 3 held-out phantom studies" in capsys.readouterr().out
    assert (tmp_path / "score" / "scorecard.json").is_file()


def _data(folder: Path) -> Path:
    """Data folder and datalist of one toy case."""
    write_data(folder)
    (folder / "list.yaml").write_text(yaml.safe_dump(LIST))
    return folder


def test_real_images_are_scored_against_their_masks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The page with its goals is printed; card and picture are written."""
    data = _data(tmp_path / "data")
    masks, out = tmp_path / "masks.nii.gz", tmp_path / "score"
    save_label_map(segmentation().anatomy, masks)

    code = main([
        "evaluate", "images", "--data", str(data), "--list", str(data / "list.yaml"), "-o", str(out),
        "--segmenter", f"masks:{masks}",
    ])  # fmt: skip

    printed = capsys.readouterr().out
    assert code == 0
    assert "# Real images: 1 cases, masks by masks" in printed
    assert "| toy | T2 | validation |" in printed
    assert (out / "images.json").is_file()
    assert (out / "pictures" / "toy.png").is_file()


def test_a_missing_data_folder_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is an error of the settings, said before anything is written or a network loaded."""
    out = tmp_path / "score"

    code = main(["evaluate", "images", "--data", str(tmp_path / "none"), "-o", str(out)])

    error = capsys.readouterr().err.strip()
    assert code == 2
    assert "the data folder is not there" in error
    assert len(error.splitlines()) == 1
    assert not out.exists()


def test_bundle_is_another_name_for_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without bundles is refused as with --model."""
    data = _data(tmp_path / "data")

    code = main([
        "evaluate", "images", "--data", str(data), "--list", str(data / "list.yaml"),
        "-o", str(tmp_path / "score"), "--bundle", str(tmp_path),
    ])  # fmt: skip

    assert code == 4
    assert "no model found" in capsys.readouterr().err


def test_tumours_in_real_images_are_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As many as asked, of the named data; unknown values are null in the JSON."""
    asked: list[tuple[Path, int]] = []

    def evaluate(_: object, data_root: Path, count: int, **__: object) -> HybridScores:
        asked.append((data_root, count))
        return HybridScores(segmenter="toy", hybrids=(), skipped=("toy (3 of 3)",), agreement=grade_agreement([]))

    monkeypatch.setattr("spineseg.evaluation.hybrids.evaluate_hybrids", evaluate)
    out = tmp_path / "score"

    code = main(["evaluate", "hybrids", "--data", str(tmp_path), "-o", str(out), "--cases", "3"])

    assert code == 0
    assert asked == [(tmp_path, 3)]
    assert "Not used: toy (3 of 3)." in capsys.readouterr().out
    content = json.loads((out / "hybrids.json").read_text(), parse_constant=lambda _: 1 / 0)
    assert content["agreement"]["exact"] is None
