"""Values of an expression: how they are joined, and the frames they are evaluated in."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from strangler_analyzers.linker.frames import Frames
from strangler_analyzers.linker.values import MAX_VALUES, UNKNOWN, ConstantValue, Frame, Given, union
from strangler_analyzers.source import syntax as s
from tests.analyzers.source_tree import linked

_values = st.lists(st.builds(ConstantValue, st.integers(0, 30)), max_size=20).map(tuple)


@given(st.lists(_values, max_size=6))
def test_a_union_holds_each_value_once_in_order_and_is_capped(parts: list[tuple[ConstantValue, ...]]) -> None:
    """However the values are cut into parts, the first ones are kept in the order they were found."""
    assert union(parts) == tuple(dict.fromkeys(value for part in parts for value in part))[:MAX_VALUES]


def test_a_frame_is_kept_once(tmp_path: Path) -> None:
    """Asked again, the frame of a scope is the same object; another receiver has another."""
    program = linked(tmp_path, {"m.py": "class A:\n def f(self): ...\nclass B(A): ..."}).program
    method, inheriting = program.functions["m:A.f"], program.classes["m:B"]
    frames = Frames()
    assert frames.of(method) is frames.of(method)
    assert frames.of(method, inheriting) == Frame(method, inheriting) != frames.of(method)
    assert frames.around(method) is frames.of(program.classes["m:A"])


def test_a_closed_frame_takes_every_parameter_as_unknown(tmp_path: Path) -> None:
    """The receiver stays known; the same frame closes to the same frame."""
    program = linked(tmp_path, {"m.py": "class A:\n def f(self, x, *rest, y=1): ..."}).program
    frame = Frame(program.functions["m:A.f"])
    closed = frame.closed()
    assert [(given.parameter, given.expression) for given in closed.given] == [("x", UNKNOWN), ("y", UNKNOWN)]
    assert closed.is_closed
    assert frame.closed() is closed


def test_what_a_program_passes_is_known_though_nothing_of_it_matters(tmp_path: Path) -> None:
    """Trees hold one object for all of that until they are packed: whether they were must not decide what is found."""
    function = linked(tmp_path, {"m.py": "def f(x): ..."}).program.functions["m:f"]
    frame = Frame(function, given=(Given("x", s.OPAQUE, Frame(function)),))
    assert not frame.is_closed
    assert frame.depth == 1
