"""Rule files of the package and of a site -> Ruleset; what a site adds can tighten and never switch off an alert."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

from spineseg.domain.recommendation import Layer, OptionStatus
from spineseg.errors import RulesetError
from spineseg.treatment.resources import RULES, read_text, read_yaml, rule_files
from spineseg.treatment.rulefile import RuleFile
from spineseg.treatment.rules import LAYERS, Rule, Source
from spineseg.treatment.yamlfile import nearest

# Raised by hand: major where an alert changes, minor where an option does, patch for words.
VERSION = "2.0.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruleset:
    """All rules, checked against each other.

    Parameters
    ----------
    version
        Version of the package's rules with a hash of their text; a site's own rules add their hash.
    rules
        By identifier, in the order of the identifiers.
    sources
        Publications by key.
    sentences
        The source text, by number ("S01").
    absent
        Rules of the source's table that are not here, with the reason.
    radiosensitivity
        Rows of a site's own table, by histology; they go before ours.
    """

    version: str
    rules: Mapping[str, Rule]
    sources: Mapping[str, Source]
    sentences: Mapping[str, str]
    absent: Mapping[str, str]
    radiosensitivity: Mapping[str, str]


def load_ruleset(extra: Path | None = None) -> Ruleset:
    """The package's rules, with a site's own where a file is given.

    Raises
    ------
    RulesetError
        A file is wrong: file, line, field.
    """
    base = _base()
    return base if extra is None else _with_site(base, _read_site(extra), extra)


def check_rules(path: Path) -> tuple[Rule, ...]:
    """The rules of a site's file, after every check that loading them makes.

    Raises
    ------
    RulesetError
        The file is wrong: file, line, field.
    """
    ruleset = load_ruleset(path)
    return tuple(rule for rule in ruleset.rules.values() if rule.site)


@cache
def _base() -> Ruleset:
    found = [RuleFile(read_text(RULES, name), name) for name in rule_files()]
    sources = _sources()
    sentences = read_yaml("tables", "sentences.yaml").content["sentences"]
    rules: dict[str, Rule] = {}
    for file in found:
        _add(rules, file)
    for file in found:
        _check(file, rules, {*sources, *sentences})
    digest = hashlib.sha256("".join(read_text(RULES, name) for name in rule_files()).encode())
    digest.update((read_text("facts.yaml") + read_text("tables", "histology.yaml")).encode())
    return Ruleset(
        version=f"{VERSION}+{digest.hexdigest()[:8]}",
        rules=_sorted(rules.values()),
        sources=sources,
        sentences=MappingProxyType(sentences),
        absent=MappingProxyType(read_yaml("tables", "sentences.yaml").content["absent"]),
        radiosensitivity=MappingProxyType({}),
    )


def _sources() -> Mapping[str, Source]:
    rows = read_yaml("tables", "sources.yaml").content["sources"]
    return MappingProxyType({key: Source(key=key, **row) for key, row in rows.items()})


def _read_site(path: Path) -> tuple[RuleFile, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RulesetError("the rules cannot be read", str(path), "give a YAML file") from error
    return RuleFile(text, path.name, site=True), text


def _with_site(base: Ruleset, site: tuple[RuleFile, str], path: Path) -> Ruleset:
    file, text = site
    rules = dict(base.rules)
    _add(rules, file)
    # A site names its own publications freely; the sentences and our keys stay what they are.
    _check(file, rules, None)
    for number, (rule_id, blocks) in enumerate(file.tightened):
        rule = rules.get(rule_id)
        place = ("tighten", number, "rule")
        if rule is None:
            raise file.refuse(f"{rule_id} is not a rule", place, nearest(rule_id, tuple(rules)))
        if rule.status is not OptionStatus.OPTION or rule.layer is Layer.EMERGENCY:
            raise file.refuse(f"{rule_id} is no option outside emergencies", place, "tighten other options only")
        rules[rule_id] = replace(rule, blocked_by=(*rule.blocked_by, *blocks))
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return replace(
        base,
        version=f"{base.version}.{path.stem}.{digest}",
        rules=_sorted(rules.values()),
        radiosensitivity=MappingProxyType(dict(file.radiosensitivity)),
    )


def _sorted(rules: Iterable[Rule]) -> Mapping[str, Rule]:
    return MappingProxyType({rule.id: rule for rule in sorted(rules, key=lambda rule: (rule.site, rule.id))})


def _add(rules: dict[str, Rule], file: RuleFile) -> None:
    for number, rule in enumerate(file.rules):
        if rule.id in rules:
            raise file.refuse(f"the rule {rule.id} is there already", ("rules", number, "id"), "choose another id")
        rules[rule.id] = rule


def _check(file: RuleFile, rules: Mapping[str, Rule], keys: set[str] | None) -> None:
    for number, rule in enumerate(file.rules):
        place = ("rules", number)
        for other in (*rule.overrides, *(one.rule_id for one in rule.conflicts)):
            if other not in rules:
                raise file.refuse(f"{other} is not a rule", place, nearest(other, tuple(rules)))
        for other in rule.overrides:
            _check_override(file, rule, rules[other], number)
        if any(layer is Layer.EMERGENCY or LAYERS.index(layer) <= LAYERS.index(rule.layer) for layer in rule.holds):
            raise file.refuse("a rule cannot hold back emergencies, its own or an earlier layer", (*place, "holds"))
        if keys is not None and (unknown := [key for key in rule.sources if key not in keys]):
            raise file.refuse(f"{unknown[0]} is not a source", (*place, "sources"), nearest(unknown[0], tuple(keys)))
        if rule.blocked_by and rule.status is not OptionStatus.OPTION:
            raise file.refuse("only options have contra-indications", (*place, "blocked_by"))
        if rule.about_outputs and rule.offers:
            raise file.refuse("a rule about outputs cannot offer one", (*place, "offers"))


def _check_override(file: RuleFile, rule: Rule, other: Rule, number: int) -> None:
    place = ("rules", number, "overrides")
    if other.emergency or (rule.site and other.layer is Layer.EMERGENCY):
        raise file.refuse(f"{other.id} is an emergency rule: nothing switches it off", place, "leave it out")
    if other.status is not OptionStatus.OPTION:
        raise file.refuse(f"{other.id} is no option: only options can be spoken against", place, "leave it out")
    if LAYERS.index(rule.layer) > LAYERS.index(other.layer):
        raise file.refuse(f"{other.id} is of an earlier layer than {rule.id}", place, "use conflicts, which shows both")
