from __future__ import annotations

from dataclasses import replace

import pytest
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from spineseg.domain import vocabulary as words
from spineseg.domain.followup_vocabulary import PRIOR_STUDY, VANISHED_COUNT, VANISHED_LESION
from spineseg.domain.quality import QUALITY_TEXT, QualityCode, QualityNote
from spineseg.domain.report_vocabulary import IMAGE_QUALITY, LAYOUT, LAYOUT_VERSION, LIMITED
from spineseg.reporting import sr_evaluations as evaluations
from spineseg.reporting.wording import RESEARCH_BANNER, vanished_sentence
from tests.reporting.full_findings import PRIOR_STUDY_UID, full_findings
from tests.reporting.samples import ALGORITHM, make_findings

FINDINGS = make_findings("1.2.3")


def under(row: Dataset) -> dict[str, object]:
    """Concept -> value of what stands under a row; texts of one concept are joined."""
    found: dict[str, object] = {}
    for item in row.ContentSequence:
        value = item.value.value if item.ValueType == "CODE" else item.value
        found[item.name.value] = f"{found[item.name.value]} {value}" if item.name.value in found else value
    return found


@pytest.mark.parametrize(
    ("notes", "answer"),
    [
        ((QualityCode.NO_LESION_DETECTED,), words.NO),
        ((QualityCode.LESIONS_NOT_ASSESSED,), words.NOT_EVALUATED),
        ((QualityCode.NO_SPINE_FOUND,), words.NOT_EVALUATED),
        ((), words.NO),
    ],
)
def test_a_report_without_lesion_says_so(notes: tuple[QualityCode, ...], answer: object) -> None:
    """No lesion is an explicit answer, and it differs from not having looked."""
    findings = replace(FINDINGS, lesions=(), quality=tuple(QualityNote(code=code) for code in notes))

    assert evaluations.summary(findings).value == answer
    assert evaluations.summary(FINDINGS).value == words.YES


def test_the_summary_counts_everything_and_says_who_computed_it() -> None:
    """A reader that counts differently knows that something was lost; banner, layout and weights stand there."""
    found = under(evaluations.summary(full_findings("1.2.3")))

    counted = (words.LEVEL_COUNT, words.LESION_COUNT, words.QUALITY_COUNT, VANISHED_COUNT, LAYOUT)
    assert [found[code.value] for code in counted] == [3, 1, 1, 1, LAYOUT_VERSION]
    assert found[codes.DCM.Comment.value] == RESEARCH_BANNER
    assert found[PRIOR_STUDY.value] == PRIOR_STUDY_UID
    assert found[codes.DCM.AlgorithmFamily.value] == "123110"
    assert "weights_sha256_1=" + "ab" * 32 in str(found[codes.DCM.AlgorithmParameters.value])
    assert PRIOR_STUDY.value not in under(evaluations.summary(FINDINGS))


def test_a_limitation_is_a_code_with_its_sentence_and_series() -> None:
    """Who reads only the text understands it; a doubt about the study names no series."""
    note = QualityNote(code=QualityCode.REGISTRATION_REFUSED, series_instance_uid="1.2.3")

    row = evaluations.limitation(note)

    assert (row.name, row.value) == (words.QUALITY, words.QUALITY_CODES[note.code])
    assert under(row) == {
        codes.DCM.Comment.value: QUALITY_TEXT[note.code], codes.DCM.SeriesInstanceUID.value: "1.2.3",
    }  # fmt: skip
    assert codes.DCM.SeriesInstanceUID.value not in under(
        evaluations.limitation(replace(note, series_instance_uid=None))
    )


def test_image_quality_is_limited_or_not_judged() -> None:
    """What limits one series does not limit another, and the program never calls an image diagnostic."""
    notes = [
        QualityNote(code=QualityCode.ARTEFACT, series_instance_uid="1.2.3"),
        QualityNote(code=QualityCode.LEVELS_ASSUMED, series_instance_uid="1.2.4"),
    ]

    limited, other = (evaluations.image_quality(notes, uid) for uid in ("1.2.3", "1.2.4"))

    assert (limited.name, limited.value) == (IMAGE_QUALITY, LIMITED)
    assert under(limited)[words.QUALITY.value] == words.QUALITY_CODES[QualityCode.ARTEFACT].value
    assert other.value == words.NOT_EVALUATED
    assert under(other) == {codes.DCM.SeriesInstanceUID.value: "1.2.4"}


def test_a_vanished_lesion_is_tracked_as_it_was() -> None:
    """It is a finding of a kind of its own, so that no reader takes it for a lesion that is there."""
    (gone,) = full_findings("1.2.3").vanished

    row = evaluations.vanished(gone)

    found = under(row)
    assert (row.name, row.value) == (codes.DCM.Finding, VANISHED_LESION)
    assert found[codes.DCM.TrackingUniqueIdentifier.value] == gone.tracking_uid
    assert found[words.LEVEL.value] == "L2"
    assert found["SSM180"] == gone.prior_volume_mm3
    assert found[codes.DCM.Comment.value] == vanished_sentence(gone)


def test_every_series_has_one_row_of_image_quality() -> None:
    """Two parts of one series are one series."""
    rows = evaluations.study_evaluations(FINDINGS, ["1.2.3", "1.2.3", "1.2.4"]).ContentSequence

    assert [row.name for row in rows].count(IMAGE_QUALITY) == 2


def test_the_algorithm_is_told_with_its_weights() -> None:
    """Every weight file's digest stands among the parameters."""
    texts = evaluations.parameter_texts(replace(ALGORITHM, weights_sha256=("ab" * 32, "cd" * 32)))

    assert "segmenter=bundle" in texts
    assert {"ab" * 32, "cd" * 32} <= {text.partition("=")[2] for text in texts}
