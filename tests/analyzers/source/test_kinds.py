"""Kinds: told apart at once, and safe to be."""

import pytest

from strangler_analyzers.frameworks.wiring.activation import Activation, Closure
from strangler_analyzers.linker.values import KINDS, Frame, FunctionValue
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.kinds import Exact

_CONSTANTS: tuple[s.Expression, ...] = (s.Constant("order"),)


def test_a_thing_is_of_its_own_kind_and_of_no_other() -> None:
    """Neither is None, nor a plain object, nor something of another kind."""
    name = s.Name("order")
    assert isinstance(name, s.Name)
    assert isinstance(name, s.Call | s.Name)
    for other in (name, None, "order", object(), ()):
        assert not isinstance(other, s.Call)
        assert not isinstance(other, (s.Call, s.Attribute))


def test_a_pattern_asks_the_same() -> None:
    """``case`` falls through to the kind a thing is of."""
    expression: s.Expression = _CONSTANTS[0]
    match expression:
        case s.Name() | s.Call():
            pytest.fail("a constant is neither")
        case s.Constant(value=value):
            assert value == "order"
        case _:
            pytest.fail("a constant is one")


def test_a_base_is_asked_for_as_ever() -> None:
    """Every kind of node is a node."""
    assert isinstance(s.Name("order"), s.Node)
    assert not isinstance("order", s.Node)


def test_nothing_inherits_from_a_kind() -> None:
    """It would not count as one of it: the class cannot even be made."""
    with pytest.raises(TypeError, match="Longer inherits from Name, whose instances are told by exactly that class"):
        Exact("Longer", (s.Name,), {})


def test_what_others_inherit_from_is_asked_for_as_ever() -> None:
    """An activation is a frame, and a closure the function it is one of."""
    assert issubclass(Activation, Frame)
    assert issubclass(Closure, FunctionValue)
    assert not isinstance(Frame, Exact)
    assert [kind for kind in KINDS if not isinstance(kind, Exact)] == [FunctionValue]
