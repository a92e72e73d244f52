"""A recommendation with an entry of every status, for the tests of what is made from it."""

from __future__ import annotations

from dataclasses import replace

from spineseg.domain.clinical import Provenance
from spineseg.domain.recommendation import (
    KnownFact,
    Layer,
    Option,
    OptionStatus,
    Question,
    Recommendation,
    Topic,
    Undecided,
    Urgency,
)
from spineseg.reporting.sr_header import ReportHeader
from tests.reporting.samples import STUDY_UID

HEADER = ReportHeader(
    sop_instance_uid="1.2.3.4",
    study_instance_uid=STUDY_UID,
    patient_name="Phantom Escc",
    patient_id="P-1",
    birth_date="19600229",
    sex="F",
    study_date="20261120",
    accession_number="A-7",
    verified=False,
)


def entry(rule_id: str, status: OptionStatus, text: str, **change: object) -> Option:
    """One entry; every field may be changed."""
    option = Option(
        rule_id=rule_id,
        status=status,
        urgency=Urgency.ROUTINE,
        text=text,
        strength="series",
        because=("approximate ESCC is 2 (range 1c to 2), from the images",),
        contra=(),
        missing=(),
        sources=("S11", "laufer2013"),
        lesions=(1,),
        layer=Layer.LOCAL,
        topic=Topic.ONCOLOGY,
        rule_version="1",
    )
    return replace(option, **change)  # type: ignore[arg-type] # fields by name


ALERT = entry(
    "R011", OptionStatus.ALERT, "High-grade compression is possible: examine the patient now.",
    urgency=Urgency.E0, layer=Layer.EMERGENCY, topic=Topic.NEUROLOGY, missing=("clin.neuro_deficit",),
)  # fmt: skip
SURGERY = entry(
    "R053", OptionStatus.OPTION, "Consider separation surgery followed by stereotactic radiosurgery.",
    urgency=Urgency.E1, contra=("an earlier operation at this level",),
    conflicts_with=("R050: radiosensitive histology favours radiotherapy alone",),
)  # fmt: skip
RADIOTHERAPY = entry(
    "R050", OptionStatus.OPTION, "Consider conventional radiotherapy.",
    conflicts_with=("R053: high-grade compression favours decompression first",),
    correction="The text calls local control excellent; the trial did not show less pain than 8 Gy once.",
)  # fmt: skip
BLOCKED = entry(
    "R013", OptionStatus.BLOCKED_PENDING, "Dexamethasone is an option to discuss.",
    urgency=Urgency.E0, missing=("clin.steroid_contra",), topic=Topic.NEUROLOGY,
)  # fmt: skip
AVOID = entry(
    "R081", OptionStatus.AVOID, "Ablation as the only treatment.", contra=("ESCC may be 2",), topic=Topic.MECHANICAL
)
ASK = entry("R004", OptionStatus.ASK, "A CT would settle the bone quality.", topic=Topic.MECHANICAL)
INFO = entry("R107", OptionStatus.INFO, "The compartment does not tell the histology.", lesions=(), site_rule=True)
QUESTIONS = (
    Question(
        fact="clin.neuro_deficit",
        text="Which neurological deficit does the patient have?",
        allowed=("none", "radicular", "myelopathy", "cauda_equina"),
        why="Decides urgency.",
        decides=("R010", "R012", "R053"),
        urgency=Urgency.E0,
    ),
    Question(
        fact="clin.steroid_contra",
        text="Does anything speak against steroids?",
        allowed=("none", "infection"),
        why="Steroids are withheld where something does.",
        decides=("R013",),
        urgency=Urgency.E0,
    ),
)
FACTS = (
    KnownFact(
        name="img.levels", label="Levels", text="T7", provenance=Provenance.SR, topic=Topic.LOCATION, lesion=1
    ),
    KnownFact(
        name="img.escc", label="Approximate ESCC", text="2 (range 1c to 2)", provenance=Provenance.SR,
        topic=Topic.NEUROLOGY, lesion=1,
    ),
    KnownFact(
        name="clin.histology", label="Histology", text="renal cell carcinoma", provenance=Provenance.CLINICIAN,
        topic=Topic.ONCOLOGY, verified_by="Dr Example",
    ),
)  # fmt: skip
RECOMMENDATION = Recommendation(
    study_instance_uid=STUDY_UID,
    ruleset_version="2026-11-22",
    verified=False,
    options=(ALERT, SURGERY, RADIOTHERAPY, BLOCKED, AVOID, ASK, INFO),
    undecided=(
        Undecided(
            rule_id="R010", status=OptionStatus.ALERT, urgency=Urgency.E0, missing=("clin.neuro_deficit",), lesions=(1,)
        ),
    ),
    questions=QUESTIONS,
    facts=FACTS,
)
EMPTY = Recommendation(study_instance_uid=STUDY_UID, ruleset_version="2026-11-22", verified=False, options=())
