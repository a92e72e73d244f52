"""Findings + ClinicalContext + Ruleset -> Recommendation: pure and deterministic; alerts first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from spineseg.domain.clinical import ClinicalContext
from spineseg.domain.findings import Findings
from spineseg.domain.recommendation import KnownFact, Option, OptionStatus, Recommendation, Topic, Undecided
from spineseg.treatment.facts import CaseView, merge
from spineseg.treatment.facttable import fact_table
from spineseg.treatment.imaging import facts_from_findings
from spineseg.treatment.judging import Verdict, judge_view
from spineseg.treatment.questions import rank_questions
from spineseg.treatment.rules import LAYERS, URGENCIES
from spineseg.treatment.ruleset import Ruleset
from spineseg.treatment.wording import filled

_STATUS_ORDER = (
    OptionStatus.ALERT,
    OptionStatus.OPTION,
    OptionStatus.BLOCKED_PENDING,
    OptionStatus.AVOID,
    OptionStatus.ASK,
    OptionStatus.INFO,
)
_TOPICS = tuple(Topic)


def recommend(
    findings: Findings, clinical: ClinicalContext, ruleset: Ruleset, *, verified: bool = False, verified_by: str = ""
) -> Recommendation:
    """Options for a tumour board, with reasons, contra-indications and the facts that are missing.

    Parameters
    ----------
    findings
        What the SR says.
    clinical
        What the clinic says; a fact without an entry is unknown.
    verified
        Whether a person has verified the SR.
    verified_by
        Who; its facts carry the name.

    Returns
    -------
    Recommendation
        The same for the same arguments; alerts first, then by status, urgency, layer and rule.
    """
    facts = facts_from_findings(findings, verified=verified, verified_by=verified_by)
    views = merge(facts, clinical, ruleset.radiosensitivity)
    verdicts = [judge_view(ruleset.rules, view) for view in views]
    options = _with_conflicts(_options(ruleset, verdicts), ruleset)
    undecided = _undecided(ruleset, verdicts)
    return Recommendation(
        study_instance_uid=findings.study_instance_uid,
        ruleset_version=ruleset.version,
        verified=verified,
        options=tuple(sorted(options, key=_order)),
        undecided=undecided,
        questions=rank_questions(options, undecided),
        facts=_known_facts(views),
    )


def _options(ruleset: Ruleset, verdicts: Sequence[Mapping[str, Verdict]]) -> list[Option]:
    """One entry for each rule and status; lesions that share it are named in it."""
    options: list[Option] = []
    for name in ruleset.rules:
        by_status: dict[OptionStatus, list[Verdict]] = {}
        for view in verdicts:
            status = view[name].status
            if status is not None:
                by_status.setdefault(status, []).append(view[name])
        options.extend(_option(status, group) for status, group in by_status.items())
    return options


def _option(status: OptionStatus, group: Sequence[Verdict]) -> Option:
    first = min(group, key=lambda verdict: URGENCIES.index(verdict.urgency))
    rule = first.rule
    text = filled(rule.text, first.view)
    if status is OptionStatus.AVOID and rule.status is OptionStatus.OPTION:
        text = f"Spoken against here: {text}"
    lesions = [verdict.view.lesion for verdict in group] if rule.per_lesion else []
    return Option(
        rule_id=rule.id,
        status=status,
        urgency=first.urgency,
        text=text,
        strength=rule.strength.value,
        because=tuple(dict.fromkeys(first.judgement.reasons())),
        contra=_joined(verdict.contra for verdict in group),
        missing=_joined(verdict.missing for verdict in group),
        sources=rule.sources,
        lesions=tuple(number for number in lesions if number is not None),
        layer=rule.layer,
        topic=rule.topic,
        correction=rule.correction,
        rule_version=rule.version,
        rule_verified=rule.verified,
        site_rule=rule.site,
    )


def _with_conflicts(options: Sequence[Option], ruleset: Ruleset) -> list[Option]:
    """Both sides of a conflict name each other with the reason, where both are shown."""
    present = {option.rule_id for option in options}
    found: dict[str, list[str]] = {}
    for name in sorted(present):
        for conflict in ruleset.rules[name].conflicts:
            if conflict.rule_id in present:
                found.setdefault(name, []).append(f"{conflict.rule_id}: {conflict.reason}")
                found.setdefault(conflict.rule_id, []).append(f"{name}: {conflict.reason}")
    return [replace(option, conflicts_with=tuple(sorted(set(found.get(option.rule_id, ()))))) for option in options]


def _undecided(ruleset: Ruleset, verdicts: Sequence[Mapping[str, Verdict]]) -> tuple[Undecided, ...]:
    found = []
    for name, rule in ruleset.rules.items():
        group = [view[name] for view in verdicts if view[name].open]
        if not group:
            continue
        lesions = [verdict.view.lesion for verdict in group] if rule.per_lesion else []
        found.append(
            Undecided(
                rule_id=name,
                status=rule.status,
                urgency=min((verdict.urgency for verdict in group), key=URGENCIES.index),
                missing=_joined(verdict.missing for verdict in group),
                lesions=tuple(number for number in lesions if number is not None),
            )
        )
    return tuple(found)


def _known_facts(views: Sequence[CaseView]) -> tuple[KnownFact, ...]:
    found: dict[tuple[str, int | None], KnownFact] = {}
    for view in views:
        for name, value in view.known.items():
            spec = fact_table()[name]
            lesion = view.lesion if spec.per_lesion else None
            found[name, lesion] = KnownFact(
                name=name,
                label=spec.label,
                text=value.text,
                provenance=value.provenance,
                topic=spec.topic,
                lesion=lesion,
                observed_at=value.observed_at,
                verified_by=value.verified_by,
            )
    names = list(fact_table())
    order = {view.lesion: number for number, view in enumerate(views)}
    return tuple(
        sorted(
            found.values(),
            key=lambda fact: (_TOPICS.index(fact.topic), order.get(fact.lesion, -1), names.index(fact.name)),
        )
    )


def _order(option: Option) -> tuple[int, int, int, bool, str]:
    return (
        _STATUS_ORDER.index(option.status),
        URGENCIES.index(option.urgency),
        LAYERS.index(option.layer),
        option.site_rule,
        option.rule_id,
    )


def _joined(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(groups)))
