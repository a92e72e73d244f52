"""Converted set and split -> cases that `images.score_case` can score: what each label map is complete about."""

from __future__ import annotations

from spineseg.domain import labels
from spineseg.domain.dataset import NOT_KNOWN, LabelledCase, LabelledSet, Names, Split, Structure
from spineseg.domain.volume import Modality, SeriesRole
from spineseg.errors import SettingsError
from spineseg.evaluation.datalist import CaseRole, ImageCase, Reference, Rule

_NAMED = {value: name for name, value in labels.VERTEBRA_VALUES.items()}
_VERTEBRAE = [value for value in labels.ANATOMY if labels.is_vertebra(value)]
_DISCS = [
    label.value
    for label in labels.ANATOMY.values()
    if label.kind in (labels.LabelKind.DISC, labels.LabelKind.UNNAMED_DISC)
]
_CANAL = (*labels.CANAL_CONTENT,)


def image_cases(labelled: LabelledSet, split: Split) -> tuple[ImageCase, ...]:
    """Cases of a split.

    Raises
    ------
    SettingsError
        The split is empty.
    """
    cases = labelled.of(split)
    if not cases:
        raise SettingsError(f"the set has no {split.value} case", labelled.source.name, "score another --split")
    return tuple(_image_case(case, labelled.source.licence, split) for case in cases)


def _image_case(case: LabelledCase, licence: str, split: Split) -> ImageCase:
    return ImageCase(
        name=case.name,
        image=case.image,
        modality=case.modality,
        contrast=case.modality.value,
        # The file does not say its weighting; anatomy is found on any.
        series=SeriesRole.CT if case.modality is Modality.CT else SeriesRole.OTHER,
        role=CaseRole.VALIDATION,
        licence=licence,
        healthy=False,
        caption=f"{case.modality.value}, {split.value}",
        references=tuple(_reference(case, structure) for structure in case.labelled),
    )


def _reference(case: LabelledCase, structure: Structure) -> Reference:
    rule, values = _compared(structure, case.names)
    return Reference(
        mask=case.label,
        values=values,
        rule=rule,
        group=f"{structure.value} {case.modality.value}",
        ignore=(NOT_KNOWN,),
        drawn_by="not stated",
    )


def _compared(structure: Structure, names: Names) -> tuple[Rule, dict[int, str]]:
    if structure is Structure.VERTEBRA and names is Names.GIVEN:
        return Rule.NAMED, dict(_NAMED)
    if structure in (Structure.VERTEBRA, Structure.BODY):
        return Rule.OWNED, dict.fromkeys(_VERTEBRAE, structure.value)
    if structure is Structure.DISC:
        return Rule.OWNED, dict.fromkeys(_DISCS, structure.value)
    if structure is Structure.CORD:
        return Rule.DICE_IN_SLAB, {labels.SPINAL_CORD: structure.value}
    if structure is Structure.CANAL:
        return Rule.DICE, dict.fromkeys(_CANAL, structure.value)
    return Rule.DICE, {labels.SACRUM: structure.value}
