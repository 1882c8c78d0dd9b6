"""Texts that the code alone decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler_analyzers.linker.texts import Texts, snake_case
from strangler_analyzers.linker.values import Frame
from strangler_analyzers.source import syntax as s
from tests.analyzers.source_tree import linked


def _text(root: Path, source: str, *, hole: str | None = None) -> list[str]:
    found = linked(root, {"m.py": source})
    return Texts(found.resolver, hole=hole).all(s.Name("x"), Frame(found.program.units["m"].scope))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('x = "a" + "b"', "ab"),
        ('n = "b"\nx = f"a{n}c"', "abc"),
        ('x = "%s-%s" % ("a", "b")', "a-b"),
        ('x = "%(k)s" % {"k": "v"}', "v"),
        ('x = "{}/{name}".format("a", name="b")', "a/b"),
        ('x = ", ".join(["a", "b"])', "a, b"),
        ('x = " A ".strip().lower().replace("a", "b")', "b"),
        ('import re\nx = re.sub("(?=[A-Z])", "_", "aB")', "a_B"),
        ('def f(n): return n + "s"\nx = f("cat")', "cats"),
        ('class C: KEY = "k"\nx = C.KEY', "k"),
        ("class C: ...\nx = C.__name__", "C"),
    ],
)
def test_texts_are_worked_out(tmp_path: Path, source: str, text: str) -> None:
    """Operators, formatting, methods, functions and class attributes are followed."""
    assert _text(tmp_path, source) == [text]


def test_alternatives_are_all_told(tmp_path: Path) -> None:
    """A name bound twice has two texts."""
    assert _text(tmp_path, 'if y:\n    x = "a"\nelse:\n    x = "b"') == ["a", "b"]


def test_unknown_parts_need_a_hole(tmp_path: Path) -> None:
    """Without a stand-in a text with an unknown part is unknown."""
    source = 'import os\nx = f"a{os.getpid()}b"'
    assert _text(tmp_path, source) == []
    assert _text(tmp_path, source, hole="?") == ["a?b"]


def test_modules_that_import_a_name_from_each_other_end_the_search(tmp_path: Path) -> None:
    """A circle of imports holds no text."""
    found = linked(tmp_path, {"p/a.py": "from p.b import x", "p/b.py": "from p.a import x"})
    assert Texts(found.resolver).all(s.Name("x"), Frame(found.program.units["p.a"].scope)) == []


@pytest.mark.parametrize(("name", "snake"), [("Order", "order"), ("HTTPLog", "http_log"), ("orderLine", "order_line")])
def test_snake_case(name: str, snake: str) -> None:
    """Words begin at capitals; a run of capitals is one word."""
    assert snake_case(name) == snake
