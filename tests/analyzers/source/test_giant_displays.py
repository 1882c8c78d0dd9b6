"""Long tables are cut before they are parsed, with the same result as after."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strangler_analyzers.source import giant_displays
from strangler_analyzers.source.giant_displays import shorten
from strangler_analyzers.source.literals import MAX_ELEMENTS
from strangler_analyzers.source.lowering import lower


@pytest.fixture(autouse=True)
def small_files_are_giant(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that tests need no megabytes."""
    monkeypatch.setattr(giant_displays, "GIANT", 0)


def _both_ways(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tree is the same whether the text was cut or the parser's tree."""
    cut = lower(source)
    monkeypatch.setattr(giant_displays, "GIANT", len(source) + 1)
    whole = lower(source)
    monkeypatch.setattr(giant_displays, "GIANT", 0)
    assert sorted(cut.cuts) == sorted(whole.cuts)
    assert repr((cut.body, cut.lines)) == repr((whole.body, whole.lines))


def _many(element: str, count: int = MAX_ELEMENTS + 10) -> str:
    return element * count


@pytest.mark.parametrize(
    "source",
    [
        "A = (\n" + _many("    ('x', \"(y, [\"),\n") + ")\nafter(1)\n",
        "A = [" + _many("'é, ', ") + "]; after(1)\n",
        "A = {" + _many("'''k\n,''': f(1, 2),\n") + "  **B}; after(1)\n",
        "A = {'a': [" + _many("1,") + "2], 'b': (" + _many("3,") + ")}\n",
        "A = [" + _many("(1, 2), # two, not (three\n") + "# nothing, more\n]\nafter(1)\n",
        "A = [" + _many("1,", MAX_ELEMENTS) + "]\n",
        "A = [" + _many("1,", MAX_ELEMENTS) + "2]\n",
        "A = [" + _many("[" + _many("1,") + "],\n", 3) + "]\n",
        "f(" + _many("1,") + ")\nx[" + _many("1,") + "]\nfrom m import (" + _many("n,") + ")\n",
        "A = [" + _many("lambda x, y: 1,") + "]\n",
    ],
)
def test_the_tree_is_that_of_the_whole_file(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Strings, comments and nested brackets count as Python counts them; calls, indices and imports are not cut."""
    _both_ways(source, monkeypatch)


def test_the_text_that_is_parsed_is_short() -> None:
    """Of a hundred thousand elements the parser sees two thousand, on the lines they stand on."""
    source = "A = (\n" + _many("    'value',\n", 100_000) + ")\nafter(1)\n"
    shortened, cuts = shorten(source)
    assert cuts == ("read 2000 of the 100000 elements of the display at line 1, the rest is left out",)
    assert sum(isinstance(node, ast.Constant) for node in ast.walk(ast.parse(shortened))) == MAX_ELEMENTS + 1
    assert shortened.count("\n") == source.count("\n")
    assert len(shortened) < len(source) / 5


@pytest.mark.parametrize("source", ["A = [" + _many("1,"), "A = [" + _many("1,") + ")", "A = ['" + _many("1,") + "]"])
def test_text_that_is_no_python_is_left_alone(source: str) -> None:
    """The error is that of the file itself."""
    assert shorten(source) == (source, ())


@settings(max_examples=100)
@given(st.text(alphabet="[](){},'\"\\# \n1ab=", max_size=120))
def test_any_text_keeps_its_lines(source: str) -> None:
    """Nothing makes the cut raise, whatever it is given."""
    shortened, _ = shorten(source)
    assert shortened.count("\n") == source.count("\n")
