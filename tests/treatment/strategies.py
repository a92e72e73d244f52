"""Random reports and random sets of clinical facts, for the properties of the rules."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from spineseg.domain.clinical import ClinicalContext, FactValue
from spineseg.domain.findings import Findings
from spineseg.treatment.facttable import FactSpec, FactType, fact_table
from tests.treatment.cases import clinical_of, findings_of

GRADES = ("0", "1a", "1b", "1c", "2", "3")
ASKED = {spec.name: spec for spec in fact_table().values() if spec.from_clinic}
NONE_SHARE = 0.5  # share of "none" where a fact may say that there is nothing
_SOME: dict[FactType, Sequence[FactValue]] = {
    FactType.BOOL: (True, False),
    FactType.LEVELS: (("T8",), ("L4",)),
    FactType.RANGE: ("<3", "3-6", ">6", 2, 4, 12),
    FactType.TEXT: ("words",),
}
SUBREGIONS = ("vertebral_body", "posterior_wall_breach", "foramen_left", "pedicle_right", "epidural_space")


def some_value(spec: FactSpec, chance: random.Random) -> FactValue:
    """A value that the fact allows."""
    if spec.type is FactType.NUMBER:
        assert spec.minimum is not None
        assert spec.maximum is not None
        small = int(min(spec.maximum, 100))
        return chance.choice((spec.minimum, spec.maximum, chance.randint(int(spec.minimum), small)))
    if spec.type is FactType.CHOICES:
        others = [value for value in spec.allowed if value != "none"]
        several = tuple(chance.sample(others, chance.randint(1, 2)))
        return ("none",) if "none" in spec.allowed and chance.random() < NONE_SHARE else several
    return chance.choice(_SOME.get(spec.type, spec.allowed))


def clinical_contexts() -> st.SearchStrategy[ClinicalContext]:
    """Any subset of the facts that the clinic may state, from none to all.

    From a seed, since drawing ninety facts one by one would take longer than all the rules.
    """
    return st.builds(_context, st.integers(0, 2**32), st.sampled_from((0.1, 0.4, 0.7, 0.95)))


def _context(seed: int, share: float) -> ClinicalContext:
    chance = random.Random(seed)
    return clinical_of({name: some_value(spec, chance) for name, spec in ASKED.items() if chance.random() < share})


@st.composite
def intervals(draw: st.DrawFn) -> list[str]:
    """An ESCC with low, point and high in order."""
    return [GRADES[rank] for rank in sorted(draw(st.lists(st.integers(0, 5), min_size=3, max_size=3)))]


@st.composite
def lesions(draw: st.DrawFn) -> dict[str, Any]:
    """A lesion in the shape of the case files."""
    unknown = st.sampled_from(("undetermined", "not_applicable"))
    raw: dict[str, Any] = {
        "escc": draw(st.one_of(intervals(), intervals(), unknown)),
        "compartment": draw(
            st.sampled_from(("extradural", "intradural_extramedullary", "intramedullary", "mixed", "undetermined"))
        ),
        "bone_quality": draw(st.sampled_from(("lytic", "blastic", "undetermined"))),
        "levels": draw(st.sampled_from((["T8"], ["L1"], ["L4"], ["V3"]))),
        "sins": draw(st.just({}) | st.fixed_dictionaries({"total": st.integers(0, 15)})),
    }
    if draw(st.booleans()):
        raw["subregions"] = draw(st.lists(st.sampled_from(SUBREGIONS), unique=True))
    if draw(st.booleans()):
        raw["metrics"] = {
            "tumour_cord_gap_mm": draw(st.integers(0, 20)),
            "cord_displacement_mm": draw(st.integers(0, 3)),
        }
    if draw(st.booleans()):
        raw["growth"] = draw(st.sampled_from(("grown", "stable", "new")))
    return raw


@st.composite
def reports(draw: st.DrawFn) -> dict[str, Any]:
    """A report in the shape of the case files."""
    return {
        "lesions": draw(st.lists(lesions(), max_size=2)),
        "levels": draw(st.sampled_from(([], ["T8"], "whole_spine"))),
        "quality": draw(st.sampled_from(([], ["artefact"], ["cord_not_separable"]))),
        "mr": draw(st.booleans()),
    }


def findings() -> st.SearchStrategy[Findings]:
    """Any findings that a case file can describe."""
    return reports().map(findings_of)
