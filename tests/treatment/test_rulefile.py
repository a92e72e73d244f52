from __future__ import annotations

import pytest

from spineseg.errors import RulesetError
from spineseg.treatment.rulefile import RuleFile

GOOD = """\
version: 1.0.0
date: 2026-11-22
approved_by: board
rules:
  - id: X001
    layer: L7
    topic: P
    status: info
    urgency: R
    when: {is: {clin.sphincter: true}}
    text: Discuss this.
    strength: expert
    sources: [ours]
"""


def test_read() -> None:
    """A rule takes version and date of its file where it has none, and knows where it came from."""
    (rule,) = RuleFile(GOOD, "mine.yaml", site=True).rules

    assert (rule.id, rule.version, str(rule.date), rule.file, rule.site) == (
        "X001", "1.0.0", "2026-11-22", "mine.yaml", True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("urgency: R", "urgency: R9", "line 9, rules.0.urgency", "input should be one of"),
        ("    text: Discuss this.", "    texts: Discuss this.", "rules.0.text", "required|extra"),
        ("text: Discuss this.", "text: You must do this.", "line 11, rules.0.text", '"must"'),
        ("clin.sphincter", "clin.sfincter", "line 10, rules.0.when.is", "did you mean clin.sphincter"),
        ("{is: {clin.sphincter: true}}", "{exec: x}", "line 10, rules.0.when.exec", "not an operator"),
        ("id: X001", "id: x 1", "line 5, rules.0.id", "pattern"),
        ("rules:", "rules: [", "mine.yaml, line", "not YAML"),
        ("approved_by: board", "approved_by:", "mine.yaml", "who approved"),
        ("sources: [ours]", "sources: []", "rules.0.sources", "at least 1"),
        ("rules:", "tables: {radiosensitivity: {breasts: sensitive}}\nrules:", "line 4", "not a histology"),
        ("    urgency: R", "    urgency: R\n    eval: 1", "line 10, rules.0.eval", "extra"),
    ],
)
def test_refused(old: str, new: str, where: str, what: str) -> None:
    """What is wrong is refused with file, line and field."""
    with pytest.raises(RulesetError) as refusal:
        RuleFile(GOOD.replace(old, new), "mine.yaml", site=True)

    assert where in refusal.value.where
    assert refusal.value.exit_code == 6
    assert any(part in str(refusal.value).lower() for part in what.lower().split("|"))
