"""Text of YAML -> plain values and the line of each, so that every refusal names its line; duplicate keys refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import yaml

# The loader in C reads the rules ten times as fast; it is not part of every build of PyYAML.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Location = tuple[str | int, ...]


@dataclass(eq=False)
class YamlMistakeError(Exception):
    """What is wrong and on which line; the reader of the file says it in words of its own error."""

    what: str
    line: int | None = None
    remedy: str = ""

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True, slots=True)
class YamlFile:
    """Content of a YAML file.

    Parameters
    ----------
    content
        Plain values.
    lines
        Line of each key or item, from 1, by its location: ("rules", 3, "text").
    """

    content: Any
    lines: dict[Location, int] = field(default_factory=dict)

    def line_of(self, location: Sequence[str | int]) -> int | None:
        """Line of a location, or of the nearest one above it that the file has."""
        place = tuple(location)
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place)


def parse_yaml(text: str) -> YamlFile:
    """Content of a YAML text, safely: no tags that build objects.

    Raises
    ------
    YamlMistakeError
        The text is not YAML or a key comes twice.
    """
    loader = _LOADER(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return YamlFile(content=None)
        lines: dict[Location, int] = {}
        _collect(node, (), lines)
        content = loader.construct_document(node)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "the text cannot be parsed"
        raise YamlMistakeError(f"not YAML: {problem}", None if mark is None else mark.line + 1) from error
    finally:
        loader.dispose()
    return YamlFile(content=content, lines=lines)


def nearest(word: object, allowed: Sequence[str]) -> str:
    """Advice that names the allowed word most like this one; all of them where none is alike."""
    close = get_close_matches(str(word), allowed, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else f"allowed: {', '.join(allowed)}"


def _collect(node: Any, place: Location, lines: dict[Location, int]) -> None:
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            if inner in lines:
                raise YamlMistakeError(f"the key {key.value} comes twice", key.start_mark.line + 1)
            lines[inner] = key.start_mark.line + 1
            _collect(value, inner, lines)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            _collect(value, (*place, number), lines)
