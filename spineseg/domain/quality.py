"""Doubts as data: what limits a result travels with it (SR, JSON, page) and is never only a log line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class QualityCode(StrEnum):
    """What limits a result; the sentence for the reader is in `QUALITY_TEXT`."""

    NO_SPINE_FOUND = "no_spine_found"
    NO_LESION_DETECTED = "no_lesion_detected"
    LESIONS_NOT_ASSESSED = "lesions_not_assessed"
    LEVELS_ASSUMED = "levels_assumed"
    LEVELS_UNKNOWN = "levels_unknown"
    PARTIAL_COVERAGE = "partial_coverage"
    LOW_RESOLUTION = "low_resolution"
    CORD_NOT_SEPARABLE = "cord_not_separable"
    CORD_INTERRUPTED = "cord_interrupted"
    UNUSUAL_ANATOMY = "unusual_anatomy"
    SHEARED_ACQUISITION = "sheared_acquisition"
    SERIES_FAILED = "series_failed"
    UNREADABLE_FILES = "unreadable_files"
    SYNTHETIC_TRAINING_ONLY = "synthetic_training_only"
    ARTEFACT = "artefact"
    MODALITY_GUESSED = "modality_guessed"
    LOW_CONFIDENCE = "low_confidence"
    LOW_SIGNAL = "low_signal"
    REGISTRATION_REFUSED = "registration_refused"
    PRIOR_MATCHED_BY_LEVEL = "prior_matched_by_level"
    ANCHOR_REFUSED = "anchor_refused"


QUALITY_TEXT: dict[QualityCode, str] = {
    QualityCode.NO_SPINE_FOUND: "No spine was found in this series; nothing was assessed.",
    QualityCode.NO_LESION_DETECTED: "No lesion was detected. This is not evidence that there is none.",
    QualityCode.LESIONS_NOT_ASSESSED: "Lesions were not assessed: the model does not look for them in this series.",
    QualityCode.LEVELS_ASSUMED: "Vertebra names are assumed: the landmarks that they are counted from leave a doubt.",
    QualityCode.LEVELS_UNKNOWN: "Vertebra names are not known: no landmark (C2, ribs, sacrum) tells them clearly.",
    QualityCode.PARTIAL_COVERAGE: "The field of view cuts through a lesion or the spine.",
    QualityCode.LOW_RESOLUTION: "Voxels are too large for a grade of cord compression.",
    QualityCode.CORD_NOT_SEPARABLE: "Cord and thecal sac cannot be told apart on this series; only the canal is given.",
    QualityCode.CORD_INTERRUPTED: "The cord could not be followed through part of the canal.",
    QualityCode.UNUSUAL_ANATOMY: "The segmentation looks unlike a spine in places; check it before use.",
    QualityCode.SHEARED_ACQUISITION: "Gantry tilt was resampled away before the analysis.",
    QualityCode.SERIES_FAILED: "A series could not be analysed.",
    QualityCode.UNREADABLE_FILES: "Some files of the study could not be read.",
    QualityCode.SYNTHETIC_TRAINING_ONLY: "The network was trained on synthetic spines only.",
    QualityCode.ARTEFACT: "Metal or motion artefacts limit this series.",
    QualityCode.MODALITY_GUESSED: "Whether this is MR or CT was guessed from the intensities of the image file.",
    QualityCode.LOW_CONFIDENCE: "The network is unsure of what it sees in this series; nothing of it was used.",
    QualityCode.LOW_SIGNAL: "The image has too little signal against its noise; check the outlines before use.",
    QualityCode.REGISTRATION_REFUSED: (
        "This series could not be placed in the space of the main series; nothing was carried between the two."
    ),
    QualityCode.PRIOR_MATCHED_BY_LEVEL: (
        "Lesions were matched with those of the prior study by level alone, without a common patient space."
    ),
    QualityCode.ANCHOR_REFUSED: (
        "A landmark for counting levels (C2, ribs or sacrum) contradicts the rest of the spine and was not used."
    ),
}

# What a machine can say of an image's quality: limited where one of these is noted, else it is not judged.
LIMITED_QUALITY = frozenset(
    {
        QualityCode.PARTIAL_COVERAGE,
        QualityCode.LOW_RESOLUTION,
        QualityCode.ARTEFACT,
        QualityCode.LOW_SIGNAL,
        QualityCode.LOW_CONFIDENCE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityNote:
    """One doubt, about a series where one is named, else about the study."""

    code: QualityCode
    series_instance_uid: str | None = None
