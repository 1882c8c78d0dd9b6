"""The questions the linker answers: what an expression stands for, what calling a value gives, where a name leads.

`strangler_analyzers.linker.points_to` answers them; frameworks and rules need only know the questions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from strangler_analyzers.linker.inheritance import Ancestor
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.scope import Binding, Scope, Unit
from strangler_analyzers.linker.values import CallSite, Frame, FunctionValue, Key, MethodValue, Value, Values
from strangler_analyzers.source import syntax as s


class Resolver(Protocol):
    """Answers about one program. Where nothing is known the answer is empty; nothing is guessed from a bare name."""

    @property
    def program(self) -> Program:
        """The program asked about."""
        ...

    def frame(self, scope: Scope, receiver: Scope | None = None, outer: Frame | None = None) -> Frame:
        """The frame of a scope in which nothing is given but by the closure's `outer` frame, each made once."""
        ...

    # --- expressions and names

    def evaluate(self, expression: s.Expression, frame: Frame) -> Values:
        """The values an expression may have in a frame."""
        ...

    def annotated(self, annotation: s.Expression, frame: Frame) -> Values:
        """The values a declared type allows."""
        ...

    def lookup(self, name: str, frame: Frame) -> Values:
        """The values of a plain name, searched as Python does: function, enclosing functions, module, builtins."""
        ...

    def module_member(self, module: str, name: str, *, from_star: bool = False) -> Values:
        """``module.name``: a name bound in it, a name it star-imports, a submodule; for a module outside its path."""
        ...

    def bound(self, binding: Binding, frame: Frame) -> Values:
        """The values a binding gives its name."""
        ...

    # --- operations on values

    def attribute(self, value: Value, name: str) -> Values:
        """What ``value.name`` may be."""
        ...

    def member(self, scope: Scope, name: str, *, on_class: bool, after: Scope | None = None) -> Values:
        """An attribute of a class or of its instances, searched in its ancestors (behind `after` for ``super()``)."""
        ...

    def elements(self, value: Value) -> Values:
        """What iterating over a value may give."""
        ...

    def item(self, value: Value, key: Key) -> Values:
        """What ``value[key]`` may be; None for a key that is not a constant."""
        ...

    @staticmethod
    def union(parts: Iterable[Values]) -> Values:
        """All values of the parts, each once, in order, capped."""
        ...

    # --- calls

    def call(self, callee: Value, call: s.Call, frame: Frame) -> Values:
        """What calling a value may give."""
        ...

    def called(
        self, callee: Frame, call: s.Call, frame: Frame, *, bound: bool, decides: Callable[[Value], bool] | None = None
    ) -> Frame:
        """The callee's frame with those arguments of one call that decide what the function is about."""
        ...

    def returned(self, frame: Frame) -> Values:
        """What a function returns; a generator gives a container of what it yields."""
        ...

    def actual(self, scope: Scope, parameter: str, call: s.Call, *, bound: bool) -> s.Expression | None:
        """The expression a call passes for a parameter; `bound` when the receiver is passed implicitly."""
        ...

    def learn(self, call_sites: Mapping[Scope, Sequence[CallSite]]) -> None:
        """Let the arguments of these calls flow into parameters; what was answered before is forgotten."""
        ...

    def close(self) -> None:
        """Let go of all that was found; nothing can be asked afterwards."""
        ...

    def leave(self, module: Unit) -> None:
        """Drop the answers that hardly anyone asks for again when the code of a module has been looked at.

        Only while no question is open.
        """
        ...

    def forget(self, frame: Frame) -> None:
        """Drop the answers about the inside of a function in one frame, when its code has been looked at in it.

        Only while no question is open.
        """
        ...

    def is_replaced(self, scope: Scope) -> bool:
        """Whether the program itself calls a function by name and what its decorators made of it runs instead."""
        ...

    def applied(self, scope: Scope, count: int, frame: Frame) -> Values:
        """A function or class of `frame` with the innermost `count` of its decorators applied."""
        ...

    def reached(self, function: FunctionValue | MethodValue) -> Values:
        """What a call of a function runs: itself, or what its decorators put in its place."""
        ...

    def passed(self, frame: Frame, parameter: s.Parameter) -> Iterable[tuple[s.Expression, Frame]]:
        """What the program's own calls pass for a parameter, with the frame each stands in."""
        ...

    # --- classes

    def order(self, scope: Scope) -> tuple[Ancestor, ...]:
        """The class and its ancestors in the order Python searches them; paths for those outside the program."""
        ...

    def bases(self, scope: Scope) -> tuple[Ancestor, ...]:
        """The direct ancestors of a class."""
        ...

    def inherits(self, scope: Scope, paths: frozenset[str]) -> bool:
        """Whether a class has one of the given outside classes among its ancestors."""
        ...

    def subclasses(self, scope: Scope) -> Sequence[Scope]:
        """All classes of the program below a class, in source order."""
        ...

    def property_getter(self, scope: Scope, name: str, after: Scope | None = None) -> Scope | None:
        """The function that runs when ``instance.name`` is read, if `name` is a property (behind `after`)."""
        ...

    def property_setter(self, scope: Scope, name: str) -> Scope | None:
        """The function that runs when ``instance.name`` is set, if it is a property that can be."""
        ...

    def derive(self, scope: Scope) -> Scope:
        """A new class right below `scope` that declares nothing: its instances can mean more than their class."""
        ...
