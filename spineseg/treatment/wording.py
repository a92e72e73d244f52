"""Text of a rule -> what is wrong with its words (clinical.md section 6), and its facts filled in."""

from __future__ import annotations

import re

from spineseg.treatment.facts import CaseView
from spineseg.treatment.facttable import fact_table
from spineseg.treatment.yamlfile import nearest

# Words that order or promise: a rule informs a tumour board and never gives an order.
_FORBIDDEN = re.compile(r"\b(treat|must|safe|safely|mandatory|prescribe|administer|give|guarantees?)\b", re.IGNORECASE)
_PLACE = re.compile(r"\{([a-z_.0-9]+)\}")


def text_mistake(text: str) -> str:
    """What is wrong with the words of a rule; empty where nothing is."""
    found = _FORBIDDEN.search(text)
    if found:
        return f'a rule does not say "{found[0]}"; say consider, option or discuss'
    for name in _PLACE.findall(text):
        if name not in fact_table():
            return f"{name} in the text is not a fact; {nearest(name, tuple(fact_table()))}"
    return ""


def filled(text: str, view: CaseView) -> str:
    """The text with the facts that it names; "not known", or that no lesion was found, where there is none."""

    def words(match: re.Match[str]) -> str:
        fact = view.get(match[1])
        if fact is not None:
            return fact.text
        return "no lesion found" if view.lesion is None and fact_table()[match[1]].per_lesion else "not known"

    return _PLACE.sub(words, text)
