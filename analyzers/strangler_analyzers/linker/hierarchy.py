"""The class hierarchy of a program: ancestors, descendants and properties."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from strangler_analyzers.linker.inheritance import Ancestor, linearise
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.scope import Defined, Scope
from strangler_analyzers.linker.values import ClassValue, External, Frame, Values
from strangler_analyzers.source import syntax as s

PROPERTY_DECORATORS = frozenset({"property", "cached_property", "hybrid_property", "classproperty", "setter", "getter"})
"""Decorators that make reading an attribute run a function."""
_LAST = "builtins.object"
"""The last ancestor of every class, named or not; it is left out, since it tells nothing."""


class Hierarchy:
    """Orders the classes of a program; `evaluate` resolves the base expressions."""

    def __init__(self, program: Program, evaluate: Callable[[s.Expression, Frame], Values]) -> None:
        self._program = program
        self._evaluate = evaluate
        self._orders: dict[Scope, tuple[Ancestor, ...]] = {}
        self._subclasses: dict[Scope, list[Scope]] | None = None

    def order(self, scope: Scope) -> tuple[Ancestor, ...]:
        """The class and its ancestors in method resolution order; dotted paths for those outside the program."""
        known = self._orders.get(scope)
        if known is not None:
            return known
        self._orders[scope] = (scope,)  # Ends the recursion for a class that inherits from itself.
        bases = (base for base in self.bases(scope) if base is not scope and base != _LAST)
        parents = [self._parent_order(base) for base in bases]
        self._orders[scope] = linearise(scope, parents)
        return self._orders[scope]

    def derive(self, scope: Scope) -> Scope:
        """A new, empty subclass of `scope`, whose instances can be told apart from those of `scope`."""
        derived = Scope(scope.module, scope.qualname, scope.node, scope.parent)
        self._orders[derived] = (derived, *self.order(scope))
        return derived

    def _parent_order(self, base: Ancestor) -> tuple[Ancestor, ...]:
        return (base,) if isinstance(base, str) else self.order(base)

    def bases(self, scope: Scope) -> tuple[Ancestor, ...]:
        """The direct ancestors of a class."""
        if not isinstance(scope.node, s.Class):
            return ()
        bases: list[Ancestor] = []
        frame = Frame(scope.parent or scope)
        for expression in scope.node.bases:
            target = expression.value if isinstance(expression, s.Subscript) else expression
            for value in self._evaluate(target, frame):
                if isinstance(value, ClassValue):
                    bases.append(value.scope)
                    break
                if isinstance(value, External):
                    bases.append(value.path)
                    break
        return tuple(dict.fromkeys(bases))

    def inherits(self, scope: Scope, paths: frozenset[str]) -> bool:
        """Whether one of the given library classes (dotted paths) is an ancestor of a class."""
        return any(ancestor in paths for ancestor in self.order(scope) if isinstance(ancestor, str))

    def subclasses(self, scope: Scope) -> Sequence[Scope]:
        """All direct and indirect subclasses in the program, in source order."""
        if self._subclasses is None:
            self._subclasses = {}
            for child in self._program.classes.values():
                for ancestor in self.order(child)[1:]:
                    if not isinstance(ancestor, str):
                        self._subclasses.setdefault(ancestor, []).append(child)
        return self._subclasses.get(scope, ())

    def property_getter(self, scope: Scope, name: str, after: Scope | None = None) -> Scope | None:
        """The function that runs when ``instance.name`` is read, if `name` is a property (after `after` in order)."""
        return self._property(scope, name, PROPERTY_DECORATORS, after)

    def property_setter(self, scope: Scope, name: str) -> Scope | None:
        """The function that runs when ``instance.name`` is set, if it is a property with a setter."""
        return self._property(scope, name, frozenset({"setter"}), None)

    def _property(self, scope: Scope, name: str, decorators: frozenset[str], after: Scope | None) -> Scope | None:
        order = self.order(scope)
        for ancestor in order[order.index(after) + 1 :] if after in order else order:
            if isinstance(ancestor, str) or name not in ancestor.bindings:
                continue
            for binding in ancestor.bindings[name]:
                if isinstance(binding, Defined) and set(binding.scope.decorator_names()) & decorators:
                    return binding.scope
            return None
        return None
