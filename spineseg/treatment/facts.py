"""Imaging facts + ClinicalContext -> CaseView: everything that is known about one lesion and its patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from spineseg.domain.clinical import ClinicalContext, Fact, Provenance
from spineseg.treatment.facttable import FactSpec, fact_table, histologies
from spineseg.treatment.stability import Ends, completed_sins
from spineseg.treatment.values import Known, interval_text, known

# Where a lower value could take an alert or a consultation away: the machine's upper end is not forgotten.
_WEIGHED = ("img.escc", "img.sins", "img.cauda_effacement_pct")


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionFacts:
    """What the report says of one lesion.

    Parameters
    ----------
    alignment : (low, high) [points] by whether a deformity is new
        SINS alignment where the report cannot say whether a deformity is new; None where it can.
    """

    number: int
    known: Mapping[str, Known]
    alignment: Mapping[bool, Ends] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the report says: facts of the study, and of each lesion, worst first; no key where it says nothing."""

    study: Mapping[str, Known]
    lesions: tuple[LesionFacts, ...] = ()

    @property
    def worst(self) -> LesionFacts | None:
        """The lesion of highest grade; None without one."""
        return self.lesions[0] if self.lesions else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """The patient and one lesion; `lesion` is None where the report has none."""

    lesion: int | None
    known: Mapping[str, Known] = field(default_factory=dict)

    def get(self, name: str) -> Known | None:
        """The fact, or None where it is unknown."""
        return self.known.get(name)


def merge(
    facts: Facts, clinical: ClinicalContext, radiosensitivity: Mapping[str, str] | None = None
) -> tuple[CaseView, ...]:
    """One view for each lesion, worst first; one without lesion where the report has none.

    What a person states about images is about the worst lesion, and goes before what the machine says. Of a grade, a
    SINS total and an effaced sac the machine's range stays shown; a value below that range widens it downwards, so
    that it takes no alert away, and "not applicable" takes no grade away.

    Parameters
    ----------
    radiosensitivity
        By histology, in place of the table's.
    """
    table = fact_table()
    stated = {name: fact for name, fact in clinical.facts.items() if name in table}
    general = {name: fact for name, fact in stated.items() if not table[name].per_lesion}
    # In the order of the table, so that the order of the clinic's lines changes no word.
    about_lesion = {name: stated[name] for name in table if name in stated and table[name].per_lesion}
    patient = {**facts.study, **{name: known(table[name], fact) for name, fact in general.items()}}
    _derive_radiosensitivity(patient, radiosensitivity)
    lesions = facts.lesions or (None,)
    return tuple(
        _view(lesion, patient, about_lesion if number == 0 else {}, general) for number, lesion in enumerate(lesions)
    )


def _view(
    lesion: LesionFacts | None, patient: Mapping[str, Known], stated: Mapping[str, Fact], general: Mapping[str, Fact]
) -> CaseView:
    merged = dict(patient)
    if lesion is not None:
        merged.update(lesion.known)
        merged.update(completed_sins(lesion.known, {**general, **stated}, lesion.alignment))
    disagreements = []
    for name, fact in stated.items():
        spec, machine = fact_table()[name], merged.get(name)
        person = known(spec, fact)
        merged[name] = person if machine is None or name not in _WEIGHED else _read_by_person(spec, machine, person)
        if machine is not None and name in _WEIGHED and _disagree(machine, person):
            disagreements.append(f"{spec.label} {person.text} against {machine.text}")
        if name == "img.escc":
            merged.update({} if machine is None else {"img.escc.report": machine})
            merged.update(grade_ends(merged[name]))
    if disagreements:
        text = "; ".join(disagreements)
        merged["img.reader_conflict"] = Known(text=text, answer=text, provenance=Provenance.DERIVED)
    return CaseView(lesion=None if lesion is None else lesion.number, known=merged)


def grade_ends(escc: Known) -> dict[str, Known]:
    """The facts `img.escc.low`, `.point` and `.high` of an ESCC; no key for an end that is unknown."""
    parts: dict[str, Known] = {}
    for end in ("low", "point", "high"):
        name = f"img.escc.{end}"
        rank = getattr(escc, end)
        if escc.answer is not None:
            parts[name] = escc
        elif rank is not None:
            text = interval_text(fact_table()[name], rank, rank)
            parts[name] = replace(escc, text=text, low=rank, point=rank, high=rank)
    return parts


def _read_by_person(spec: FactSpec, machine: Known, person: Known) -> Known:
    """The person's value; the machine's upper end still counts where the value lies below the machine's range."""
    if person.low is None and machine.low is None:
        return person
    if person.low is None:
        return replace(machine, text=f"{machine.text} (a reader says {person.text})")
    if machine.low is None or machine.high is None:
        return replace(person, text=f"{person.text} (a reader; the report says {machine.text})")
    if machine.low == machine.high == person.low:
        return replace(person, text=f"{person.text} (a reader and the report)")
    if machine.low <= person.low:
        return replace(person, text=f"{person.text} (a reader; the report says {machine.text})")
    text = f"{interval_text(spec, person.low, machine.high)} (a reader says {person.text}, the report {machine.text})"
    return replace(person, text=text, high=machine.high)


def _disagree(machine: Known, person: Known) -> bool:
    if machine.low is None or machine.high is None or person.low is None:
        return machine.low != person.low
    return not machine.low <= person.low <= machine.high


def _derive_radiosensitivity(patient: dict[str, Known], own: Mapping[str, str] | None) -> None:
    histology = patient.get("clin.histology")
    if histology is None or "clin.radiosensitivity" in patient:
        return
    name = str(histology.answer)
    answer = (own or {}).get(name) or histologies()[name].get("radiosensitivity")
    if answer is not None:
        text = f"{answer} (by the table of histologies)"
        patient["clin.radiosensitivity"] = Known(text=text, answer=answer, provenance=Provenance.DERIVED)
