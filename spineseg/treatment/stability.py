"""SinsScore -> facts of stability: total and components as ranges, and what would narrow them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from spineseg.domain.clinical import Fact
from spineseg.domain.sins import SINS_MAXIMUM, PointRange, SinsComponent, SinsDoubt, SinsScore
from spineseg.treatment.reported import interval
from spineseg.treatment.values import Known

Ends: TypeAlias = tuple[float, float]

# Points of pain and of the bone lesion (Fisher 2010, table 1): other pain than mechanical scores 1.
_PAIN_POINTS = {"mechanical": 3.0, "biologic": 1.0, "radicular": 1.0, "none": 0.0}
_BONE_POINTS = {"lytic": 2.0, "mixed": 1.0, "blastic": 0.0}
# What would narrow each component: the clinic, a CT, or nothing but a better reading.
_NARROWS = {
    SinsDoubt.CLINICAL: "clin.pain",
    SinsDoubt.NEEDS_CT: "img.bone_quality",
    SinsDoubt.DE_NOVO_UNKNOWN: "clin.deformity_de_novo",
}
_COMPONENTS = {
    SinsComponent.LOCATION: "img.sins.location",
    SinsComponent.BONE_LESION: "img.sins.bone_lesion",
    SinsComponent.ALIGNMENT: "img.sins.alignment",
    SinsComponent.COLLAPSE: "img.sins.collapse",
    SinsComponent.POSTEROLATERAL: "img.sins.posterolateral",
}


def sins_facts(sins: SinsScore) -> dict[str, Known]:
    """Total and components as ranges, each range with what would narrow it; an unknown component has no key."""
    found: dict[str, Known] = {}
    narrows: list[str] = []
    for component in SinsComponent:
        points = sins.range_of(component)
        if points.low != points.high:
            narrows.append(_narrowing(component, points))
        name = _COMPONENTS.get(component)
        told = (points.low, points.high) != (0, SINS_MAXIMUM[component])
        if name is not None and (told or points.doubt is SinsDoubt.DE_NOVO_UNKNOWN):
            found[name] = interval(name, points.low, points.high)
    found["img.sins"] = interval("img.sins", sins.low, sins.high, tuple(dict.fromkeys(narrows)))
    return found


def alignment_by_onset(sins: SinsScore) -> Mapping[bool, Ends] | None:
    """Points of alignment if the deformity is new (True) or old (False); None where the report itself can say."""
    points = sins.range_of(SinsComponent.ALIGNMENT)
    if points.doubt is not SinsDoubt.DE_NOVO_UNKNOWN:
        return None
    new = (points.low, points.high) if points.estimate is None else (points.estimate, points.estimate)
    # Degenerative slips and old curves score nothing (clinical.md section 2.4).
    return {True: (float(new[0]), float(new[1])), False: (float(points.low), float(points.low))}


def completed_sins(
    known: Mapping[str, Known], stated: Mapping[str, Fact], alignment: Mapping[bool, Ends] | None
) -> dict[str, Known]:
    """Total and components with what a person adds: pain, whether a deformity is new, bone quality.

    Parameters
    ----------
    known
        Facts of the report about the lesion.
    stated
        Facts of the clinic that apply to it.
    alignment
        As `alignment_by_onset`.
    """
    total = known.get("img.sins")
    if total is None or total.low is None or total.high is None:
        return {}
    low, high, narrows = total.low, total.high, total.narrows
    changed: dict[str, Known] = {}
    for fact, component, before, after in _settled(known, stated, alignment):
        if fact in narrows:
            low, high = low + after[0] - before[0], high - (before[1] - after[1])
            narrows = tuple(name for name in narrows if name != fact)
            if component:
                changed[component] = interval(component, *after)
    changed["img.sins"] = interval("img.sins", low, high, narrows)
    return {name: replace(value, verified_by=total.verified_by) for name, value in changed.items()}


def _settled(
    known: Mapping[str, Known], stated: Mapping[str, Fact], alignment: Mapping[bool, Ends] | None
) -> Iterator[tuple[str, str, Ends, Ends]]:
    """Fact, component that it settles, its range before and after."""
    pain, new, bone = (stated.get(name) for name in ("clin.pain", "clin.deformity_de_novo", "img.bone_quality"))
    if pain is not None and isinstance(pain.value, tuple):
        points = max(_PAIN_POINTS[kind] for kind in pain.value)
        yield pain.name, "", (0.0, float(SINS_MAXIMUM[SinsComponent.PAIN])), (points, points)
    if new is not None and alignment is not None:
        yield new.name, "img.sins.alignment", _range(known, SinsComponent.ALIGNMENT), alignment[bool(new.value)]
    if bone is not None:
        points = _BONE_POINTS[str(bone.value)]
        yield bone.name, "img.sins.bone_lesion", _range(known, SinsComponent.BONE_LESION), (points, points)


def _range(known: Mapping[str, Known], component: SinsComponent) -> Ends:
    fact = known.get(_COMPONENTS[component])
    if fact is None or fact.low is None or fact.high is None:
        return (0.0, float(SINS_MAXIMUM[component]))
    return (fact.low, fact.high)


def _narrowing(component: SinsComponent, points: PointRange) -> str:
    if component is SinsComponent.PAIN:
        return "clin.pain"
    if points.doubt in _NARROWS:
        return _NARROWS[points.doubt]
    return "img.bone_quality" if component is SinsComponent.BONE_LESION else _COMPONENTS[component]
