"""What the linker makes of each way to reach a function: small programs, one feature each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analyzers.source_tree import facts_of

_PROGRAMS: dict[str, tuple[str, set[str]]] = {
    "constructor": ("class A:\n def m(self): ...\ndef f():\n a = A()\n a.m()", {"A", "A.m"}),
    "self attribute": (
        "class B:\n def m(self): ...\nclass A:\n def __init__(self):\n  self.b = B()\n def f(self):\n  self.b.m()",
        {"B.m"},
    ),
    "inherited method": ("class A:\n def m(self): ...\nclass B(A): ...\ndef f(b: B):\n b.m()", {"A.m"}),
    "super": (
        "class A:\n def m(self): ...\nclass B(A):\n def f(self):\n  super().m()",
        {"A.m"},
    ),
    "own class": (
        "class B:\n @classmethod\n def m(cls): ...\nclass A:\n b = B\n def f(self):\n  self.__class__.b.m()",
        {"B.m"},
    ),
    "method that only raises": (
        "class A:\n def m(self): raise NotImplementedError\nclass B(A):\n def m(self): ...\ndef f(a: A):\n a.m()",
        {"B.m"},
    ),
    "what a method that only raises returns": (
        (
            "class C:\n def m(self): ...\nclass A:\n def c(self):\n  'Give it.'\n  raise NotImplementedError('c')\n"
            "class B(A):\n def c(self):\n  return C()\ndef f(a: A):\n a.c().m()"
        ),
        {"B.c", "C.m"},
    ),
    "attribute of a library's object": (
        "from flask import g\nclass A:\n def m(self): ...\ndef before():\n g.a = A()\ndef f():\n g.a.m()",
        {"A.m"},
    ),
    "string annotation": ("class A:\n def m(self): ...\ndef f(a: 'A | None'):\n a.m()", {"A.m"}),
    "optional annotation": (
        "from typing import Optional\nclass A:\n def m(self): ...\ndef f(a: Optional[A]):\n a.m()",
        {"A.m"},
    ),
    "list annotation": ("class A:\n def m(self): ...\ndef f(xs: list[A]):\n for x in xs: x.m()", {"A.m"}),
    "return value": ("class A:\n def m(self): ...\ndef make():\n return A()\ndef f():\n make().m()", {"make", "A.m"}),
    "declared return": ("class A:\n def m(self): ...\ndef make() -> A: ...\ndef f():\n make().m()", {"make", "A.m"}),
    "returned parameter": (
        "class A:\n def m(self): ...\ndef same(x):\n return x\ndef f():\n same(A()).m()",
        {"A", "same", "A.m"},
    ),
    "argument to parameter": ("class A:\n def m(self): ...\ndef f(x):\n x.m()\ndef g():\n f(A())", {"A.m"}),
    "keyword argument": ("class A:\n def m(self): ...\ndef f(*, x):\n x.m()\ndef g():\n f(x=A())", {"A.m"}),
    "default value": ("class A:\n def m(self): ...\ndef f(x=A()):\n x.m()", {"A.m"}),
    "tuple unpacking": (
        "class A:\n def m(self): ...\nclass B:\n def m(self): ...\ndef f():\n a, b = A(), B()\n b.m()",
        {"A", "B", "B.m"},
    ),
    "list element": ("class A:\n def m(self): ...\ndef f():\n for x in [A()]:\n  x.m()", {"A", "A.m"}),
    "dict entry": ("def a(): ...\ndef b(): ...\nd = {'a': a, 'b': b}\ndef f():\n d['a']()", {"a"}),
    "comprehension": ("class A:\n def m(self): ...\nxs = [A()]\ndef f():\n [x.m() for x in xs]", {"A.m"}),
    "with": (
        "class A:\n def __enter__(self):\n  return self\n def m(self): ...\ndef f():\n with A() as a: a.m()",
        {"A", "A.__enter__", "A.m"},
    ),
    "context manager": (
        (
            "from contextlib import contextmanager\nclass A:\n def m(self): ...\n"
            "@contextmanager\ndef opened():\n yield A()\ndef f():\n with opened() as a:\n  a.m()"
        ),
        {"opened", "A.m"},
    ),
    "generator": (
        "class A:\n def m(self): ...\ndef make():\n yield A()\ndef f():\n for a in make(): a.m()",
        {"make", "A.m"},
    ),
    "partial": ("from functools import partial\ndef a(x): ...\ndef f():\n p = partial(a, 1)\n p()", {"a"}),
    "class method": ("class A:\n @classmethod\n def m(cls): ...\ndef f():\n A.m()", {"A.m"}),
    "static method": ("class A:\n @staticmethod\n def m(): ...\ndef f():\n A.m()", {"A.m"}),
    "property type": (
        "class B:\n def m(self): ...\nclass A:\n @property\n def b(self):\n  return B()\ndef f(a: A):\n a.b.m()",
        {"A.b", "B.m"},
    ),
    "closure": ("def outer():\n def inner(): ...\n inner()\nf = outer", {"outer.<locals>.inner"}),
    "conditional": ("def a(): ...\ndef b(): ...\ndef f(c):\n (a if c else b)()", {"a", "b"}),
    "walrus": ("class A:\n def m(self): ...\ndef f():\n if (a := A()): a.m()", {"A", "A.m"}),
    "callable instance": ("class A:\n def __call__(self): ...\na = A()\ndef f():\n a()", {"A.__call__"}),
    "getattr": ("class A:\n def m(self): ...\ndef f(a: A):\n getattr(a, 'm')()", {"A.m"}),
    "await": (
        "class A:\n def m(self): ...\nasync def make():\n return A()\nasync def f():\n (await make()).m()",
        {"make", "A.m"},
    ),
    "mixin": ("class Mixin:\n def f(self):\n  self.m()\nclass A(Mixin):\n def m(self): ...", {"A.m"}),
}


@pytest.mark.parametrize("name", _PROGRAMS)
def test_the_call_is_resolved(tmp_path: Path, name: str) -> None:
    """Each small program's function reaches exactly the functions Python would run."""
    source, expected = _PROGRAMS[name]
    caller = next(c for c in ("outer", "A.f", "B.f", "Mixin.f", "f") if f"def {c.rpartition('.')[2]}(" in source)
    facts = facts_of(tmp_path, {"m.py": source})
    wanted = {caller, "f", "A.f", "B.f", "Mixin.f"} - {"f" if caller == "outer" else ""}
    found = {c.callee.partition(":")[2] for c in facts.calls if c.caller.partition(":")[2] in wanted}
    assert found == expected


_PACKAGES: dict[str, tuple[dict[str, str], str]] = {
    "re-export": (
        {"p/__init__.py": "from p.a import g", "p/a.py": "def g(): ...", "m.py": "from p import g\ndef f(): g()"},
        "p.a:g",
    ),
    "star import": (
        {"p/__init__.py": "", "p/a.py": "def g(): ...", "m.py": "from p.a import *\ndef f(): g()"},
        "p.a:g",
    ),
    "star imports": (
        {
            "p/a.py": "def g(): ...",
            "p/b.py": "def g(): ...",
            "m.py": "from p.a import *\nfrom p.b import *\ndef f(): g()",
        },
        "p.b:g",
    ),
    "alias": ({"p/a.py": "def g(): ...", "m.py": "import p.a as x\ndef f(): x.g()"}, "p.a:g"),
    "dotted": ({"p/a.py": "def g(): ...", "m.py": "import p.a\ndef f(): p.a.g()"}, "p.a:g"),
    "relative": ({"p/a.py": "def g(): ...", "p/m.py": "from .a import g\ndef f(): g()"}, "p.a:g"),
    "import_module": (
        {"p/a.py": "def g(): ...", "m.py": "import importlib\ndef f(): importlib.import_module('p.a').g()"},
        "p.a:g",
    ),
}


@pytest.mark.parametrize("name", _PACKAGES)
def test_names_are_followed_through_modules(tmp_path: Path, name: str) -> None:
    """Re-exports, star imports, aliases and relative imports lead to the definition."""
    files, expected = _PACKAGES[name]
    facts = facts_of(tmp_path, files)
    assert [c.callee for c in facts.calls if c.caller.endswith("m:f")] == [expected]


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n x = x\n x.m()",
        "x = [*x]\ndef f():\n for a in x: a()",
        "d = {**d}\ndef f():\n d['a']()",
        "x = x + x\ndef f():\n for a in x: a()",
        "class A(A): ...\ndef f():\n A().m()",
        "def f():\n return f()()",
        "from m import y as y\ndef f():\n y()",
        "x = lambda: x()\ndef f():\n x()",
    ],
)
def test_definitions_that_go_in_circles_end(tmp_path: Path, source: str) -> None:
    """A value that depends on itself is unknown; it is no endless loop."""
    facts_of(tmp_path, {"m.py": source})


def test_long_chains_are_cut_not_followed_for_ever(tmp_path: Path) -> None:
    """A thousand aliases in a row are more than the depth limit and no crash."""
    lines = ["def f0(): ..."] + [f"f{number} = f{number - 1}" for number in range(1, 1000)]
    facts_of(tmp_path, {"m.py": "\n".join([*lines, "def g():", "    f999()"])})
