"""Answers that are forgotten with the module that asked for them."""

from __future__ import annotations

from pathlib import Path

from strangler_analyzers.linker.local_answers import MAX_LATE, LocalAnswers
from strangler_analyzers.linker.recursion import Recursion
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import ConstantValue, Frame, Values
from tests.analyzers.source_tree import linked

_ONE: Values = (ConstantValue(1),)


def _module(root: Path, functions: int) -> Scope:
    code = "".join(f"def f{number}(): ...\n" for number in range(functions))
    return linked(root, {"m.py": code}).program.units["m"].scope


def test_only_what_stands_inside_functions_is_forgotten_with_the_module(tmp_path: Path) -> None:
    """A module's own names are asked for from everywhere."""
    module, answers = _module(tmp_path, 1), LocalAnswers[tuple[Frame | None, str]](Recursion())
    answers.of(module)[None, "x"] = _ONE
    answers.of(module.children[0])[None, "x"] = _ONE
    answers.leave(module.module)
    assert answers.of(module) == {(None, "x"): _ONE}
    assert answers.of(module.children[0]) == {}


def test_what_is_asked_after_the_module_was_left_is_kept_while_it_is_little(tmp_path: Path) -> None:
    """Late answers serve the modules that come next; too many of them go."""
    module, answers = _module(tmp_path, MAX_LATE + 1), LocalAnswers[tuple[Frame | None, str]](Recursion())
    *functions, last = module.children
    answers.leave(module.module)
    for function in functions:
        answers.of(function)[None, "x"] = _ONE
    answers.leave(module.module)
    assert answers.of(functions[0]) == {(None, "x"): _ONE}
    answers.of(last)[None, "x"] = _ONE
    answers.leave(module.module)
    assert [answers.of(function) for function in (functions[0], last)] == [{}, {}]


def test_what_was_asked_in_one_frame_is_forgotten_with_it(tmp_path: Path) -> None:
    """The function as a method of one class has been walked: what is known of it as such, or as itself, stays."""
    (function, one, other), answers = _module(tmp_path, 3).children, LocalAnswers[tuple[Frame, str]](Recursion())
    frames = [Frame(function), Frame(function, one), Frame(function, other)]
    for frame in frames:
        answers.of(function)[frame, "x"] = _ONE
    answers.forget(frames[1])
    assert list(answers.of(function)) == [(frames[0], "x"), (frames[2], "x")]
