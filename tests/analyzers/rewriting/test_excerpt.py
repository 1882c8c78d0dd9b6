"""Excerpts: what a rewrite need not look at stays where it was, to the byte."""

from __future__ import annotations

import ast
from pathlib import Path

import libcst as cst
from hypothesis import given, settings
from hypothesis import strategies as st

from strangler_analyzers.rewriting.excerpt import excerpt_of
from tests.sample_monolith import ROOT

FILES = sorted([*(ROOT / "shop").rglob("*.py"), *(Path(__file__).parents[3] / "strangler").rglob("*.py")])

SOURCE = b"""\
import os
from app import pure

LIMIT = 3  # three


@cached
def other(a):
    return {name: a}
    # still other


class Page:
    size = 1

    def get(self):
        return pure(self)

    @property
    def more(self):
        return self.get, "app.texts"


table = {"a": LIMIT}
"""


def test_only_what_matters_is_in_an_excerpt() -> None:
    """Imports and the method with the call; marks stand for the rest, whose words are told."""
    excerpt = excerpt_of(SOURCE, frozenset({17}), "port")
    assert excerpt.source == (
        b"import os\nfrom app import pure\n\n__strangler_gap_0__\n\n\n__strangler_gap_1__\n    # still other\n\n\n"
        b"class Page:\n    __strangler_gap_2__\n\n    def get(self):\n        return pure(self)\n\n"
        b"    __strangler_gap_3__\n\n\n__strangler_gap_4__\n"
    )
    assert excerpt.source.splitlines()[excerpt.lines[17] - 1] == b"        return pure(self)"
    assert excerpt.words >= {"cached", "name", "LIMIT", "app", "texts", "property"}
    assert excerpt.filled(excerpt.source) == SOURCE


def test_what_may_bind_a_name_that_is_called_is_in_the_excerpt() -> None:
    """A function of that name, one that says it is global, an assignment, what stands under a condition."""
    source = (
        b"from app import pure\ndef pure(): pass\ndef set():\n    global pure\nclean = (pure := 1)\n"
        b"if x:\n    from b import pure\ndef local():\n    pure = 2\ndef page():\n    return pure(1)\n"
    )
    excerpt = excerpt_of(source, frozenset({11}), "port")
    assert excerpt.source == source.replace(b"def local():\n    pure = 2", b"__strangler_gap_0__")


def test_the_whole_file_is_its_excerpt_where_it_can_not_be_cut() -> None:
    """It cannot be parsed, or speaks of marks itself."""
    for source in (b"def page(:\n", b"def __strangler_gap_0__(): pass\n"):
        assert excerpt_of(source, frozenset({1}), "port").source == source


@settings(max_examples=60)
@given(st.sampled_from(FILES), st.sets(st.integers(1, 200), max_size=3), st.sampled_from([b"\n", b"\r\n"]))
def test_an_excerpt_that_was_parsed_and_filled_is_the_file(file: Path, sites: set[int], newline: bytes) -> None:
    """Whatever lines are asked for; and it is a program itself, with these lines as they were."""
    source = file.read_bytes().replace(b"\n", newline)
    excerpt = excerpt_of(source, frozenset(sites), "port")
    ast.parse(excerpt.source)
    assert excerpt.filled(cst.parse_module(excerpt.source).bytes) == source
    lines, whole = excerpt.source.splitlines(), source.splitlines()
    for line in sites:
        if line in excerpt.lines:
            assert lines[excerpt.lines[line] - 1] == whole[line - 1]
