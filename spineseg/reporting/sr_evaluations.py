"""Findings -> what the SR says of the study and not of a region: TID 1500's Qualitative Evaluations (rows 12-14)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from highdicom.sr import ContainerContentItem, ContentItem, ContentSequence, RelationshipTypeValues
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from spineseg.domain import followup_vocabulary as followup
from spineseg.domain import report_vocabulary as report
from spineseg.domain import vocabulary as words
from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.codes import ARTIFICIAL_INTELLIGENCE
from spineseg.domain.findings import Findings, VanishedLesion
from spineseg.domain.quality import LIMITED_QUALITY, QUALITY_TEXT, QualityCode, QualityNote
from spineseg.domain.vocabulary import NO, NO_UNITS, NOT_EVALUATED, YES
from spineseg.reporting.seg import algorithm_parameters
from spineseg.reporting.sr_items import code_property, coded, evaluation, number_property, text_property, uid_property
from spineseg.reporting.sr_rows import finding_sites
from spineseg.reporting.sr_tree import PARAMETER_SEPARATOR
from spineseg.reporting.wording import RESEARCH_BANNER, vanished_sentence

# Where no lesion in the list does not mean that lesions were looked for.
_NOT_LOOKED_FOR = (QualityCode.LESIONS_NOT_ASSESSED, QualityCode.NO_SPINE_FOUND, QualityCode.SERIES_FAILED)


def study_evaluations(findings: Findings, series_uids: Sequence[str]) -> ContainerContentItem:
    """Summary, image quality, limitations and vanished lesions, in this order.

    Parameters
    ----------
    series_uids
        The analysed series; each gets a row of image quality.
    """
    container = ContainerContentItem(
        name=coded(report.QUALITATIVE_EVALUATIONS), relationship_type=RelationshipTypeValues.CONTAINS
    )
    container.ContentSequence = ContentSequence(
        [
            summary(findings),
            *(image_quality(findings.quality, uid) for uid in dict.fromkeys(series_uids)),
            *map(limitation, findings.quality),
            *map(vanished, findings.vanished),
        ]
    )
    return container


def summary(findings: Findings) -> ContentItem:
    """Whether a lesion was detected; under it the counts, who computed it, and the banner."""
    prior = findings.prior_study_instance_uid
    return evaluation(
        words.LESION_DETECTED,
        lesion_detected(findings),
        under=[
            text_property(codes.DCM.Comment, RESEARCH_BANNER),
            number_property(report.LAYOUT, report.LAYOUT_VERSION, NO_UNITS),
            *(number_property(concept, count, NO_UNITS) for concept, count in counts(findings)),
            *_algorithm(findings.algorithm),
            *([] if prior is None else [uid_property(followup.PRIOR_STUDY, prior)]),
        ],
    )


def lesion_detected(findings: Findings) -> Code:
    """Yes or no in every report; "not evaluated" where nothing looked for a lesion."""
    if findings.lesions:
        return YES
    noted = {note.code for note in findings.quality}
    unsearched = QualityCode.NO_LESION_DETECTED not in noted and not noted.isdisjoint(_NOT_LOOKED_FOR)
    return NOT_EVALUATED if unsearched else NO


def counts(findings: Findings) -> tuple[tuple[Code, int], ...]:
    """How many of each kind there are, so that a reader notices a loss."""
    return (
        (words.LEVEL_COUNT, len(findings.levels)),
        (words.LESION_COUNT, len(findings.lesions)),
        (words.QUALITY_COUNT, len(findings.quality)),
        (followup.VANISHED_COUNT, len(findings.vanished)),
    )


def image_quality(notes: Sequence[QualityNote], series_uid: str) -> ContentItem:
    """Limited where something limits the series, else not evaluated: a person judges what is diagnostic."""
    limits = [note.code for note in notes if note.code in LIMITED_QUALITY and note.series_instance_uid == series_uid]
    return evaluation(
        report.IMAGE_QUALITY,
        report.LIMITED if limits else NOT_EVALUATED,
        under=[
            *(code_property(words.QUALITY, words.QUALITY_CODES[code]) for code in dict.fromkeys(limits)),
            uid_property(codes.DCM.SeriesInstanceUID, series_uid),
        ],
    )


def limitation(note: QualityNote) -> ContentItem:
    """One limitation with its sentence, and its series where it has one."""
    uid = note.series_instance_uid
    return evaluation(
        words.QUALITY,
        words.QUALITY_CODES[note.code],
        under=[
            text_property(codes.DCM.Comment, QUALITY_TEXT[note.code]),
            *([] if uid is None else [uid_property(codes.DCM.SeriesInstanceUID, uid)]),
        ],
    )


def vanished(lesion: VanishedLesion) -> ContentItem:
    """One lesion of the prior study that is gone, tracked as it was there."""
    volume = followup.FOLLOWUP_MEASUREMENTS["prior_volume_mm3"]
    return evaluation(
        codes.DCM.Finding,
        followup.VANISHED_LESION,
        under=[
            *finding_sites(lesion.levels),
            uid_property(codes.DCM.TrackingUniqueIdentifier, lesion.tracking_uid),
            *(text_property(words.LEVEL, name) for name in lesion.levels),
            number_property(volume.concept, lesion.prior_volume_mm3, volume.unit),
            text_property(codes.DCM.Comment, vanished_sentence(lesion)),
        ],
    )


def _algorithm(algorithm: AlgorithmIdentity) -> Iterator[ContentItem]:
    yield code_property(codes.DCM.AlgorithmFamily, ARTIFICIAL_INTELLIGENCE)
    yield text_property(codes.DCM.AlgorithmName, algorithm.name)
    yield text_property(codes.DCM.AlgorithmVersion, algorithm.version)
    for text in parameter_texts(algorithm):
        yield text_property(codes.DCM.AlgorithmParameters, text)


def parameter_texts(algorithm: AlgorithmIdentity) -> list[str]:
    """Algorithm parameters as the SR writes them, "name=value" each."""
    return [f"{name}{PARAMETER_SEPARATOR}{value}" for name, value in algorithm_parameters(algorithm).items()]
