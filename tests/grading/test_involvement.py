from __future__ import annotations

import numpy as np
import pytest

from spineseg.anatomy.subregions import PARTS
from spineseg.domain.labels import EPIDURAL_SPACE, POSTERIOR_ELEMENTS, VERTEBRAL_BODY
from spineseg.domain.vocabulary import SUBREGIONS
from spineseg.grading.involvement import (
    BREACH,
    EPIDURAL,
    FORAMEN,
    PARASPINAL,
    PREVERTEBRAL,
    find_involvement,
    tomita_type,
)
from tests.grading.boxes import in_body, viewed, with_lesion


def test_a_lesion_inside_the_body_involves_only_the_body():
    """Body, sectors in front, type 1, no breach."""
    found = find_involvement(*viewed(with_lesion(in_body)))
    assert found.subregions == ("vertebral_body",)
    assert set(found.wbb_sectors) <= {6, 7}
    assert (found.tomita_type, found.breach_mm) == (1, 0.0)


def test_body_wall_and_epidural_space_are_named():
    """Tumour from the body through its posterior wall into the epidural space: type 4 with a breach."""

    def where(left, behind, up, anatomy, kinds):
        body = (anatomy == 14) & (kinds == VERTEBRAL_BODY) & (behind > -25)
        return (body | ((anatomy == EPIDURAL_SPACE) & (behind < -4))) & (np.abs(left) < 8) & (np.abs(up) < 8)

    found = find_involvement(*viewed(with_lesion(where)))
    assert {"vertebral_body", "posterior_wall", "epidural_space", "posterior_wall_breach"} == set(found.subregions)
    assert found.tomita_type == 4
    assert found.breach_mm > 8


def test_one_side_of_the_arch_is_named_with_its_side():
    """The left half of the arch: left parts only."""
    masks = with_lesion(
        lambda left, _b, _u, anatomy, kinds: (anatomy == 14) & (kinds == POSTERIOR_ELEMENTS) & (left > 5)
    )
    names = find_involvement(*viewed(masks)).subregions
    assert {"pedicle_left", "lamina_left"} <= set(names)
    assert not any(name.endswith("_right") for name in names)


def test_a_second_lesion_elsewhere_makes_it_multiple():
    """A lesion of T7 and another of T10: type 7; of T8: type 6."""
    far = with_lesion(
        lambda _l, _b, _u, anatomy, kinds: (anatomy == 17) & (kinds == VERTEBRAL_BODY), with_lesion(in_body), 2
    )
    near = with_lesion(
        lambda _l, _b, _u, anatomy, kinds: (anatomy == 15) & (kinds == VERTEBRAL_BODY), with_lesion(in_body), 2
    )
    assert find_involvement(*viewed(far)).tomita_type == 7
    assert find_involvement(*viewed(near)).tomita_type == 6


@pytest.mark.parametrize(
    ("names", "places", "expected"),
    [
        (("vertebral_body",), (3,), 1),
        (("vertebral_body", "pedicle_left"), (3,), 2),
        (("vertebral_body", "pedicle_left", "lamina_left"), (3,), 3),
        (("vertebral_body", "epidural_space"), (3,), 4),
        (("vertebral_body", "epidural_space", "paraspinal_left"), (3,), 5),
        (("vertebral_body",), (3, 4), 6),
        (("vertebral_body",), (3, 4, 5, 6), 7),
        (("vertebral_body",), (3, 5), 7),
        (("epidural_space",), (), None),
    ],
)
def test_types_follow_the_extent(names, places, expected):
    """Tomita's surgical types 1 to 7; none without tumour in bone."""
    assert tomita_type(names, places) == expected


def test_names_are_a_closed_set():
    """What the grading can find are exactly the twenty names of the vocabulary."""
    sides = {f"{name}_{side}" for name in (FORAMEN, PARASPINAL) for side in ("left", "right")}
    assert {*PARTS, *sides, PREVERTEBRAL, EPIDURAL, BREACH} == set(SUBREGIONS)
    assert len(SUBREGIONS) == 20
