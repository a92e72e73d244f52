"""Recommendation -> words: how every output calls status, urgency, topics and facts that are missing."""

from __future__ import annotations

from collections.abc import Iterable

from spineseg.domain.clinical import Provenance
from spineseg.domain.recommendation import Option, OptionStatus, Recommendation, Topic, Urgency

STATUS_WORDS: dict[OptionStatus, str] = {
    OptionStatus.ALERT: "Alert",
    OptionStatus.OPTION: "Option to discuss",
    OptionStatus.BLOCKED_PENDING: "Blocked until known",
    OptionStatus.AVOID: "Speaks against",
    OptionStatus.ASK: "To settle first",
    OptionStatus.INFO: "Note",
}
URGENCY_WORDS: dict[Urgency, str] = {
    Urgency.E0: "now",
    Urgency.E1: "within 24 hours",
    Urgency.U1: "within a week",
    Urgency.ROUTINE: "routine",
    Urgency.NONE: "no urgency",
}
# Ivanishvili and Fourney, Global Spine J 2014 (clinical.md section 4.1).
TOPIC_WORDS: dict[Topic, str] = {
    Topic.LOCATION: "Location of disease",
    Topic.MECHANICAL: "Mechanical stability",
    Topic.NEUROLOGY: "Neurology",
    Topic.ONCOLOGY: "Oncology",
    Topic.PATIENT: "Patient fitness and wishes, prognosis, prior treatment",
}
PROVENANCE_WORDS: dict[Provenance, str] = {
    Provenance.SR: "report",
    Provenance.CLINICIAN: "clinician",
    Provenance.DERIVED: "derived",
}
UNVERIFIED = "UNVERIFIED"
UNVERIFIED_SENTENCE = (
    "The report under these options is an unverified machine result: no physician has confirmed it. "
    "Look at the images and the patient before any of this is discussed."
)
VERIFIED_SENTENCE = (
    "A physician has verified the report under these options. The options themselves are still computed by rules "
    "and are no decision."
)
NO_OPTION = "No rule applies to what is known. This is not advice to do nothing."


def verification_sentence(recommendation: Recommendation) -> str:
    """What stands above every list of options."""
    return VERIFIED_SENTENCE if recommendation.verified else UNVERIFIED_SENTENCE


def fact_words(name: str, recommendation: Recommendation) -> str:
    """A missing fact as a reader should be asked for it; its bare name where no question is written."""
    asked = next((question.text for question in recommendation.questions if question.fact == name), None)
    return asked or name.split(".", 1)[-1].replace("_", " ").replace(".", " ")


def missing_words(option: Option, recommendation: Recommendation) -> tuple[str, ...]:
    """The facts that an entry waits for, in words."""
    return tuple(fact_words(name, recommendation) for name in option.missing)


def listed(parts: Iterable[str]) -> str:
    """Several texts as one: questions after each other, everything else between semicolons."""
    texts = tuple(parts)
    return " ".join(texts) if texts and all(text.endswith("?") for text in texts) else "; ".join(texts)


def of_status(recommendation: Recommendation, *statuses: OptionStatus) -> tuple[Option, ...]:
    """Entries of these statuses in the order of the recommendation."""
    return tuple(option for option in recommendation.options if option.status in statuses)


def about_words(option: Option) -> str:
    """Which lesions an entry is about; empty where it is about the patient."""
    if not option.lesions:
        return ""
    return f"lesion{'s' if len(option.lesions) > 1 else ''} {_and(map(str, option.lesions))}"


def strength_words(option: Option) -> str:
    """How strong the evidence is called, and whether a clinician has checked the rule."""
    checked = "" if option.rule_verified else ", rule not checked by a clinician"
    return f"{option.strength.replace('_', ' ')}{checked}{', rule of this site' if option.site_rule else ''}"


def _and(words: Iterable[str]) -> str:
    *firsts, last = words
    return f"{', '.join(firsts)} and {last}" if firsts else last
