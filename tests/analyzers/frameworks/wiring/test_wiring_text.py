"""Texts put together from alternatives, some of them unknown."""

from __future__ import annotations

from strangler_analyzers.frameworks.wiring.text import UNKNOWN, joined, method, texts
from strangler_analyzers.linker.values import ConstantValue, Values


def _text(*alternatives: str) -> Values:
    return tuple(ConstantValue(text) for text in alternatives)


def test_every_combination_of_alternatives() -> None:
    """Each part may have several texts."""
    assert texts(joined([_text("/a", "/b"), _text("/c")])) == ["/a/c", "/b/c"]


def test_a_number_is_spelled() -> None:
    """`f"/v{1}"` is `/v1`."""
    assert texts(joined([_text("/v"), (ConstantValue(1),)])) == ["/v1"]


def test_an_unknown_part_leaves_a_mark() -> None:
    """What is known of a text stays known."""
    assert texts(joined([(), _text("/c")])) == [f"{UNKNOWN}/c"]


def test_a_text_known_in_full_wins() -> None:
    """Of two alternatives the one without unknown parts counts."""
    assert texts(_text(f"{UNKNOWN}/c", "/c")) == ["/c"]


def test_methods_of_texts() -> None:
    """Stripping, formatting and joining as `str` does them; a template that does not fit stays."""
    assert texts(method("lstrip", ["/a"], ["/"], {})) == ["a"]
    assert texts(method("format", ["/{}/{x}"], ["a"], {"x": "b"})) == ["/a/b"]
    assert texts(method("format", ["/{}/{}"], ["a"], {})) == ["/{}/{}"]
    assert texts(method("join", ["/"], ["a", "b"], {})) == ["a/b"]
