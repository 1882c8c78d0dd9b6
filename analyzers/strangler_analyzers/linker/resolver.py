"""The interface of the linker: the values of expressions, results of calls, and meanings of names.

`strangler_analyzers.linker.points_to` implements it; frameworks and rules depend on the interface alone.
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
        """The program that the answers concern."""
        ...

    def frame(self, scope: Scope, receiver: Scope | None = None, outer: Frame | None = None) -> Frame:
        """The interned frame of a scope with no given arguments other than those of the closure's `outer` frame."""
        ...

    # --- expressions and names

    def evaluate(self, expression: s.Expression, frame: Frame) -> Values:
        """The values an expression may have in a frame."""
        ...

    def annotated(self, annotation: s.Expression, frame: Frame) -> Values:
        """The values a declared type allows."""
        ...

    def lookup(self, name: str, frame: Frame) -> Values:
        """The values of a plain name, searched in Python's order: function, enclosing functions, module, builtins."""
        ...

    def module_member(self, module: str, name: str, *, from_star: bool = False) -> Values:
        """``module.name``: a bound name, a star-imported name or a submodule; for a library module its dotted path."""
        ...

    def bound(self, binding: Binding, frame: Frame) -> Values:
        """The values that a binding gives its name."""
        ...

    # --- operations on values

    def attribute(self, value: Value, name: str) -> Values:
        """What ``value.name`` may be."""
        ...

    def member(self, scope: Scope, name: str, *, on_class: bool, after: Scope | None = None) -> Values:
        """An attribute of a class or of its instances, searched along its ancestors (for ``super()`` after `after`)."""
        ...

    def elements(self, value: Value) -> Values:
        """What iterating over a value may yield."""
        ...

    def item(self, value: Value, key: Key) -> Values:
        """What ``value[key]`` may be; a `key` of None stands for one that is not a constant."""
        ...

    @staticmethod
    def union(parts: Iterable[Values]) -> Values:
        """All values of the parts, each once, in order, capped."""
        ...

    # --- calls

    def call(self, callee: Value, call: s.Call, frame: Frame) -> Values:
        """What calling a value may return."""
        ...

    def called(
        self, callee: Frame, call: s.Call, frame: Frame, *, bound: bool, decides: Callable[[Value], bool] | None = None
    ) -> Frame:
        """The callee's frame, with those arguments of one call that decide what the function is about."""
        ...

    def returned(self, frame: Frame) -> Values:
        """What a function returns; for a generator, a container of what it yields."""
        ...

    def actual(self, scope: Scope, parameter: str, call: s.Call, *, bound: bool) -> s.Expression | None:
        """The expression a call passes for a parameter; `bound` if the receiver is passed implicitly."""
        ...

    def learn(self, call_sites: Mapping[Scope, Sequence[CallSite]]) -> None:
        """Let the arguments of these calls flow into parameters, and drop all earlier answers."""
        ...

    def close(self) -> None:
        """Release all answers; nothing can be asked afterwards."""
        ...

    def leave(self, module: Unit) -> None:
        """Drop the answers that are rarely needed again once the code of a module has been analysed.

        Call only while no question is open.
        """
        ...

    def forget(self, frame: Frame) -> None:
        """Drop the answers inside a function in one frame, once its code has been analysed in that frame.

        Call only while no question is open.
        """
        ...

    def is_replaced(self, scope: Scope) -> bool:
        """Whether the program calls the function by name, and its decorators' replacement runs instead."""
        ...

    def applied(self, scope: Scope, count: int, frame: Frame) -> Values:
        """A function or class of `frame` with the innermost `count` of its decorators applied."""
        ...

    def reached(self, function: FunctionValue | MethodValue) -> Values:
        """What a call of a function runs: the function itself, or its decorators' replacement."""
        ...

    def passed(self, frame: Frame, parameter: s.Parameter) -> Iterable[tuple[s.Expression, Frame]]:
        """The arguments that the program's calls pass for a parameter, each with its frame."""
        ...

    # --- classes

    def order(self, scope: Scope) -> tuple[Ancestor, ...]:
        """The class and its ancestors in method resolution order; dotted paths for those outside the program."""
        ...

    def bases(self, scope: Scope) -> tuple[Ancestor, ...]:
        """The direct ancestors of a class."""
        ...

    def inherits(self, scope: Scope, paths: frozenset[str]) -> bool:
        """Whether one of the given library classes (dotted paths) is an ancestor of a class."""
        ...

    def subclasses(self, scope: Scope) -> Sequence[Scope]:
        """All direct and indirect subclasses in the program, in source order."""
        ...

    def property_getter(self, scope: Scope, name: str, after: Scope | None = None) -> Scope | None:
        """The function that runs when ``instance.name`` is read, if `name` is a property (after `after` in order)."""
        ...

    def property_setter(self, scope: Scope, name: str) -> Scope | None:
        """The function that runs when ``instance.name`` is set, if it is a property with a setter."""
        ...

    def derive(self, scope: Scope) -> Scope:
        """A new, empty subclass of `scope`, whose instances can be told apart from those of `scope`."""
        ...
