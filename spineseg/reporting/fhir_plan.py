"""Recommendation -> FHIR R4 risk assessments (alerts) and a care plan in draft (options); nothing is ordered."""

from __future__ import annotations

from collections.abc import Iterator

from spineseg.domain.recommendation import Option, OptionStatus, Recommendation
from spineseg.reporting.fhir_parts import FhirContext, Resource, narrative, text_concept
from spineseg.reporting.option_words import (
    STATUS_WORDS,
    URGENCY_WORDS,
    about_words,
    missing_words,
    of_status,
    strength_words,
    verification_sentence,
)

PLAN = "care plan"
_ACTIVITIES = (OptionStatus.OPTION, OptionStatus.BLOCKED_PENDING, OptionStatus.AVOID)
_NOTES = (OptionStatus.ASK, OptionStatus.INFO)


def risk_assessments(recommendation: Recommendation, context: FhirContext) -> Iterator[tuple[str, Resource]]:
    """Kind and resource of one assessment for each alert."""
    for number, alert in enumerate(of_status(recommendation, OptionStatus.ALERT), start=1):
        yield f"alert {number}", _risk(alert, recommendation, context)


def care_plan(recommendation: Recommendation, context: FhirContext) -> Resource:
    """Plan in draft with the intent of a proposal: every option, what speaks against it and what is not known."""
    noted = [f"{STATUS_WORDS[one.status]}: {one.text}" for one in of_status(recommendation, *_NOTES)]
    asked = [f"To ask: {question.text}" for question in recommendation.questions]
    shown = of_status(recommendation, *_ACTIVITIES)
    plan: Resource = {
        "resourceType": "CarePlan",
        "status": "draft",
        "intent": "proposal",
        "title": "Options for a tumour board to discuss",
        "description": f"{verification_sentence(recommendation)} Rules {recommendation.ruleset_version}.",
        "subject": context.reference("patient"),
        "created": context.issued,
        "author": context.reference("device"),
        "supportingInfo": [context.reference("report")],
        "note": [{"text": text} for text in (verification_sentence(recommendation), *noted, *asked)],
        "text": narrative([f"{STATUS_WORDS[one.status]}: {one.text}" for one in shown]),
    }
    activities = [{"detail": _activity(option, recommendation)} for option in shown]
    return plan | ({"activity": activities} if activities else {})


def _risk(alert: Option, recommendation: Recommendation, context: FhirContext) -> Resource:
    risk: Resource = {
        "resourceType": "RiskAssessment",
        "status": context.status,
        "subject": context.reference("patient"),
        "performer": context.reference("device"),
        "occurrenceDateTime": context.issued,
        "method": text_concept(f"Rule {alert.rule_id} of spineseg, rules {recommendation.ruleset_version}"),
        "prediction": [{"rationale": _sentence("Because", alert.because) or alert.text}],
        "mitigation": f"{alert.text} Urgency: {URGENCY_WORDS[alert.urgency]}.",
        "note": [{"text": verification_sentence(recommendation)}],
        "text": narrative([alert.text, *alert.because]),
    }
    basis = [context.reference(f"lesion {rank}") for rank in _ranks(alert, context)]
    return risk | ({"basis": basis} if basis else {})


def _activity(option: Option, recommendation: Recommendation) -> Resource:
    about = about_words(option)
    parts = (
        option.text,
        f"About {about}." if about else "",
        _sentence("Against it", option.contra),
        _sentence("Pulls the other way", option.conflicts_with),
        _sentence("Correction", (option.correction,) if option.correction else ()),
        f"Evidence: {strength_words(option)}; sources {', '.join(option.sources)}; rule {option.rule_id}.",
    )
    detail: Resource = {
        "status": "not-started",
        "doNotPerform": option.status is OptionStatus.AVOID,
        "description": " ".join(filter(None, parts)),
        "scheduledString": URGENCY_WORDS[option.urgency],
    }
    if option.because:
        detail["reasonCode"] = [text_concept(reason) for reason in option.because]
    if option.status is OptionStatus.BLOCKED_PENDING:
        detail["status"] = "on-hold"
        if option.missing:
            waits = _sentence(STATUS_WORDS[option.status], missing_words(option, recommendation))
            detail["statusReason"] = text_concept(waits)
    return detail


def _ranks(option: Option, context: FhirContext) -> list[int]:
    """Places in the list of lesions of those that an entry is about; all where it names none."""
    return list(option.lesions) or list(range(1, len(context.findings.lesions) + 1))


def _sentence(opening: str, parts: tuple[str, ...]) -> str:
    return f"{opening}: {'; '.join(parts)}." if parts else ""
