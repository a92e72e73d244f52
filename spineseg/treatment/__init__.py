"""Findings + ClinicalContext + Ruleset -> Recommendation: treatment options by sourced rules, without a pixel."""

from spineseg.treatment.clinical_file import facts_template, read_clinical
from spineseg.treatment.engine import recommend
from spineseg.treatment.explain import Trace, trace
from spineseg.treatment.facts import Facts
from spineseg.treatment.imaging import facts_from_findings
from spineseg.treatment.rules import Rule, Source
from spineseg.treatment.ruleset import Ruleset, check_rules, load_ruleset

__all__ = [
    "Facts",
    "Rule",
    "Ruleset",
    "Source",
    "Trace",
    "check_rules",
    "facts_from_findings",
    "facts_template",
    "load_ruleset",
    "read_clinical",
    "recommend",
    "trace",
]
