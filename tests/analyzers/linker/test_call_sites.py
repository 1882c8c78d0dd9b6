"""The first look over a program: which calls reach which functions."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler_analyzers.linker.call_sites import CallSites
from tests.analyzers.source_tree import linked

_PROGRAMS: dict[str, tuple[str, list[int]]] = {
    "statements": ("def g(): ...\ng()\nx = g()\nx += g()\ndel x[g()]\nif g(): g()\nelse: g()", [2, 3, 4, 5, 6, 6, 7]),
    "blocks": ("def g(): ...\nfor x in g():\n g()\nwith g() as x:\n g()", [2, 3, 4, 5]),
    "targets": ("def g(): ...\ng().a = 1\ng()[0] = g()", [2, 3, 3]),
    "nested expressions": ("def g(x=0): ...\ng(g(\n0))\n[g() for x in\n g()]\nlambda y=g():\\\n g()", [2, 2, 4, 5, 6]),
    "definitions": ("def g(): ...\n@g()\ndef f(x=g()): ...\nclass A(g()):\n y = g()", [2, 3, 4, 5]),
    "constructor": ("class A:\n def __init__(self): ...\ng = A()", [3]),
}


@pytest.mark.parametrize("name", _PROGRAMS)
def test_every_call_outside_functions_is_found(tmp_path: Path, name: str) -> None:
    """The lines of the calls that reach the program's own function."""
    source, lines = _PROGRAMS[name]
    small = linked(tmp_path, {"m.py": source})
    sites = CallSites(small.resolver)
    sites.add(small.program.units["m"].scope)
    function = small.program.functions.get("m:g") or small.program.functions["m:A.__init__"]
    assert sorted(site.call.line for site in sites.found[function]) == lines


def test_arguments_are_called_before_what_they_are_passed_to(tmp_path: Path) -> None:
    """Sites stand in the order Python runs the calls."""
    small = linked(tmp_path, {"m.py": "def g(x=0): ...\ng(\n g(\n  g()))"})
    sites = CallSites(small.resolver)
    sites.add(small.program.units["m"].scope)
    assert [site.call.line for site in sites.found[small.program.functions["m:g"]]] == [4, 3, 2]


def test_what_a_subclass_overrides_is_reached_through_self(tmp_path: Path) -> None:
    """``self.step()`` is a site of the method and of its override."""
    source = "class A:\n def f(self):\n  self.step()\n def step(self): ...\nclass B(A):\n def step(self): ..."
    small = linked(tmp_path, {"m.py": source})
    sites = CallSites(small.resolver)
    sites.add(small.program.functions["m:A.f"])
    assert {scope.name for scope in sites.found} == {"m:A.step", "m:B.step"}
