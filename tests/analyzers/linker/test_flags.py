"""Branches that a literal argument rules out: what a request does follows the calls that lead to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.linker.decisions import holds
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.conditions import Condition, Equals, Literal, Not, Together, Truth
from strangler_analyzers.source.lowering import lower
from tests.analyzers.source_tree import facts_of

_MODELS = """
from flask_sqlalchemy import SQLAlchemy
db = SQLAlchemy()
class Order(db.Model):
    id = db.Column(db.Integer, primary_key=True)
"""
_VIEWS = """
from flask import Flask
from functools import partial, wraps
from shop.models import Order, db
def write(): db.session.add(Order())
{functions}
app = Flask(__name__)
@app.post("/orders")
def orders(data): {call}
"""


def _writes(root: Path, functions: str, call: str) -> bool:
    """Whether the request writes an order."""
    files = {"shop/models.py": _MODELS, "shop/views.py": _VIEWS.format(functions=functions, call=call)}
    graph = SystemGraph(facts_of(root, files))
    (route,) = graph.facts.routes
    return graph.route_tables(route).writes == ("order",)


_FIND = "def find(id, create=False):\n    {}\n"
_ASKS = _FIND.format("if create: write()")
_RULED_OUT = {
    "a literal": (_ASKS, "find(1, create=False)"),
    "the default": (_ASKS, "find(1)"),
    "by its place": (_ASKS, "find(1, False)"),
    "an early return": (_FIND.format("if not create: return\n    write()"), "find(1)"),
    "an error": (_FIND.format("if not create:\n        raise KeyError\n    write()"), "find(1)"),
    "the other arm": ("def find(new):\n    if new: return 1\n    else: write()", "find(True)"),
    "None": ("def find(order=None):\n    if order is not None: write()", "find()"),
    "a text": ("def find(mode):\n    if mode == 'w': write()", "find('r')"),
    "a negative number": ("def find(level):\n    if level == -1: write()", "find(1)"),
    "one of several": (_FIND.format("if create and id: write()"), "find(data)"),
    "handed on": (_ASKS + "def get(id, create=False): return find(id, create=create)", "get(1)"),
    "handed on by its place": (_ASKS + "def get(id, create=False): return find(id, create)", "get(1)"),
    "a method": ("class Orders:\n    def find(self, create=False):\n        if create: write()", "Orders().find()"),
    "a constructor": ("class Orders:\n    def __init__(self, create=False):\n        if create: write()", "Orders()"),
}
_MAY_RUN = {
    "a literal": (_ASKS, "find(1, create=True)"),
    "a negative number": ("def find(level):\n    if level == -1: write()", "find(-1)"),
    "what is not known": (_ASKS, "find(1, data)"),
    "unpacked": (_ASKS, "find(1, **data)"),
    "unpacked by place": (_ASKS, "find(*data)"),
    "bound anew": (_FIND.format("create = id\n    if create: write()"), "find(1)"),
    "bound by a loop": (_FIND.format("for create in id: pass\n    if create: write()"), "find(1)"),
    "bound inside": (
        _FIND.format("def set():\n        nonlocal create\n        create = 1\n    set()\n    if create: write()"),
        "find(1)",
    ),
    "bound by a pattern": (
        _FIND.format("match id:\n        case [create]: pass\n    if create: write()"),
        "find(1)",
    ),
    "the else of a loop": (
        _FIND.format("for x in id:\n        if not create: continue\n    else:\n        write()"),
        "find(1)",
    ),
    "behind the loop": (_FIND.format("for x in id:\n        if not create: break\n    write()"), "find(1)"),
    "finally": (_FIND.format("try:\n        if not create: return\n    finally: write()"), "find(1)"),
    "partial": (_ASKS + "find = partial(find, create=True)", "find(1)"),
    "partial by another name": (_ASKS + "get = partial(find, create=True)", "get(1)"),
    "another function of the name": (_ASKS + "find = data.changed(find)", "find(1)"),
    "a decorator that adds it": (
        "def creating(f):\n    @wraps(f)\n    def inner(*a, **k): return f(*a, create=True, **k)\n    return inner\n"
        "@creating\n" + _ASKS,
        "find(1)",
    ),
    "another default": ("CREATE = data()\ndef find(id, create=CREATE):\n    if create: write()", "find(1)"),
    "one of several": (_FIND.format("if create or id: write()"), "find(data)"),
    "two callers": (_ASKS, "(find(1), find(1, True))"),
    "a function called by others": (_ASKS, "list(map(find, data))"),
}


@pytest.mark.parametrize("case", _RULED_OUT)
def test_what_a_literal_rules_out_is_not_done(tmp_path: Path, case: str) -> None:
    """A branch that cannot run for any call on the way of a request counts for nothing."""
    assert not _writes(tmp_path, *_RULED_OUT[case])


@pytest.mark.parametrize("case", _MAY_RUN)
def test_what_is_not_known_for_certain_may_run(tmp_path: Path, case: str) -> None:
    """Anything but a literal leaves both ways open: a write that is missed would be a row that is lost."""
    assert _writes(tmp_path, *_MAY_RUN[case])


_LITERALS = st.sampled_from([None, True, False, 0, 1, "", "a"])


def _written(condition: Condition) -> str:
    match condition:
        case Truth(subject=subject):
            return subject
        case Equals(subject=subject, value=value, same=same):
            return f"{subject} {'is' if same else '=='} {value!r}"
        case Not(condition=inner):
            return f"not ({_written(inner)})"
        case Together(parts=parts, every=every):
            return f" {'and' if every else 'or'} ".join(f"({_written(part)})" for part in parts)
        case _:
            return "[]"


_CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    st.builds(Truth, st.sampled_from("ab"))
    | st.builds(Equals, st.sampled_from("ab"), _LITERALS, st.just(value=False))
    | st.builds(Equals, st.sampled_from("ab"), st.sampled_from([None, True, False]), st.just(value=True)),
    lambda inner: (
        st.builds(Not, inner) | st.builds(Together, st.lists(inner, min_size=2, max_size=3).map(tuple), st.booleans())
    ),
    max_leaves=5,
)


@given(_CONDITIONS, _LITERALS, _LITERALS)
def test_a_condition_holds_where_python_says_so(condition: Condition, a: Literal, b: Literal) -> None:
    """Read from source, a condition says what Python does; with less known it says the same, or nothing."""
    text = _written(condition)
    (function,) = lower(f"def f(a, b):\n    if {text}: g()").body
    assert isinstance(function, s.Function)
    (branch,) = function.body
    assert isinstance(branch, s.Branch)
    assert branch.decision is not None
    expected = bool(eval(text, {"a": a, "b": b}))
    assert holds(branch.decision.condition, {"a": a, "b": b}) is expected
    assert holds(branch.decision.condition, {"a": a}) in {None, expected}
    assert holds(branch.decision.condition, {}) is None
