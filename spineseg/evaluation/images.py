"""Segmenter + datalist of labelled real images -> scores of every case, and what is not there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from spineseg.domain import labels
from spineseg.domain.quality import QualityCode
from spineseg.domain.segmentation import Segmentation, Segmenter
from spineseg.domain.volume import LabelMap, Volume, like, spacing_mm, voxel_volume_mm3
from spineseg.errors import AnatomyError, InputError
from spineseg.evaluation.casepictures import draw_case
from spineseg.evaluation.datalist import CaseRole, Datalist, ImageCase
from spineseg.evaluation.realcases import check_any_image, load_case, load_labels, missing_files
from spineseg.evaluation.references import ReferenceScore, score_reference
from spineseg.evaluation.reliability import Reliability, reliability
from spineseg.evaluation.surface import tolerance_mm
from spineseg.files import write_bytes
from spineseg.pipeline import describe_study

_MM3_PER_ML = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSpine:
    """What a segmenter made of one image.

    Parameters
    ----------
    vertebrae, named, discs
        Labels in view; named ones carry a level's name, assumed or not.
    lesion_ml : [mL]
        Of all lesions; None where lesions were not looked for.
    seconds
        Of the segmenter alone.
    tolerance_mm
        Of the surface Dice on this image's grid.
    """

    vertebrae: int
    named: int
    discs: int
    lesion_ml: float | None
    seconds: float
    tolerance_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseScore:
    """Scores of one case.

    Parameters
    ----------
    not_there
        Files of the case that the data folder does not hold.
    problem
        Why the image, or its masks as a spine, could not be used; empty where nothing is wrong.
    reliability
        Of the cord's probability; None where there is no cord reference or no probability.
    found
        None where the image could not be segmented.
    """

    name: str
    role: CaseRole
    contrast: str
    licence: str
    healthy: bool
    not_there: tuple[str, ...] = ()
    problem: str = ""
    found: FoundSpine | None = None
    scores: tuple[ReferenceScore, ...] = ()
    picture: str = ""
    reliability: Reliability | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageScores:
    """All cases of a datalist; `version` says which weights were scored."""

    segmenter: str
    version: str
    weights_sha256: tuple[str, ...]
    datalist: Datalist
    cases: tuple[CaseScore, ...] = field(default=())


def evaluate_images(
    segmenter: Segmenter,
    datalist: Datalist,
    data_root: Path,
    *,
    pictures: Path | None = None,
    on_stage: Callable[[str], None] = lambda _: None,
) -> ImageScores:
    """Score every case of a datalist.

    Parameters
    ----------
    pictures
        Existing folder for one PNG a case; none are drawn where it is not given.

    Raises
    ------
    SettingsError
        The data folder, or every image in it, is not there.
    BundleError
        The model is missing or wrong.
    """
    check_any_image(datalist.cases, data_root)
    identity = segmenter.algorithm
    cases = []
    for number, case in enumerate(datalist.cases, start=1):
        on_stage(f"{number} of {len(datalist.cases)}, {case.name}")
        cases.append(score_case(segmenter, case, data_root, pictures=pictures))
    return ImageScores(
        segmenter=identity.segmenter,
        version=identity.version,
        weights_sha256=identity.weights_sha256,
        datalist=datalist,
        cases=tuple(cases),
    )


def score_case(segmenter: Segmenter, case: ImageCase, data_root: Path, *, pictures: Path | None = None) -> CaseScore:
    """Score one case; what cannot be used is said in the result."""
    absent = missing_files(case, data_root)
    if case.image in absent:
        return _case_score(case, not_there=absent)
    try:
        volume = load_case(case, data_root)
    except InputError as error:
        return _case_score(case, not_there=absent, problem=str(error))
    began = time.monotonic()
    raw = segmenter(volume)
    seconds = time.monotonic() - began
    found, problem = _named(raw)
    truths = {
        reference.mask: load_labels(data_root / reference.mask, volume.image)
        for reference in case.references
        if reference.mask not in absent
    }
    scores = [
        score
        for reference in case.references
        if reference.mask in truths
        for score in score_reference(found, reference, truths[reference.mask])
    ]
    result = _case_score(
        case, not_there=absent, problem=problem, found=_found(found, seconds), scores=tuple(scores),
        picture="" if pictures is None else f"{case.name}.png",
    )  # fmt: skip
    result = replace(result, reliability=_reliability(found, case, truths))
    if pictures is not None:
        _save_picture(pictures / result.picture, case, volume, found, tuple(truths.values()))
    return result


def _case_score(
    case: ImageCase,
    *,
    not_there: tuple[str, ...],
    problem: str = "",
    found: FoundSpine | None = None,
    scores: tuple[ReferenceScore, ...] = (),
    picture: str = "",
) -> CaseScore:
    return CaseScore(
        name=case.name,
        role=case.role,
        contrast=case.contrast,
        licence=case.licence,
        healthy=case.healthy,
        not_there=not_there,
        problem=problem,
        found=found,
        scores=scores,
        picture=picture,
    )


def _named(raw: Segmentation) -> tuple[Segmentation, str]:
    """Masks with the names that a run would give them, and why it would give none."""
    try:
        (anatomy,) = describe_study([raw])
    except AnatomyError as error:
        return raw, str(error)
    return anatomy.segmentation, ""


def _reliability(found: Segmentation, case: ImageCase, truths: Mapping[str, LabelMap]) -> Reliability | None:
    for reference in case.references:
        values = [value for value, name in reference.values.items() if name == "spinal cord"]
        if found.cord_probability is not None and values and reference.mask in truths:
            truth = truths[reference.mask]
            return reliability(found.cord_probability, like(truth, np.isin(truth.array, values).astype(np.uint8)))
    return None


def _found(masks: Segmentation, seconds: float) -> FoundSpine:
    values = np.unique(masks.anatomy.array).tolist()
    assessed = all(note.code is not QualityCode.LESIONS_NOT_ASSESSED for note in masks.quality)
    lesions = int(np.count_nonzero(masks.lesions.array)) * voxel_volume_mm3(masks.lesions) / _MM3_PER_ML
    return FoundSpine(
        vertebrae=sum(labels.is_vertebra(value) for value in values),
        named=sum(value in labels.VERTEBRA_VALUES.values() for value in values),
        discs=sum(value > labels.DISC_OFFSET for value in values),
        lesion_ml=lesions if assessed else None,
        seconds=seconds,
        tolerance_mm=tolerance_mm(spacing_mm(masks.anatomy)),
    )


def _save_picture(path: Path, case: ImageCase, volume: Volume, found: Segmentation, truths: Sequence[LabelMap]) -> None:
    write_bytes(
        path,
        draw_case(
            volume, found, truths, title=case.name, subtitle=case.caption or f"{case.contrast}, {case.role.value}"
        ),
    )
