from __future__ import annotations

import pytest

from spineseg.ingest.weighting import Weighting, weighting_of

# Timing of ordinary spine protocols at 1.5 and 3 T: TR, TE, TI, scanning sequence -> weighting.
TIMINGS = [
    (3500.0, 105.0, None, ("SE",), Weighting.T2),
    (1500.0, 150.0, None, ("SE",), Weighting.T2),  # 3D SPACE
    (550.0, 11.0, None, ("SE",), Weighting.T1),
    (1000.0, 9.0, None, ("SE",), Weighting.T1),  # 3 T
    (2500.0, 24.0, 860.0, ("SE", "IR"), Weighting.T1),  # T1 FLAIR
    (4000.0, 60.0, 160.0, ("SE", "IR"), Weighting.STIR),
    (4000.0, 40.0, 220.0, ("IR",), Weighting.STIR),
    (9000.0, 120.0, 2500.0, ("SE", "IR"), Weighting.FLAIR),
    (2500.0, 30.0, None, ("SE",), Weighting.PROTON_DENSITY),
    (600.0, 18.0, None, ("GR",), Weighting.T2_STAR),
    (7.0, 2.5, None, ("GR",), Weighting.T1),
    (5000.0, 80.0, None, ("EP",), Weighting.DIFFUSION),
]


@pytest.mark.parametrize(("tr", "te", "ti", "sequence", "expected"), TIMINGS)
def test_timing_tells_the_weighting(
    tr: float, te: float, ti: float | None, sequence: tuple[str, ...], expected: Weighting
) -> None:
    """Ordinary timings are recognised without any description."""
    attributes = {"RepetitionTime": tr, "EchoTime": te, "ScanningSequence": sequence}
    if ti is not None:
        attributes["InversionTime"] = ti

    assert weighting_of(attributes).weighting is expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("t2",), Weighting.T2), (("t1",), Weighting.T1), (("t2", "stir"), Weighting.STIR),
        (("t2", "t2 star"), Weighting.T2_STAR), ((), None), (("spine",), None),
    ],
)  # fmt: skip
def test_words_tell_where_timing_is_absent(words: tuple[str, ...], expected: Weighting | None) -> None:
    """Without timing the description decides; without either the contrast is unknown, never a default."""
    evidence = weighting_of({"SeriesWords": words})

    assert evidence.weighting is expected
    assert (evidence.support == 0) == (expected is None)


def test_agreement_counts_more() -> None:
    """Timing and description together weigh more than timing, and timing more than a description."""
    timing = {"RepetitionTime": 3500.0, "EchoTime": 105.0}
    words = {"SeriesWords": ("t2",)}

    supports = [weighting_of(one).support for one in (timing | words, timing, words)]

    assert supports == sorted(supports, reverse=True)
    assert len(set(supports)) == 3


def test_stir_by_name_is_stir() -> None:
    """Where the inversion time is not in the file, a STIR that is called so is not taken for T2."""
    evidence = weighting_of({"RepetitionTime": 4000.0, "EchoTime": 70.0, "SeriesWords": ("stir",)})

    assert evidence.weighting is Weighting.STIR


def test_wrong_name_does_not_overrule_timing() -> None:
    """A series called T1 with the timing of T2 is T2."""
    evidence = weighting_of({"RepetitionTime": 3500.0, "EchoTime": 105.0, "SeriesWords": ("t1",)})

    assert evidence.weighting is Weighting.T2


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"AgentWords": ("contrast agent",)}, True),
        ({"SeriesWords": ("contrast agent",)}, True),
        ({"SeriesWords": ("contrast agent", "no contrast agent")}, False),
        ({"AgentWords": ("contrast agent",), "SeriesWords": ("no contrast agent",)}, False),
        ({}, False),
    ],
)
def test_contrast_agent(attributes: dict[str, tuple[str, ...]], expected: bool) -> None:
    """A contrast agent is one that tags or description give and that neither denies."""
    assert weighting_of(attributes).has_contrast_agent is expected
