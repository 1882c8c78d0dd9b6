"""Where keys stand in TOML, compared with what tomllib reads."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from strangler.toml_positions import KeyPath, Position, key_positions

SCALARS = st.one_of(
    st.integers(-(2**53), 2**53),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["C"]), max_size=12),
    st.datetimes(),
)
KEYS = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=6)
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
        max_leaves=12,
    ),
    max_size=4,
)


def paths(value: object, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Name every key and list element below `value`."""
    children: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        children = [(str(key), child) for key, child in value.items()]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    elif isinstance(value, list):
        children = list(enumerate(value))  # pyright: ignore[reportUnknownArgumentType]
    for key, child in children:
        yield (*path, key)
        yield from paths(child, (*path, key))


@given(tree=TREES)
def test_every_key_of_a_document_has_a_place(tree: dict[str, object]) -> None:
    """No key that tomllib reads is without a place, and none is invented."""
    text = tomlkit.dumps(tree)
    assert set(key_positions(text)) == set(paths(tomllib.loads(text)))


def test_each_form_of_a_key_is_found() -> None:
    """Headers, dotted and quoted keys, inline tables, arrays and every kind of string."""
    text = '''\
title = "a # b"  # not [a.header]
"quoted.key" . inner = 1
[table]
text = """
[not.a.header]
key = 1 \\""" """
raw = \'\'\'
x = 2\'\'\'
[[routes]]
match = { path = "/a]", methods = [
  "GET", # one
  "POST",
] }
[[routes]]
match.path = '/b'
[routes.traffic]
v2 = 5
when = 1979-05-27 07:32:00
'''
    assert {path: (place.line, place.column) for path, place in key_positions(text).items()} == {
        ("title",): (1, 1),
        ("quoted.key",): (2, 1),
        ("quoted.key", "inner"): (2, 16),
        ("table",): (3, 2),
        ("table", "text"): (4, 1),
        ("table", "raw"): (7, 1),
        ("routes",): (9, 3),
        ("routes", 0): (9, 1),
        ("routes", 0, "match"): (10, 1),
        ("routes", 0, "match", "path"): (10, 11),
        ("routes", 0, "match", "methods"): (10, 25),
        ("routes", 0, "match", "methods", 0): (11, 3),
        ("routes", 0, "match", "methods", 1): (12, 3),
        ("routes", 1): (14, 1),
        ("routes", 1, "match"): (15, 1),
        ("routes", 1, "match", "path"): (15, 7),
        ("routes", 1, "traffic"): (16, 9),
        ("routes", 1, "traffic", "v2"): (17, 1),
        ("routes", 1, "traffic", "when"): (18, 1),
    }


def test_positions_are_ordered_as_in_the_file() -> None:
    """Problems are told from top to bottom."""
    assert Position(2, 9) < Position(10, 1)
