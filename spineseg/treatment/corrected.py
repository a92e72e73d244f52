"""Corrections in a report -> its facts with the former value and the person's name, so that nothing goes silently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from spineseg.domain.clinical import Provenance
from spineseg.domain.findings import CorrectedItem, Correction, RejectedLesion
from spineseg.treatment.values import Known

CORRECTIONS = "img.corrections"
REJECTED = "img.rejected"
# Facts that follow from what a person may correct.
_FACTS: dict[CorrectedItem, tuple[str, ...]] = {
    CorrectedItem.ESCC: ("img.escc", "img.escc.low", "img.escc.point", "img.escc.high"),
    CorrectedItem.COMPARTMENT: ("img.compartment",),
    CorrectedItem.LEVEL: ("img.levels", "img.level_count", "img.region", "img.below_conus"),
    CorrectedItem.SINS_LOCATION: ("img.sins.location",),
    CorrectedItem.SINS_BONE_LESION: ("img.sins.bone_lesion",),
    CorrectedItem.SINS_ALIGNMENT: ("img.sins.alignment",),
    CorrectedItem.SINS_COLLAPSE: ("img.sins.collapse",),
    CorrectedItem.SINS_POSTEROLATERAL: ("img.sins.posterolateral",),
}
_WORDS: dict[CorrectedItem, str] = {CorrectedItem.ESCC: "approximate ESCC"}


def with_corrections(found: Mapping[str, Known], corrections: Sequence[Correction]) -> dict[str, Known]:
    """Facts of a lesion, those that a person corrected with the former value and the name; and a fact that lists them.

    Parameters
    ----------
    corrections
        Oldest first; of one item the last one stands.
    """
    changed = dict(found)
    last = {one.item: one for one in corrections}
    for one in last.values():
        for name in _FACTS.get(one.item, ()):
            if name in changed:
                text = f"{changed[name].text} (corrected by a person; before: {one.before})"
                changed[name] = replace(changed[name], text=text, verified_by=one.corrected_by)
    if last:
        changed[CORRECTIONS] = _listing(f"{_words(one.item)} before: {one.before}" for one in last.values())
        changed[CORRECTIONS] = replace(changed[CORRECTIONS], verified_by=corrections[-1].corrected_by)
    return changed


def rejected_fact(rejected: Sequence[RejectedLesion]) -> dict[str, Known]:
    """The fact that lists what a person does not take for a lesion; none where nothing was rejected."""
    if not rejected:
        return {}
    told = _listing(f"{', '.join(one.levels) or 'level not known'}, before: {one.rejection.before}" for one in rejected)
    return {REJECTED: replace(told, verified_by=rejected[-1].rejection.corrected_by)}


def _listing(parts: Iterable[str]) -> Known:
    text = "; ".join(parts)
    return Known(text=text, answer=text, provenance=Provenance.SR)


def _words(item: CorrectedItem) -> str:
    return _WORDS.get(item, item.value.replace("sins.", "SINS ").replace("_", " "))
