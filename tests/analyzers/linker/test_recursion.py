"""Questions about values that lead back to themselves."""

from __future__ import annotations

from strangler_analyzers.linker.recursion import MAX_DEPTH, Recursion
from strangler_analyzers.linker.values import NOTHING, ConstantValue, Values, union


def test_an_answer_found_inside_a_circle_is_asked_again() -> None:
    """``a = 1; a = b`` and ``b = a``: asked through `a` first, `b` still knows the whole answer afterwards."""
    recursion = Recursion()
    memo: dict[str, Values] = {}
    one = (ConstantValue(1),)

    def ask(name: str) -> Values:
        if name == "a":
            return recursion.once(memo, name, lambda _: union((ask("b"), one)))
        return recursion.once(memo, name, lambda _: ask("a"))

    assert ask("a") == one
    assert ask("b") == one


def test_answers_outside_circles_are_remembered() -> None:
    """A question is computed once."""
    recursion = Recursion()
    memo: dict[str, Values] = {}
    asked: list[str] = []

    def compute(_: str) -> Values:
        asked.append("x")
        return (ConstantValue(1),)

    assert recursion.once(memo, "x", compute) == recursion.once(memo, "x", compute)
    assert asked == ["x"]


def test_a_chain_that_was_cut_is_followed_when_asked_for_itself() -> None:
    """A chain deeper than the limit is unknown from its far end, yet known from nearby."""
    recursion = Recursion()
    memo: dict[int, Values] = {}

    def ask(number: int) -> Values:
        if number == 0:
            return (ConstantValue(0),)
        return recursion.once(memo, number, lambda _: ask(number - 1))

    assert ask(MAX_DEPTH + 10) == NOTHING
    assert ask(MAX_DEPTH // 2) == (ConstantValue(0),)
