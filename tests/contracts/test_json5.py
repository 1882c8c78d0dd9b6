"""JSON5 with places."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strangler.contracts.json5 import parse_json5
from strangler.model.errors import ConfigurationError
from strangler.toml_positions import Position

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50)
@given(value=_VALUES)
def test_every_json_document_is_one_of_json5(value: object) -> None:
    """With the same value, whether characters are escaped or not; JSON is a subset, as ECMAScript is."""
    for text in (json.dumps(value), json.dumps(value, indent=2, ensure_ascii=False)):
        assert parse_json5(text, "f").value == value


@settings(max_examples=100)
@given(text=st.text(st.sampled_from("{}[]:,\"'/*\n\\ au$01.x-+é"), max_size=30))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    """No text makes the reader fail in another way."""
    refusal = None
    try:
        parse_json5(text, "f")
    except ConfigurationError as error:
        refusal = error
    assert refusal is None or (refusal.where or "").startswith("f:")


def test_what_json5_adds_is_read() -> None:
    """Comments, keys without quotes, single quotes, commas at the end, lines that go on, other numbers."""
    text = """// a comment
    { name: 'it\\'s', $a_1: [0xFF, -.5, +2., 1e3,], /* more
    lines */ "t": "one \\
line \\x41\\u00e9\\0", é: null, }"""
    assert parse_json5(text, "f").value == {
        "name": "it's",
        "$a_1": [255, -0.5, 2.0, 1000.0],
        "t": "one line Aé\0",
        "é": None,
    }


def test_every_key_and_element_has_a_place() -> None:
    """Line and column count from 1, whatever ends a line."""
    positions = parse_json5("{\r\n  a: [1,\n   {b: 2}] }", "f").positions
    assert positions == {
        (): Position(1, 1),
        ("a",): Position(2, 3),
        ("a", 0): Position(2, 7),
        ("a", 1): Position(3, 4),
        ("a", 1, "b"): Position(3, 5),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f:1:1: not valid JSON5: the document ends too early"),
        ("{a: 1,\n a: 2}", "f:2:2: not valid JSON5: the key a stands twice, first in line 1"),
        ("{200: 1}", "f:1:2: not valid JSON5: a key must be a name, or a text in quotes"),
        ("{a 1}", "f:1:4: not valid JSON5: here must stand a colon behind the key a"),
        ("[1 2]", "f:1:4: not valid JSON5: here must stand a comma or ]"),
        ("[yes]", "f:1:2: not valid JSON5: yes is no value; a text stands in quotes"),
        ("[NaN]", "f:1:2: not valid JSON5: NaN is no value; a text stands in quotes"),
        ("[01]", "f:1:2: not valid JSON5: 01 is no value; a text stands in quotes"),
        ("[1e999]", "f:1:2: not valid JSON5: the number is too large"),
        ("'a\n'", "f:1:1: not valid JSON5: the text that begins here has no end in its line"),
        ("'\\ud800'", "f:1:1: not valid JSON5: the text has half of a pair of surrogates"),
        ("'\\u12'", "f:1:2: not valid JSON5: \\u wants hexadecimal digits behind it"),
        ("'\\1'", "f:1:2: not valid JSON5: there is no such escape"),
        ("1 /* ", "f:1:3: not valid JSON5: the comment that begins here has no end"),
        ("{} {}", "f:1:4: not valid JSON5: there is more behind the end of the document"),
        ("[" * 3000, "f:1:102: not valid JSON5: values are nested too deeply to be read"),
    ],
)
def test_what_is_no_json5_is_told_with_its_place(text: str, message: str) -> None:
    """In words of somebody who mends it."""
    with pytest.raises(ConfigurationError) as caught:
        parse_json5(text, "f")
    assert str(caught.value) == message
