"""Literals of the slim tree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.lowering import lower
from strangler_analyzers.source.tolerant.reader import read_tolerantly


def _values(source: str) -> tuple[s.Expression | None, ...]:
    """What either parser reads as the value of ``x = ...``."""
    (by_ast,), (tolerant,) = lower(source).body, read_tolerantly(source).body
    assert isinstance(by_ast, s.Assign)
    assert isinstance(tolerant, s.Assign)
    return by_ast.value, tolerant.value


def _signed(number: float, signs: str) -> float:
    return -number if signs.count("-") % 2 else number


@given(
    st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False), st.text("+-", max_size=4)
)
def test_a_number_with_signs_is_the_number_python_makes_of_it(number: float, signs: str) -> None:
    """Whatever the signs, and by either parser."""
    for value in _values(f"x = {signs}{number!r}\n"):
        assert isinstance(value, s.Constant)
        assert repr(value.value) == repr(_signed(number, signs))


@pytest.mark.parametrize("text", ["-x", "~1", "-'a'", "-True", "-None", "-(1 - 2)", f"-{2**63}", "-1j"])
def test_anything_else_behind_a_sign_is_not_evaluated(text: str) -> None:
    """A name may have any value, and nobody writes a sign before a text or a truth value."""
    assert all(isinstance(value, s.Opaque) for value in _values(f"x = {text}\n"))
