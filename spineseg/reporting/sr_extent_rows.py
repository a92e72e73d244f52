"""Parts, sectors, layers, surgical type and change of a lesion -> rows of its SR group."""

from __future__ import annotations

from collections.abc import Iterator

from highdicom.sr import Measurement, QualitativeEvaluation
from pydicom.sr.coding import Code

from spineseg.domain import extent_vocabulary as extent
from spineseg.domain import followup_vocabulary as followup
from spineseg.domain import vocabulary as words
from spineseg.domain.codes import LATERALITY
from spineseg.domain.findings import LesionFinding, PriorComparison
from spineseg.domain.vocabulary import NO, YES
from spineseg.reporting.sr_items import answer, modifier, numbers


def extent_evaluations(lesion: LesionFinding) -> Iterator[QualitativeEvaluation]:
    """What the lesion involves, after an answer to whether that was assessed at all."""
    yield _assessed(words.SUBREGIONS_ASSESSED, lesion.subregions)
    for name in lesion.subregions or ():
        part = words.SUBREGIONS[name]
        side = () if part.laterality is None else (modifier(LATERALITY, part.laterality),)
        yield answer(words.SUBREGION, part.code, under=side)
    yield _assessed(extent.WBB_SECTORS_ASSESSED, lesion.wbb_sectors)
    if lesion.wbb_sectors is not None:
        yield answer(extent.WBB_CONVENTION, extent.WBB_SOSG)
    for sector in lesion.wbb_sectors or ():
        yield answer(extent.WBB_SECTOR, extent.WBB_SECTORS[sector])
    yield _assessed(extent.WBB_LAYERS_ASSESSED, lesion.wbb_layers)
    for layer in lesion.wbb_layers or ():
        yield answer(extent.WBB_LAYER, extent.WBB_LAYERS[layer])
    if lesion.tomita_type is not None:
        yield answer(extent.TOMITA_TYPE, extent.TOMITA_TYPES[lesion.tomita_type])


def prior_measurements(prior: PriorComparison | None) -> list[Measurement]:
    """Numbers of the comparison; an unknown one has no row."""
    if prior is None:
        return []
    values = {key: getattr(prior, key) for key in followup.FOLLOWUP_MEASUREMENTS}
    known = {key: value for key, value in values.items() if value is not None}
    return list(numbers(known, followup.FOLLOWUP_MEASUREMENTS))


def prior_evaluations(prior: PriorComparison | None) -> Iterator[QualitativeEvaluation]:
    """What became of the lesion, and its former grade."""
    if prior is None:
        return
    yield answer(followup.CHANGE, followup.CHANGES[prior.change])
    if prior.prior_escc_point is not None:
        yield answer(followup.PRIOR_ESCC_POINT, words.ESCC_GRADES[prior.prior_escc_point])


def _assessed(question: Code, found: tuple[object, ...] | None) -> QualitativeEvaluation:
    return answer(question, NO if found is None else YES)
