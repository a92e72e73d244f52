from __future__ import annotations

import re
from pathlib import Path

import pytest

from spineseg.errors import RulesetError
from spineseg.treatment import check_rules, load_ruleset, recommend
from tests.treatment.cases import clinical_of, findings_of

RULES = load_ruleset()
# Identifiers of rules.csv, which is clinical.md section 4.4.
TABLE = [
    *range(1, 8), *range(10, 27), *range(30, 48), 48, 49, *range(50, 59), 60, 61, *range(70, 76), *range(80, 84),
    *range(90, 93), *range(100, 109),
]  # fmt: skip
HEAD = "version: 1.0.0\ndate: 2026-11-22\napproved_by: board\n"
RULE = """\
  - id: {id}
    layer: {layer}
    topic: P
    status: {status}
    urgency: R
    when: {{is: {{clin.sphincter: true}}}}
    text: Consider this.
    strength: expert
    sources: [ours]
"""


def _site(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def _rule(name: str = "X001", layer: str = "L0", status: str = "avoid", more: str = "") -> str:
    return "rules:\n" + RULE.format(id=name, layer=layer, status=status) + more


def test_table_is_complete() -> None:
    """Every rule of the clinical basis is there, or its absence is argued; ours beyond it say so in a note."""
    wanted = {f"R{number:03d}" for number in TABLE}

    assert len(wanted) == 77
    assert sorted(wanted - set(RULES.rules) - set(RULES.absent)) == []
    assert [name for name in set(RULES.rules) - wanted if "Ours" not in RULES.rules[name].note] == []


def test_every_sentence_has_a_rule() -> None:
    """S01 to S30 are each cited by a rule or a glossary entry."""
    cited = {key for rule in RULES.rules.values() for key in rule.sources}

    assert sorted(RULES.sentences) == [f"S{number:02d}" for number in range(1, 31)]
    assert sorted(set(RULES.sentences) - cited) == []


def test_corrections_stand_on_publications() -> None:
    """Where the source text is corrected, the rule cites the sentence and something beside it."""
    corrected = {rule.id: rule.sources for rule in RULES.rules.values() if rule.correction}

    assert {"R015", "R035", "R044", "R050", "R051", "R057", "R071"} <= set(corrected)
    for sources in corrected.values():
        assert any(re.fullmatch(r"S\d\d", key) for key in sources)
        assert any(key in RULES.sources for key in sources)


def test_every_publication_is_cited() -> None:
    """The list of publications has none that no rule rests on."""
    cited = {key for rule in RULES.rules.values() for key in rule.sources}

    assert sorted(set(RULES.sources) - cited) == []


def test_version_follows_the_text(tmp_path: Path) -> None:
    """A site's own rules change the version of the ruleset, and the package's alone do not vary."""
    mine = load_ruleset(_site(tmp_path, _rule(status="info")))

    assert load_ruleset() is RULES
    assert mine.version.startswith(RULES.version + ".mine.")


def test_a_site_adds(tmp_path: Path) -> None:
    """A site's rule fires beside ours and is marked as its own."""
    path = _site(tmp_path, _rule(status="info"))

    result = recommend(findings_of({}), clinical_of({"clin.sphincter": True}), load_ruleset(path))

    assert [option.site_rule for option in result.options if option.rule_id == "X001"] == [True]
    assert [rule.id for rule in check_rules(path)] == ["X001"]


def test_a_site_tightens(tmp_path: Path) -> None:
    """A further contra-indication makes an option wait; a row of the table changes what it rests on."""
    text = (
        "tables: {radiosensitivity: {breast: sensitive}}\n"
        "tighten:\n  - rule: R050\n    blocked_by:\n      - {when: {at_least: {clin.ecog: 3}}, text: ECOG 3 or 4}\n"
    )
    facts = {"clin.histology": "breast", "clin.tumour_class": "metastatic", "clin.prior_rt_level": False}

    result = recommend(
        findings_of({"lesions": [{"escc": "0"}]}), clinical_of(facts), load_ruleset(_site(tmp_path, text))
    )

    assert {o.rule_id: (o.status.value, o.missing) for o in result.options}["R050"] == (
        "blocked_pending",
        ("clin.ecog",),
    )


@pytest.mark.parametrize(
    ("text", "field", "what"),
    [
        (_rule(more="    overrides: [R010]\n"), "rules.0.overrides", "emergency rule"),
        (_rule(more="    overrides: [R013]\n"), "rules.0.overrides", "emergency rule"),
        (_rule(more="    overrides: [R999]\n"), "rules.0", "not a rule"),
        (_rule(more="    holds: [L1]\n"), "rules.0.holds", "emergencies"),
        (_rule(layer="L7", more="    overrides: [R050]\n"), "rules.0.overrides", "earlier layer"),
        (_rule(more="    overrides: [R015]\n"), "rules.0.overrides", "no option"),
        (_rule(name="R010"), "rules.0.id", "there already"),
        ("tighten:\n  - rule: R010\n    blocked_by: [{when: {all: []}, text: never}]\n", "tighten.0.rule", "no option"),
        ("tighten:\n  - rule: R013\n    blocked_by: [{when: {all: []}, text: never}]\n", "tighten.0.rule", "no option"),
    ],
)
def test_nothing_switches_an_emergency_off(tmp_path: Path, text: str, field: str, what: str) -> None:
    """A site cannot replace, override, hold back or tighten an emergency rule, nor reach back to an earlier layer."""
    with pytest.raises(RulesetError, match=what) as refusal:
        load_ruleset(_site(tmp_path, text))

    assert field in refusal.value.where
    assert "mine.yaml, line" in refusal.value.where


def test_no_file(tmp_path: Path) -> None:
    """A file that is not there is refused in one line."""
    with pytest.raises(RulesetError, match="cannot be read"):
        load_ruleset(tmp_path / "none.yaml")
