from __future__ import annotations

import pytest

from spineseg.domain.recommendation import OptionStatus
from spineseg.treatment import load_ruleset, recommend
from spineseg.treatment.rules import Rule
from tests.treatment.cases import OPEN, STATUSES, Case, failures, read_cases

CASES = read_cases()
RULES = load_ruleset().rules
# Their condition looks only at what is always known: outputs, verification, the lack of a fact, or nothing at all.
NEVER_OPEN = {"R001", "R005", "R006", "R043", "R057", "R102", "R103", "R104", "R105", "R106", "R117", "R118", "R119",
              "R120", "R121"}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}: {case.name}")
def test_case(case: Case) -> None:
    """The rules give what the case says, and nothing that it excludes."""
    result = recommend(case.findings, case.clinical, load_ruleset(), verified=case.verified)

    assert failures(case, result) == []


def test_how_many() -> None:
    """The fifteen vignettes (16 with 13b) and at least sixty more cases are there, with names of their own."""
    vignettes = [case for case in CASES if case.file == "vignettes.yaml"]

    assert len(vignettes) >= 16
    assert len(CASES) - len(vignettes) >= 60
    assert len({case.name for case in CASES}) == len(CASES)


def test_every_rule_fires() -> None:
    """Each rule is expected to fire, with its own status, in at least one case."""
    fired = {line.split()[0] for line in _lines() if _fires(line, RULES)}

    assert sorted(set(RULES) - fired) == []


def test_every_rule_is_open() -> None:
    """Each rule that can be undecided is expected to be in at least one case."""
    opened = {line.split()[0] for line in _lines() if OPEN in line.split()}

    assert sorted(set(RULES) - opened - NEVER_OPEN) == []


def test_every_option_is_blocked() -> None:
    """Each option with a contra-indication is expected to wait for a fact, and to be spoken against, in some case."""
    waits = {line.split()[0] for line in _lines() if "blocked_pending" in line.split()}
    against = {line.split()[0] for line in _lines() if "avoid" in line.split()}
    overridden = {name for rule in RULES.values() for name in rule.overrides}
    with_contra = {rule.id for rule in RULES.values() if rule.blocked_by} | overridden
    may_wait = with_contra | {rule.id for rule in RULES.values() if rule.needs_histology and _without_histology(rule)}

    assert sorted(may_wait - waits) == []
    assert sorted(with_contra - against) == []


def _without_histology(rule: Rule) -> bool:
    """Whether its condition can hold without the histology."""
    return not any(spec.name in ("clin.histology", "clin.radiosensitivity") for spec in rule.when.specs())


def _lines() -> list[str]:
    return [line for case in CASES for line in case.expect]


def _fires(line: str, rules: dict[str, Rule]) -> bool:
    name, *rest = line.split()
    status = rules[name].status.value
    given = [word for word in rest if word in STATUSES]
    return OPEN not in rest and (status in given or (not given and rules[name].status is not OptionStatus.OPTION))
