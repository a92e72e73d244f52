from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from spineseg.domain.dataset import Split
from spineseg.evaluation.images import score_case
from spineseg.evaluation.labelled import image_cases
from spineseg.evaluation.setcard import SetScores, chosen_cases, write_setcard
from spineseg.segmentation.masks import MaskSegmenter
from tests.evaluation.labelled_images import labelled_images, masks_file


@pytest.fixture
def scores(tmp_path: Path) -> SetScores:
    """Three cases scored with masks that lie 0, 1 and 2 voxels off."""
    labelled = labelled_images(tmp_path, 3)
    (tmp_path / "pictures").mkdir()
    scored = []
    for shift, case in enumerate(image_cases(labelled, Split.VALIDATION)):
        (tmp_path / "pictures" / f"{case.name}.png").write_bytes(b"a picture")
        score = score_case(MaskSegmenter(masks_file(tmp_path, shift=shift)), case, tmp_path)
        scored.append(replace(score, picture=f"{case.name}.png"))
    return SetScores(
        labelled=labelled, split=Split.VALIDATION, segmenter="masks", version="1", weights_sha256=("ab",),
        cases=tuple(scored),
    )  # fmt: skip


def test_the_card_says_means_intervals_and_licence(scores: SetScores, tmp_path: Path) -> None:
    """Means over three patients with their intervals in JSON and Markdown, licence and citation beside them."""
    page = write_setcard(scores, tmp_path).read_text()
    content = json.loads((tmp_path / "dataset.json").read_text())

    dice = content["groups"]["vertebra CT"]["dice"]
    assert dice["count"] == 3
    assert dice["low"] < dice["mean"] < dice["high"] <= 1
    assert content["groups"]["vertebra CT"]["identified"]["mean"] == 1
    assert content["data"]["licence"] == "CC0-1.0"
    assert "CC0-1.0" in page
    assert content["summary"] == pytest.approx(
        sum(group["dice"]["mean"] for group in content["groups"].values()) / 2, abs=1e-3
    )


def test_best_median_and_worst_are_shown(scores: SetScores, tmp_path: Path) -> None:
    """Ranked by mean Dice; the page holds the three pictures and nothing that it would have to fetch."""
    write_setcard(scores, tmp_path)
    html = (tmp_path / "dataset.html").read_text()

    assert {name: case.name for name, case in chosen_cases(scores.cases).items()} == {
        "worst": "case2", "median": "case1", "best": "case0",
    }  # fmt: skip
    assert html.count("data:image/png;base64,") == 3
    assert "Toy &lt;set&gt;" in html
    assert "CC0-1.0" in html
    assert not re.search(r"(src|href)=\"(?!data:)", html)
