from __future__ import annotations

import pytest

from spineseg.domain.quality import QUALITY_TEXT, QualityCode, QualityNote


def test_every_code_has_a_sentence() -> None:
    """No doubt can be noted that the report could not put into words."""
    assert set(QUALITY_TEXT) == set(QualityCode)


@pytest.mark.parametrize("code", QualityCode)
def test_sentences(code: QualityCode) -> None:
    """What the reader sees is whole sentences, each said once."""
    text = QUALITY_TEXT[code]

    assert text[0].isupper()
    assert text.endswith(".")
    assert list(QUALITY_TEXT.values()).count(text) == 1


def test_no_lesion_is_not_absence() -> None:
    """A study without a detected lesion is never reported as free of lesions."""
    text = QUALITY_TEXT[QualityCode.NO_LESION_DETECTED].lower()

    assert "detected" in text
    assert "not evidence" in text


def test_note_of_the_study() -> None:
    """A note without a series is about the study, and is another note than the same one about a series."""
    of_study = QualityNote(code=QualityCode.UNREADABLE_FILES)
    of_series = QualityNote(code=QualityCode.UNREADABLE_FILES, series_instance_uid="1.2.3")

    assert of_study.series_instance_uid is None
    assert len({of_study, of_series, QualityNote(code=QualityCode.UNREADABLE_FILES)}) == 2
