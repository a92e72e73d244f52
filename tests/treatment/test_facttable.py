from __future__ import annotations

from spineseg.domain.clinical import Provenance
from spineseg.treatment import load_ruleset
from spineseg.treatment.facttable import FactType, fact_table, histologies

# Facts of clinical.md section 4.2 with another name here: a study has several modalities, and SINS is a range.
RENAMED = {"img.modality": "img.has_mr", "img.sins.min": "img.sins", "img.sins.max": "img.sins",
           "img.sins.lesion": "img.sins.bone_lesion"}  # fmt: skip
DICTIONARY = [
    "img.modality", "img.sequence", "img.quality", "img.sr_verified", "img.lesion_count", "img.levels",
    "img.compartment", "img.escc.low", "img.escc.point", "img.escc.high", "img.escc.reason",
    "img.cauda_effacement_pct", "img.tumour_cord_gap_mm", "img.sins.location", "img.sins.lesion",
    "img.sins.alignment", "img.sins.collapse", "img.sins.posterolateral", "img.sins.min", "img.sins.max",
    "img.bone_quality", "img.collapse_pct", "img.posterior_wall_breach", "img.pathological_fracture",
    "img.body_involved_pct", "img.subregions", "img.foraminal_left", "img.foraminal_right",
    "img.paraspinal_left", "img.paraspinal_right", "img.wbb_sectors", "img.wbb_layers", "img.tomita_type",
    "img.volume_cm3", "img.max_diameter_mm", "img.cord_t2_hyperintensity", "img.growth",
    "img.hypervascular_signs", "img.whole_spine_covered", "clin.age_years", "clin.pregnant",
    "clin.skeletally_mature", "clin.neuro_deficit", "clin.deficit_onset_hours", "clin.deficit_progressing",
    "clin.ambulatory", "clin.sphincter", "clin.frankel_asia", "clin.paraplegia_hours", "clin.pain",
    "clin.pain_severity", "clin.pain_refractory", "clin.known_cancer", "clin.histology",
    "clin.histology_confirmed", "clin.tumour_class", "clin.tumour_grade", "clin.enneking", "clin.who_grade",
    "clin.suspected_lymphoma", "clin.suspected_hypervascular", "clin.radiosensitivity", "clin.prior_rt_level",
    "clin.prior_surgery_level", "clin.systemic_disease", "clin.life_expectancy_months", "clin.ecog", "clin.kps",
    "clin.operable_fitness", "clin.tokuhashi", "clin.systemic_options", "clin.chemo_candidate",
    "clin.coagulopathy", "clin.anticoagulated", "clin.active_infection", "clin.platelets",
    "clin.steroid_contra", "clin.on_steroids", "clin.denosumab_contra", "clin.syndrome", "clin.symptomatic",
    "clin.patient_wishes", "clin.goals_of_care", "clin.prior_imaging_available", "clin.deformity_de_novo",
    "clin.emergency_contact_done",
]  # fmt: skip


def test_dictionary() -> None:
    """Every fact of the clinical basis is in the table, under its name or the one that the list above gives."""
    assert [name for name in DICTIONARY if RENAMED.get(name, name) not in fact_table()] == []


def test_rows_are_complete() -> None:
    """Every fact says why it is there; one that the clinic is asked for has a question and its allowed values."""
    for spec in fact_table().values():
        assert spec.label
        assert spec.why
        assert not spec.from_clinic or spec.question or spec.name == "img.quality"
        assert spec.choices()
        if spec.type in (FactType.NUMBER, FactType.RANGE):
            assert spec.minimum is not None
            assert spec.maximum is not None


def test_unused_facts_are_asked_for_no_rule() -> None:
    """No rule decides on a prognostic score: the engine shows it only."""
    used = {spec.name for rule in load_ruleset().rules.values() for spec in rule.specs()}

    assert not used & {"clin.tokuhashi", "clin.ecog", "clin.kps", "clin.emergency_contact_done"}


def test_derived_facts_are_not_asked() -> None:
    """Named conditions and outputs come from other facts only."""
    derived = [spec for spec in fact_table().values() if spec.name.startswith(("case.", "output."))]

    assert derived
    assert all(spec.provenance == (Provenance.DERIVED,) for spec in derived)


def test_histologies() -> None:
    """Radiosensitivity is one of three classes or open, as the table of the clinical basis says."""
    classes = {name: row.get("radiosensitivity") for name, row in histologies().items()}

    assert classes["lymphoma"] == "sensitive"
    assert classes["breast"] == "intermediate"
    assert classes["renal"] == "resistant"
    assert classes["other"] is None
    assert set(classes.values()) == {"sensitive", "intermediate", "resistant", None}
