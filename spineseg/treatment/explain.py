"""Rule + findings + clinical facts -> Trace: each condition with its fact, its value, its origin and its result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from spineseg.domain.clinical import ClinicalContext
from spineseg.domain.findings import Findings
from spineseg.errors import RulesetError
from spineseg.treatment.conditions import Ends, Judgement, judge, origin_text
from spineseg.treatment.facts import merge
from spineseg.treatment.imaging import facts_from_findings
from spineseg.treatment.judging import Verdict, judge_view
from spineseg.treatment.kleene import Kleene
from spineseg.treatment.ruleset import Ruleset
from spineseg.treatment.values import Known
from spineseg.treatment.yamlfile import nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceLine:
    """One condition.

    Parameters
    ----------
    depth
        How deep inside other conditions, from 0.
    fact, expected, value, provenance
        Empty for `all`, `any` and `not`; `value` is "not known" where the fact is unknown.
    part
        "condition" or "contra-indication".
    """

    depth: int
    operator: str
    fact: str
    expected: str
    value: str
    provenance: str
    result: Kleene
    part: str = "condition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """How one rule was judged for one lesion.

    Parameters
    ----------
    lesion
        None where the rule is about the patient or the study.
    result
        Of the condition.
    outcome
        Status of the entry with what speaks against it or what it waits for; "silent" where it says nothing.
    """

    rule_id: str
    lesion: int | None
    result: Kleene
    lines: tuple[TraceLine, ...]
    outcome: str


def trace(
    rule_id: str,
    findings: Findings,
    clinical: ClinicalContext,
    ruleset: Ruleset,
    *,
    verified: bool = False,
    verified_by: str = "",
) -> tuple[Trace, ...]:
    """How a rule came to what it says, for each lesion that it is judged for.

    Parameters
    ----------
    verified, verified_by
        Whether a person has verified the report, and who.

    Raises
    ------
    RulesetError
        There is no such rule.
    """
    rule = ruleset.rules.get(rule_id)
    if rule is None:
        raise RulesetError("no such rule", rule_id, nearest(rule_id, tuple(ruleset.rules)))
    reported = facts_from_findings(findings, verified=verified, verified_by=verified_by)
    views = merge(reported, clinical, ruleset.radiosensitivity)
    verdicts = [judge_view(ruleset.rules, view)[rule_id] for view in (views if rule.per_lesion else views[:1])]
    return tuple(_trace(verdict) for verdict in verdicts)


def _trace(verdict: Verdict) -> Trace:
    rule = verdict.rule
    lines = list(_lines(verdict.judgement, 0, "condition"))
    for block in rule.blocked_by:
        lines.extend(_lines(judge(block.when, verdict.view, Ends.WORST), 0, "contra-indication"))
    return Trace(
        rule_id=rule.id,
        lesion=verdict.view.lesion if rule.per_lesion else None,
        result=verdict.judgement.result,
        lines=tuple(lines),
        outcome=_outcome(verdict),
    )


def _outcome(verdict: Verdict) -> str:
    if verdict.status is None:
        return f"silent, waits for {', '.join(verdict.missing)}" if verdict.missing else "silent"
    reasons = [*verdict.contra, *(f"waits for {name}" for name in verdict.missing)]
    return f"{verdict.status.value} {verdict.urgency.value}{': ' if reasons else ''}{'; '.join(reasons)}"


def _origin(fact: Known) -> str:
    """Where a fact comes from, and who has verified it."""
    origin = origin_text(fact.provenance)
    return f"{origin}, verified by {fact.verified_by}" if fact.verified_by else origin


def _lines(judged: Judgement, depth: int, part: str) -> Iterator[TraceLine]:
    condition = judged.condition
    named = condition.spec is not None and bool(condition.parts)
    value = "not known" if judged.fact is None else judged.fact.text
    yield TraceLine(
        depth=depth,
        operator="is" if named and condition.values else condition.operator.value,
        fact="" if condition.spec is None else condition.spec.name,
        expected=condition.expected,
        value="" if condition.spec is None or named else value,
        provenance="" if judged.fact is None else _origin(judged.fact),
        result=judged.result,
        part=part,
    )
    for inner in judged.parts:
        yield from _lines(inner, depth + 1, part)
