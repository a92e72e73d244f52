from __future__ import annotations

import dataclasses
import itertools
import os
import random
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from spineseg.domain.clinical import ClinicalContext
from spineseg.domain.findings import Findings
from spineseg.domain.recommendation import OptionStatus, Recommendation
from spineseg.treatment import facts_from_findings, load_ruleset, recommend
from spineseg.treatment.conditions import Condition, Operator
from spineseg.treatment.facts import CaseView, merge
from spineseg.treatment.judging import judge_view
from spineseg.treatment.kleene import Kleene
from spineseg.treatment.rules import URGENCIES
from tests.treatment.cases import clinical_of, findings_of
from tests.treatment.strategies import ASKED, GRADES, clinical_contexts, findings, reports, some_value

# The issue asks for 10,000 sets of facts: SPINESEG_RULE_EXAMPLES=10000.
EXAMPLES = int(os.environ.get("SPINESEG_RULE_EXAMPLES", "300"))
RULES = load_ruleset()
ALARMS = {name: rule for name, rule in RULES.rules.items() if rule.emergency}
# Their alerts are those of all rules: test_no_layer_silences_an_emergency. A tenth of the time.
EMERGENCY_ONLY = dataclasses.replace(RULES, rules=MappingProxyType(ALARMS))
# Those of a reader's grade beside them: R117 says that it disagrees, R118 that it took an alert away.
WITH_READER = dataclasses.replace(
    RULES, rules=MappingProxyType({**ALARMS, **{name: RULES.rules[name] for name in ("R117", "R118")}})
)
STABLE = {"clin.deficit_progressing": False, "clin.deficit_onset_hours": 700}
SEEDS = st.integers(0, 2**32)
examples = settings(max_examples=EXAMPLES)


@examples
@given(report=reports(), clinical=clinical_contexts(), data=st.data())
def test_raising_escc_never_lowers_urgency(
    report: dict[str, Any], clinical: ClinicalContext, data: st.DataObject
) -> None:
    """A higher grade at any end never makes the most urgent entry less urgent."""
    higher = {**report, "lesions": [_raised(lesion, data) for lesion in report["lesions"]]}

    before = recommend(findings_of(report), clinical, RULES)
    after = recommend(findings_of(higher), clinical, RULES)

    assert _most_urgent(after) <= _most_urgent(before)


@examples
@given(found=findings(), clinical=clinical_contexts(), seed=SEEDS)
def test_a_fact_removes_no_alert_but_by_contradiction(found: Findings, clinical: ClinicalContext, seed: int) -> None:
    """An alert goes only by a fact that it looks at; where that leaves it open for its lesion, another stands in."""
    before = recommend(found, clinical, EMERGENCY_ONLY)
    name, more = _one_more(clinical, seed, _alerts(before))
    assume(name not in clinical.facts)

    after = recommend(found, more, EMERGENCY_ONLY)

    _assert_contradicted(name, before, after)


@pytest.mark.parametrize("deficit", [None, "none", "radicular", "myelopathy", "cauda_equina"])
@pytest.mark.parametrize("course", [{}, {"clin.deficit_progressing": True}, STABLE])
def test_a_readers_grade_settles_or_is_contradicted(deficit: str | None, course: dict[str, Any]) -> None:
    """Of every reader's grade beside every range: no alert is left open by it, and none goes that the range insists on.

    A range insists on what its lower end alone would raise; above that end an alert may go only with a word (R118).
    """
    stated = clinical_of({**course, **({} if deficit is None else {"clin.neuro_deficit": deficit})})
    for low, high in itertools.combinations_with_replacement(GRADES, 2):
        found = findings_of({"lesions": [{"escc": [low, high, high]}]})
        lowest = recommend(findings_of({"lesions": [{"escc": low}]}), stated, EMERGENCY_ONLY)
        before = recommend(found, stated, EMERGENCY_ONLY)
        for grade in GRADES:
            read = ClinicalContext(facts={**stated.facts, **clinical_of({"img.escc": grade}).facts})
            after = recommend(found, read, WITH_READER)
            _assert_contradicted("img.escc", before, after)
            assert _alarm(after) <= _alarm(lowest)
            below = GRADES.index(grade) < GRADES.index(low)
            assert not below or _alerts(after) == _alerts(before)
            words = {option.rule_id for option in after.options}
            assert ("R117" in words) == (not low <= grade <= high)
            assert _alarm(after) <= _alarm(before) or "R118" in words


@examples
@given(found=findings(), clinical=clinical_contexts(), seed=SEEDS)
def test_unknown_never_opens_what_a_value_would_block(found: Findings, clinical: ClinicalContext, seed: int) -> None:
    """An option that is given is still no blocked one, whatever value an unknown fact turns out to have."""
    views = _views(found, clinical)
    judged = [judge_view(RULES.rules, view) for view in views]
    given_now = {one.rule.id for view in judged for one in view.values() if one.status is OptionStatus.OPTION}
    name, more = _one_more(clinical, seed, given_now)
    assume(name not in clinical.facts)

    for before, verdicts_before, after in zip(views, judged, _views(found, more), strict=True):
        if before.get(name) is not None:
            continue  # the report knew it: the person corrects it and fills no gap
        verdicts = judge_view(RULES.rules, after)
        for rule_id, verdict in verdicts_before.items():
            if verdict.status is not OptionStatus.OPTION:
                continue
            assert verdicts[rule_id].status in (OptionStatus.OPTION, None)
            if verdicts[rule_id].status is None:
                assert name in _asked_whether_known(verdict.rule.when)
                assert verdicts[rule_id].judgement.result is Kleene.FALSE


@examples
@given(found=findings(), clinical=clinical_contexts())
def test_no_layer_silences_an_emergency(found: Findings, clinical: ClinicalContext) -> None:
    """The alerts are the same with all rules as with the emergency rules alone."""
    everything, alerts = recommend(found, clinical, RULES), recommend(found, clinical, EMERGENCY_ONLY)

    assert [_core(one) for one in everything.options if one.rule_id in ALARMS] == [_core(one) for one in alerts.options]
    assert [one for one in everything.undecided if one.rule_id in ALARMS] == list(alerts.undecided)


@examples
@given(found=findings(), clinical=clinical_contexts(), seed=SEEDS)
def test_order_is_stable(found: Findings, clinical: ClinicalContext, seed: int) -> None:
    """The order in which facts are stated changes nothing, and alerts come first."""
    names = list(clinical.facts)
    random.Random(seed).shuffle(names)
    shuffled = ClinicalContext(facts={name: clinical.facts[name] for name in names})

    result = recommend(found, clinical, RULES)

    assert recommend(found, shuffled, RULES) == result
    alerts = [option.status is OptionStatus.ALERT for option in result.options]
    assert alerts == sorted(alerts, reverse=True)


@examples
@given(found=findings(), clinical=clinical_contexts())
def test_every_entry_gives_its_grounds(found: Findings, clinical: ClinicalContext) -> None:
    """Every entry has sources; options that wait name a fact, what is spoken against names a reason."""
    for option in recommend(found, clinical, RULES).options:
        assert option.sources
        if option.status is OptionStatus.BLOCKED_PENDING:
            assert option.missing
        if option.status is OptionStatus.AVOID and RULES.rules[option.rule_id].status is OptionStatus.OPTION:
            assert option.contra


def _raised(lesion: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    if not isinstance(lesion["escc"], list):
        return lesion
    steps = data.draw(st.lists(st.integers(0, 5), min_size=3, max_size=3))
    ranks = [min(5, GRADES.index(grade) + step) for grade, step in zip(lesion["escc"], steps, strict=True)]
    point = max(ranks[0], ranks[1])
    return {**lesion, "escc": [GRADES[ranks[0]], GRADES[point], GRADES[max(point, ranks[2])]]}


def _one_more(clinical: ClinicalContext, seed: int, shown: set[str]) -> tuple[str, ClinicalContext]:
    """An unknown fact with the context that has it: mostly one that these rules look at."""
    chance = random.Random(seed)
    unknown = set(ASKED) - set(clinical.facts)
    looked_at = {name for rule_id in shown for name in _asked_for(rule_id)} & unknown
    name = chance.choice(sorted(looked_at or unknown or set(ASKED)))
    more = {**clinical.facts, **clinical_of({name: some_value(ASKED[name], chance)}).facts}
    return name, ClinicalContext(facts=more)


def _assert_contradicted(name: str, before: Recommendation, after: Recommendation) -> None:
    """Every alert that went looks at this fact, and is not merely open for a lesion that no other alert is about."""
    about = {option.rule_id: set(option.lesions) for option in before.options}
    open_now = {rule.rule_id: set(rule.lesions) for rule in after.undecided}
    for rule_id in _alerts(before) - _alerts(after):
        assert name in _asked_for(rule_id)
        still_open = rule_id in open_now and (not about[rule_id] or about[rule_id] & open_now[rule_id])
        assert not still_open or _alerts(after)


def _views(found: Findings, clinical: ClinicalContext) -> tuple[CaseView, ...]:
    return merge(facts_from_findings(found), clinical)


def _alerts(result: Recommendation) -> set[str]:
    return {option.rule_id for option in result.options if RULES.rules[option.rule_id].emergency}


def _alarm(result: Recommendation) -> int:
    """Urgency of the most urgent alert, 0 for the highest; past the last where there is none."""
    alerts = [option for option in result.options if RULES.rules[option.rule_id].emergency]
    return min((URGENCIES.index(option.urgency) for option in alerts), default=len(URGENCIES))


def _asked_for(rule_id: str) -> set[str]:
    names = {spec.name for spec in RULES.rules[rule_id].specs()}
    return names | {"img.escc" for name in names if name.startswith("img.escc")}


def _asked_whether_known(condition: Condition) -> set[str]:
    own = set(condition.facts()) if condition.operator is Operator.KNOWN else set()
    return own.union(*(_asked_whether_known(part) for part in condition.parts))


def _most_urgent(result: Recommendation) -> int:
    return min(URGENCIES.index(option.urgency) for option in result.options)


def _core(option: Any) -> Any:
    return dataclasses.replace(option, conflicts_with=())
