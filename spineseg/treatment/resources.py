"""Name of a data file of this package -> its parsed content: facts, tables, rules."""

from __future__ import annotations

from importlib.resources import files

from spineseg.treatment.yamlfile import YamlFile, parse_yaml

RULES = "rules"


def read_text(*parts: str) -> str:
    """Text of a data file: `read_text("tables", "histology.yaml")`."""
    return files("spineseg.treatment").joinpath(*parts).read_text(encoding="utf-8")


def read_yaml(*parts: str) -> YamlFile:
    """Parsed content of a data file."""
    return parse_yaml(read_text(*parts))


def rule_files() -> tuple[str, ...]:
    """Names of the rule files, sorted."""
    folder = files("spineseg.treatment").joinpath(RULES)
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml")))
