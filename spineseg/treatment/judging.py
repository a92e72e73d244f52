"""Rules + CaseView -> Verdict of each rule for one lesion: held, failed or open, with blocks and overrides applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from spineseg.domain.clinical import Provenance
from spineseg.domain.recommendation import OptionStatus, Urgency
from spineseg.treatment.conditions import Ends, Judgement, judge
from spineseg.treatment.facts import CaseView
from spineseg.treatment.kleene import Kleene
from spineseg.treatment.rules import LAYERS, URGENCIES, Rule
from spineseg.treatment.values import Known

_HISTOLOGY = "clin.histology"
# Kinds of treatment among the tags of options.
_MODALITIES = {
    "surgery": "surgery",
    "decompression": "surgery",
    "en_bloc": "surgery",
    "stabilisation": "surgery",
    "radiotherapy": "radiotherapy",
    "srs": "radiotherapy",
    "systemic": "systemic",
    "ablation": "intervention",
    "augmentation": "intervention",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one rule says of one lesion.

    Parameters
    ----------
    status
        None where the rule says nothing: it fails, or waits for `missing`.
    """

    rule: Rule
    view: CaseView
    judgement: Judgement
    status: OptionStatus | None
    urgency: Urgency
    contra: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Whether its condition is undecided."""
        return self.judgement.result is Kleene.UNKNOWN


def judge_view(rules: Mapping[str, Rule], view: CaseView) -> dict[str, Verdict]:
    """Verdicts by rule for one lesion: first the rules over facts, then those over what the first ones gave."""
    first = {name: _verdict(rule, view) for name, rule in rules.items() if not rule.about_outputs}
    settled = _settle(first)
    given = _with_outputs(view, settled.values())
    second = {name: _verdict(rule, given) for name, rule in rules.items() if rule.about_outputs}
    return {name: settled.get(name) or second[name] for name in rules}


def _verdict(rule: Rule, view: CaseView) -> Verdict:
    judged = judge(rule.when, view, rule.ends)
    bare = Verdict(rule=rule, view=view, judgement=judged, status=None, urgency=_urgency(rule, view))
    if judged.result is Kleene.FALSE:
        return bare
    if judged.result is Kleene.UNKNOWN:
        return replace(bare, missing=judged.missing)
    if rule.status is OptionStatus.ASK:
        return replace(bare, status=rule.status, missing=tuple(dict.fromkeys(judged.asked(view))))
    if rule.status is not OptionStatus.OPTION:
        return replace(bare, status=rule.status)
    return _blocked(replace(bare, status=OptionStatus.OPTION))


def _urgency(rule: Rule, view: CaseView) -> Urgency:
    """The highest that holds; escalations look at the worst end of a range."""
    raised = [one.urgency for one in rule.escalations if judge(one.when, view, Ends.WORST).result is Kleene.TRUE]
    return min((rule.urgency, *raised), key=URGENCIES.index)


def _blocked(verdict: Verdict) -> Verdict:
    """Contra-indications look at the worst end; one that is unknown makes the option wait."""
    contra: list[str] = []
    missing: list[str] = []
    for block in verdict.rule.blocked_by:
        judged = judge(block.when, verdict.view, Ends.WORST)
        if judged.result is Kleene.TRUE:
            contra.append(f"{block.text} ({'; '.join(dict.fromkeys(judged.reasons()))})")
        missing.extend(judged.missing)
    if verdict.rule.needs_histology and verdict.view.get(_HISTOLOGY) is None:
        missing.append(_HISTOLOGY)
    return _weighed(verdict, contra, missing)


def _weighed(verdict: Verdict, contra: Iterable[str], missing: Iterable[str]) -> Verdict:
    against = tuple(dict.fromkeys((*verdict.contra, *contra)))
    waiting = tuple(dict.fromkeys((*verdict.missing, *missing)))
    status = OptionStatus.OPTION
    if against:
        status = OptionStatus.AVOID
    elif waiting:
        status = OptionStatus.BLOCKED_PENDING
    return replace(verdict, status=status, contra=against, missing=waiting)


def _settle(verdicts: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """Apply overrides and holds, which touch options only and never those of an earlier layer."""
    settled = dict(verdicts)
    for verdict in verdicts.values():
        for name in verdict.rule.overrides:
            other = settled.get(name)
            if other is not None and other.status is not None and other.rule.status is OptionStatus.OPTION:
                settled[name] = _overridden(other, verdict)
        if verdict.rule.holds and verdict.judgement.result is not Kleene.FALSE:
            _hold(settled, verdict)
    return settled


def _overridden(option: Verdict, by: Verdict) -> Verdict:
    if by.judgement.result is Kleene.UNKNOWN:
        return _weighed(option, (), by.missing)
    if by.status is None:
        return option
    reasons = "; ".join(dict.fromkeys(by.judgement.reasons()))
    return _weighed(option, (f"{by.rule.id} speaks against it ({reasons})",), ())


def _hold(settled: dict[str, Verdict], by: Verdict) -> None:
    waiting = by.missing or _deciding(by.judgement)
    for name, verdict in settled.items():
        option = verdict.rule.status is OptionStatus.OPTION and verdict.status is not None
        if option and verdict.rule.layer in by.rule.holds:
            assert LAYERS.index(by.rule.layer) < LAYERS.index(verdict.rule.layer)
            settled[name] = _weighed(verdict, (), waiting)


def _deciding(judged: Judgement) -> tuple[str, ...]:
    """Facts that make a condition true."""
    if judged.condition.spec is not None:
        return (judged.condition.spec.name,)
    parts = (part for part in judged.parts if part.result is judged.result)
    return tuple(dict.fromkeys(name for part in parts for name in _deciding(part)))


def _with_outputs(view: CaseView, verdicts: Iterable[Verdict]) -> CaseView:
    """The view with what is under discussion: options, and those that wait for a fact."""
    shown = (OptionStatus.OPTION, OptionStatus.BLOCKED_PENDING)
    tags = frozenset(tag for verdict in verdicts if verdict.status in shown for tag in verdict.rule.offers)
    count = float(len({_MODALITIES[tag] for tag in tags if tag in _MODALITIES}))
    text = ", ".join(sorted(tags)).replace("_", " ") or "nothing"
    outputs = {
        "output.offers": Known(text=text, answer=tags, provenance=Provenance.DERIVED),
        "output.modalities": Known(
            text=f"{count:g}", low=count, point=count, high=count, provenance=Provenance.DERIVED
        ),
    }
    return CaseView(lesion=view.lesion, known={**view.known, **outputs})
