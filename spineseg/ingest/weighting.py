"""Attributes of an MR series -> its weighting, with what speaks for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from spineseg.ingest.header import Attributes
from spineseg.ingest.words import Word


class Weighting(StrEnum):
    """Contrast of an MR image."""

    T1 = "T1"
    T2 = "T2"
    T2_STAR = "T2*"
    STIR = "STIR"
    FLAIR = "FLAIR"
    PROTON_DENSITY = "proton density"
    DIFFUSION = "diffusion or echo planar"
    PERFUSION = "perfusion or angiography"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightingEvidence:
    """What a series is weighted by.

    Parameters
    ----------
    weighting
        None where neither timing nor words tell.
    support
        0 to 3: words alone 1, timing 2, both 3.
    """

    weighting: Weighting | None
    support: int
    reason: str
    is_fat_suppressed: bool
    has_contrast_agent: bool


# Ranges in ms of spin-echo timing: Bitar et al. 2006 (doi:10.1148/rg.262055063) give T1 TR < 800, TE < 30 and T2
# TR > 2000, TE > 80 at 1.5 T; widened for turbo and 3D sequences and for 3 T [P].
_T2_SPIN_ECHO = {"te": 60.0, "tr": 1000.0}
_T1_SPIN_ECHO = {"te": 35.0, "tr": 1300.0}
_PD_TR = 1500.0
# Inversion nulls fat at ln 2 x T1 of fat: 175 ms at 1.5 T to 265 ms at 3 T; CSF beyond 1600 ms [P].
_STIR_TI = (80.0, 300.0)
_FLAIR_TI = 1600.0
_T2_STAR_TE = 9.0  # gradient echo of the MEDIC and MERGE kind: 12-25 ms; T1 gradient echo below 6 ms [P]
_STEADY_STATE_FLIP_DEG = 30.0  # balanced steady state (CISS, FIESTA) is T2/T1 weighted at large flip angles [P]

_WORDS = {
    # In this order: what a description adds ("T2 STIR", "T2* MEDIC") decides over the plain letters.
    Word.DIFFUSION: Weighting.DIFFUSION,
    Word.PERFUSION: Weighting.PERFUSION,
    Word.STIR: Weighting.STIR,
    Word.FLAIR: Weighting.FLAIR,
    Word.T2_STAR: Weighting.T2_STAR,
    Word.T2: Weighting.T2,
    Word.T1: Weighting.T1,
    Word.PROTON_DENSITY: Weighting.PROTON_DENSITY,
}
# Words that timing cannot contradict, since its tags are often missing or the same.
_DECISIVE = frozenset({Weighting.DIFFUSION, Weighting.PERFUSION, Weighting.STIR})


def weighting_of(attributes: Attributes) -> WeightingEvidence:
    """Weighting of an MR series by its timing, checked by the words of its description."""
    words = codes(attributes, "SeriesWords")
    by_words = next((weighting for word, weighting in _WORDS.items() if word.value in words), None)
    by_timing = _by_timing(attributes)
    if by_timing is Weighting.T1 and by_words is Weighting.FLAIR and Word.T1.value in words:
        by_words = Weighting.T1  # "T1 FLAIR" is T1 with inversion
    weighting, support, reason = _weighed(by_timing, by_words)
    return WeightingEvidence(
        weighting=weighting,
        support=support,
        reason=reason,
        is_fat_suppressed=_is_fat_suppressed(attributes),
        has_contrast_agent=_has_contrast_agent(attributes),
    )


def codes(attributes: Attributes, keyword: str) -> tuple[str, ...]:
    """Values of a multi-valued attribute; none where it is absent."""
    value = attributes.get(keyword, ())
    return value if isinstance(value, tuple) else (str(value),)


def number_of(attributes: Attributes, keyword: str) -> float | None:
    """Value of a numeric attribute; None where it is absent."""
    value = attributes.get(keyword)
    return float(value) if isinstance(value, int | float) else None


def _weighed(by_timing: Weighting | None, by_words: Weighting | None) -> tuple[Weighting | None, int, str]:
    if by_timing is None and by_words is None:
        return None, 0, "neither timing nor description tells the contrast"
    if by_timing is by_words:
        return by_timing, 3, f"{by_timing} by timing and description"
    if by_words in _DECISIVE or by_timing is None:
        return by_words, 1, f"{by_words} by description"
    if {by_timing, by_words} == {Weighting.PROTON_DENSITY, Weighting.T2}:
        return Weighting.T2, 1, "T2 by description, echo time short"
    return by_timing, 2, f"{by_timing} by timing"


def _by_timing(attributes: Attributes) -> Weighting | None:
    te, tr = number_of(attributes, "EchoTime"), number_of(attributes, "RepetitionTime")
    sequence = codes(attributes, "ScanningSequence")
    echo_planar = "EP" in sequence or codes(attributes, "EchoPlanarPulseSequence") == ("YES",)
    if echo_planar or (number_of(attributes, "DiffusionBValue") or 0) > 0:
        return Weighting.DIFFUSION
    if te is None or tr is None or te <= 0 or tr <= 0:
        return None
    inversion = _by_inversion(attributes, sequence, tr)
    if inversion is not None:
        return inversion
    if "GR" in sequence or codes(attributes, "EchoPulseSequence") == ("GRADIENT",):
        return _by_gradient_echo(attributes, te)
    return _by_spin_echo(te, tr)


def _by_inversion(attributes: Attributes, sequence: tuple[str, ...], tr: float) -> Weighting | None:
    ti = number_of(attributes, "InversionTime")
    if ti is None or ti <= 0 or ("IR" not in sequence and "EchoPulseSequence" not in attributes):
        return None
    if _STIR_TI[0] <= ti <= _STIR_TI[1] and tr >= _PD_TR:
        return Weighting.STIR
    return Weighting.FLAIR if ti >= _FLAIR_TI else Weighting.T1


def _by_gradient_echo(attributes: Attributes, te: float) -> Weighting:
    flip_deg = number_of(attributes, "FlipAngle") or 0.0
    is_balanced = "SS" in codes(attributes, "SequenceVariant") and "SP" not in codes(attributes, "SequenceVariant")
    if is_balanced and flip_deg >= _STEADY_STATE_FLIP_DEG:
        return Weighting.T2
    return Weighting.T2_STAR if te >= _T2_STAR_TE else Weighting.T1


def _by_spin_echo(te: float, tr: float) -> Weighting | None:
    if te >= _T2_SPIN_ECHO["te"] and tr >= _T2_SPIN_ECHO["tr"]:
        return Weighting.T2
    if te <= _T1_SPIN_ECHO["te"] and tr <= _T1_SPIN_ECHO["tr"]:
        return Weighting.T1
    return Weighting.PROTON_DENSITY if tr >= _PD_TR else None


def _is_fat_suppressed(attributes: Attributes) -> bool:
    return (
        Word.FAT_SUPPRESSED.value in codes(attributes, "SeriesWords")
        or "FS" in codes(attributes, "ScanOptions")
        or bool({"WATER", "W"} & set(codes(attributes, "ImageType")))
    )


def _has_contrast_agent(attributes: Attributes) -> bool:
    words = codes(attributes, "SeriesWords")
    if Word.NO_CONTRAST.value in words:
        return False
    return Word.CONTRAST.value in words or Word.CONTRAST.value in codes(attributes, "AgentWords")
