from __future__ import annotations

import pytest

from spineseg.treatment.yamlfile import YamlMistakeError, nearest, parse_yaml


def test_lines() -> None:
    """Each key and item has its line; a place that the file lacks has that of the nearest above it."""
    file = parse_yaml("a: 1\nb:\n  - c: 2\n  - d: 3\n")

    assert file.content == {"a": 1, "b": [{"c": 2}, {"d": 3}]}
    assert file.line_of(("b", 1, "d")) == 4
    assert file.line_of(("b", 1, "e")) == 4
    assert file.line_of(("z",)) == 1


def test_key_twice() -> None:
    """A key that comes twice is refused with the line of the second: YAML would silently keep the last."""
    with pytest.raises(YamlMistakeError, match="comes twice") as refusal:
        parse_yaml("clin.pain: none\nclin.ecog: 1\nclin.pain: mechanical\n")

    assert refusal.value.line == 3


@pytest.mark.parametrize("text", ["a: [1, 2", "a: !!python/object/apply:os.getcwd []", "a: *nowhere"])
def test_refused(text: str) -> None:
    """Broken YAML and tags that would build objects are refused."""
    with pytest.raises(YamlMistakeError, match="not YAML"):
        parse_yaml(text)


def test_empty() -> None:
    """An empty file has no content."""
    assert parse_yaml("# only a comment\n").content is None


def test_nearest() -> None:
    """A misspelt word gets the word most like it, another word all of them."""
    assert nearest("myelopaty", ("none", "myelopathy")) == "did you mean myelopathy?"
    assert nearest("zzz", ("none", "myelopathy")) == "allowed: none, myelopathy"
