"""Strings among values, and what operators of `str` make of them."""

from __future__ import annotations

from strangler_analyzers.linker.strings import first_string, interpolated, strings_of
from strangler_analyzers.linker.values import ConstantValue, External

_VALUES = (ConstantValue(1), External("os.sep"), ConstantValue("a"), ConstantValue("b"))


def test_strings_are_the_constants_that_are_text() -> None:
    """Numbers and what libraries give are none."""
    assert list(strings_of(_VALUES)) == ["a", "b"]
    assert first_string(_VALUES) == "a"
    assert first_string(_VALUES[:2]) is None


def test_percent_formatting_fills_places_from_left_to_right() -> None:
    """Whatever their kind; what is filled in is not looked at again, and places too many stay."""
    assert interpolated("/%s/%d", ["a", "1"]) == "/a/1"
    assert interpolated("/%d/%s", ["1", "a"]) == "/1/a"
    assert interpolated("/%s/%s", ["%s"]) == "/%s/%s"
