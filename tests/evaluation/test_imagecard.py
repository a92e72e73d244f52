"""Tests of spineseg.evaluation.imagecard."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spineseg.evaluation.datalist import CaseRole, Datalist
from spineseg.evaluation.imagecard import goal_results, markdown, summary, write_imagecard
from spineseg.evaluation.images import CaseScore, FoundSpine, ImageScores
from spineseg.evaluation.references import ReferenceScore
from tests.evaluation.toys import LIST

FOUND = FoundSpine(vertebrae=3, named=2, discs=2, lesion_ml=0.0, seconds=1.25, tolerance_mm=1.5)
BODY = ReferenceScore(
    group="bodies T2", name="vertebral body", value=1, dice=0.9, surface_dice=0.8, hd95_mm=2.5, owned=True
)


def _case(name: str, **changes: Any) -> CaseScore:
    case = CaseScore(
        name=name, role=CaseRole.VALIDATION, contrast="T2", licence="CC0-1.0", healthy=True, found=FOUND, scores=(BODY,)
    )
    return replace(case, **changes)


def _scores(*cases: CaseScore) -> ImageScores:
    datalist = Datalist.model_validate(copy.deepcopy(LIST))
    return ImageScores(segmenter="bundle", version="1", weights_sha256=("ab",), datalist=datalist, cases=cases)


def _rows(page: str, start: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith(f"| {start}")]


def test_goals_are_met_on_their_own_role_only() -> None:
    """0.9 meets 0.8; the same 0.9 on a background does not, since nothing was measured for the goal."""
    (met, *_), (unknown, *_) = (
        goal_results(_scores(_case("a", role=role))) for role in (CaseRole.VALIDATION, CaseRole.BACKGROUND)
    )

    assert (met.value, met.met) == (0.9, True)
    assert unknown.met is False
    assert "| bodies | validation | · | ≥ 0.80 | not measured |" in markdown(
        _scores(_case("a", role=CaseRole.BACKGROUND))
    )


@pytest.mark.parametrize(
    ("volumes", "share", "most", "met"),
    [
        ([0.0] * 9 + [0.5], 0.9, 0.5, (True, True)),
        ([0.0] * 8 + [0.5, 2.0], 0.8, 2.0, (False, False)),
        ([None] * 9 + [0.0], 1.0, 0.0, (True, True)),
    ],
    ids=["goal just met", "too many and too large", "only one assessed"],
)
def test_healthy_images_count_where_lesions_were_sought(
    volumes: list[float | None], share: float, most: float, met: tuple[bool, bool]
) -> None:
    """Images that were not searched are in neither share; how many were is said."""
    cases = [_case(str(k), found=replace(FOUND, lesion_ml=volume)) for k, volume in enumerate(volumes)]
    sick = _case("sick", healthy=False, found=replace(FOUND, lesion_ml=50.0))

    results = goal_results(_scores(*cases, sick))[1:3]

    assert [result.value for result in results] == pytest.approx([share, most])
    assert tuple(result.met for result in results) == met
    assert f"{sum(v is not None for v in volumes)} of 10 images assessed" in results[0].name


def test_no_search_at_all_is_no_success() -> None:
    """Zero assessed images leave the goal unmeasured."""
    results = goal_results(_scores(_case("a", found=replace(FOUND, lesion_ml=None))))

    assert not any(result.met for result in results[1:3])


def test_the_page_tells_backgrounds_lesions_and_absences_apart() -> None:
    """A background is called one, unsearched lesions are not 0, and what is missing stands on the page."""
    page = markdown(
        _scores(
            _case("seen"),
            _case("trained", role=CaseRole.BACKGROUND),
            _case("unsearched", found=replace(FOUND, lesion_ml=None)),
            _case("gone", found=None, scores=(), not_there=("gone.nii.gz",)),
            _case("broken", found=None, scores=(), problem="it is broken"),
        )
    )

    assert "| validation | 3 (2) | 2 | bodies T2 0.90 | 1/1 | · | 0.00 | 1.2 |" in _rows(page, "seen")[0]
    assert "| background |" in _rows(page, "trained")[0]
    assert "| not sought |" in _rows(page, "unsearched")[0]
    assert "| not there |" in _rows(page, "gone")[0]
    assert "| not usable |" in _rows(page, "broken")[0]
    assert "- gone: gone.nii.gz is not there" in page
    assert "- broken: it is broken" in page
    assert "within 1.50 mm" in page
    assert "| bodies T2 | 2 | 0.90 | 0.90 | 0.80 | 2.5 | 1.00 | · | · |" in page


def test_every_row_of_a_table_has_its_columns() -> None:
    """Cells of cases that could not be used keep the table whole."""
    page = markdown(_scores(_case("seen"), _case("gone", found=None, scores=(), not_there=("x",))))

    (header,), (seen,), (gone,) = (_rows(page, start) for start in ("case", "seen", "gone"))
    assert header.count("|") == seen.count("|") == gone.count("|")


def test_a_group_that_is_missing_makes_the_summary_unknown(tmp_path: Path) -> None:
    """A mean over the groups that happen to be there is not the same number; JSON says null."""
    scores = _scores(_case("a"))
    other = replace(scores, datalist=scores.datalist.model_copy(update={"summary": ("bodies T2", "disc")}))

    assert summary(scores) == pytest.approx(0.9)
    write_imagecard(other, tmp_path)
    content = json.loads((tmp_path / "images.json").read_text(), parse_constant=lambda _: 1 / 0)
    assert content["summary"] is None
    assert content["groups"]["validation"]["bodies T2"]["dice"] == 0.9
    assert content["cases"][0]["scores"][0]["hd95_mm"] == 2.5
