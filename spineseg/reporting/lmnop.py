"""Recommendation -> the five rows of a tumour board's sheet (LMNOP): key facts, known or not, then the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from spineseg.domain.recommendation import KnownFact, Recommendation, Topic
from spineseg.reporting.option_words import PROVENANCE_WORDS, TOPIC_WORDS
from spineseg.reporting.wording import NOT_KNOWN

# Facts that a board asks for under each letter: shown even where they are not known (LMNOP, Global Spine J 2014).
KEY_FACTS: dict[Topic, dict[str, str]] = {
    Topic.LOCATION: {
        "img.levels": "Levels",
        "img.compartment": "Compartment",
        "img.max_diameter_mm": "Greatest diameter",
        "img.whole_spine_covered": "Whole spine imaged",
    },
    Topic.MECHANICAL: {
        "img.sins": "SINS",
        "clin.pain": "Pain",
        "img.bone_quality": "Bone quality",
    },
    Topic.NEUROLOGY: {
        "img.escc": "Approximate ESCC",
        "clin.neuro_deficit": "Neurological deficit",
        "clin.deficit_progressing": "Deficit progressing",
        "clin.ambulatory": "Able to walk",
        "clin.sphincter": "New sphincter disturbance",
    },
    Topic.ONCOLOGY: {
        "clin.tumour_class": "Tumour class",
        "clin.histology": "Histology",
        "clin.histology_confirmed": "Confirmed by",
        "clin.radiosensitivity": "Radiosensitivity",
        "clin.systemic_disease": "Disease elsewhere",
    },
    Topic.PATIENT: {
        "clin.age_years": "Age",
        "clin.ecog": "ECOG",
        "clin.operable_fitness": "Fit for an operation",
        "clin.life_expectancy_months": "Life expectancy",
        "clin.goals_of_care": "Goals of care",
        "clin.prior_rt_level": "Radiotherapy at this level before",
        "clin.prior_surgery_level": "Surgery at this level before",
    },
}  # fmt: skip
# Parts of facts that the sheet shows whole: ends of a grade, components of a score, conditions of the rules.
_PARTS = ("img.escc.", "img.sins.", "img.sr_verified", "img.level_count", "img.region", "case.", "output.")
MOST_LESIONS = 3  # values of more lesions than this would fill the page [P]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetFact:
    """One fact of the sheet; `origin` is empty where it is not known."""

    label: str
    text: str
    origin: str = ""

    @property
    def known(self) -> bool:
        """Whether it has a value."""
        return bool(self.origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One letter of the sheet."""

    letter: str
    title: str
    facts: tuple[SheetFact, ...]


def sheet_rows(recommendation: Recommendation) -> tuple[SheetRow, ...]:
    """Rows in the order of LMNOP."""
    return tuple(
        SheetRow(letter=topic.value, title=TOPIC_WORDS[topic], facts=_facts(topic, recommendation)) for topic in Topic
    )


def _facts(topic: Topic, recommendation: Recommendation) -> tuple[SheetFact, ...]:
    by_name: dict[str, list[KnownFact]] = {}
    for fact in recommendation.facts:
        by_name.setdefault(fact.name, []).append(fact)
    keys = KEY_FACTS[topic]
    wanted = [_sheet_fact(label, by_name.get(name, ())) for name, label in keys.items()]
    others = [
        _sheet_fact(values[0].label, values)
        for name, values in by_name.items()
        if values[0].topic is topic and name not in keys and not name.startswith(_PARTS)
    ]
    return (*wanted, *others)


def _sheet_fact(label: str, values: Sequence[KnownFact]) -> SheetFact:
    if not values:
        return SheetFact(label=label, text=NOT_KNOWN)
    origins = dict.fromkeys(PROVENANCE_WORDS[value.provenance] for value in values)
    return SheetFact(label=label, text=_joined(values), origin=", ".join(origins))


def _joined(values: Sequence[KnownFact]) -> str:
    """Value of every lesion: "1: T7; 2: L2"; the bare value where there is one."""
    if len(values) == 1:
        return values[0].text
    shown = [_numbered(value) for value in values[:MOST_LESIONS]]
    return "; ".join([*shown, *_more(values[MOST_LESIONS:])])


def _numbered(value: KnownFact) -> str:
    return value.text if value.lesion is None else f"{value.lesion}: {value.text}"


def _more(rest: Sequence[KnownFact]) -> Iterable[str]:
    return (f"and {len(rest)} more",) if rest else ()
