from __future__ import annotations

import pytest

from spineseg.ingest.words import Word, known_words

EXAMPLES = {
    "T2 TSE SAG LWS": {Word.T2, Word.SPINE},
    "sagT2_FS": {Word.T2, Word.FAT_SUPPRESSED},
    "t1_tse_tra_km HWS": {Word.T1, Word.CONTRAST, Word.SPINE},
    "AX T1 +C T-SPINE": {Word.T1, Word.CONTRAST, Word.SPINE},
    "Sag STIR C-spine": {Word.STIR, Word.SPINE},
    "rachis lombaire sag T2": {Word.T2, Word.SPINE},
    "columna lumbar T1 sin contraste": {Word.T1, Word.SPINE, Word.CONTRAST, Word.NO_CONTRAST},
    "T2* MEDIC ax": {Word.T2_STAR},
    "3-plane localizer": {Word.LOCALIZER},
    "Scout": {Word.LOCALIZER},
    "腰椎 T2 SAG": {Word.T2, Word.SPINE},
    "Позвоночник T1": {Word.T1, Word.SPINE},
    "IRM du genou": {Word.OTHER_BODY_PART},
    "Schädel nativ": {Word.OTHER_BODY_PART, Word.NO_CONTRAST},
    "CT Thorax/Abdomen": {Word.TRUNK},
    "ep2d_diff_b50_400_ADC": {Word.DIFFUSION},
    "COR MIP": {Word.PROJECTION},
    "Sub_t1_fl3d": {Word.SUBTRACTION, Word.T1},
    "LSSPINE": {Word.SPINE},
}


@pytest.mark.parametrize("text", EXAMPLES)
def test_words_of_many_languages(text: str) -> None:
    """A description says the same in any language that clinics type."""
    found = set(known_words(text))

    assert found >= {word.value for word in EXAMPLES[text]}


@pytest.mark.parametrize("text", ["CT from T1 - L1", "REST1 w SMS", "spin echo", "", "???"])
def test_nothing_is_read_into_a_text(text: str) -> None:
    """Vertebra names, parts of other words and empty text are no weighting and no spine."""
    assert not {Word.T1.value, Word.T2.value, Word.SPINE.value} & set(known_words(text))


def test_no_text_leaves() -> None:
    """A name typed into a description does not come out, whatever stands beside it."""
    found = known_words("Müller^Hans T2 sag 1957-03-04")

    assert set(found) <= {word.value for word in Word}
    assert found == ("t2",)
