"""Parameters that decide what a function does: ``if flag``, where a call passes a literal or leaves the default.

Conditional constant propagation (Wegman and Zadeck, "Constant Propagation with Conditional Branches", 1991) between
functions, for literals only. Computed or unpacked arguments count as unknown, and so do arguments where the function is
not called by its own name (``partial`` and libraries add arguments), and parameters that may be rebound.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import IntEnum

from msgspec import Struct

from strangler_analyzers.linker.decisions import Flags
from strangler_analyzers.linker.per_program import PerProgram
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.conditions import SINGLETONS, Literal, Unclear, asked_for
from strangler_analyzers.source.traversal import statements

MAX_ROUNDS = 4
"""The most functions that may pass a flag on before one tests it."""
MAX_TEXT = 40
"""A longer string does not count as a flag (characters)."""

_PARTIAL = frozenset({"partial", "partialmethod"})
_TRANSPARENT = frozenset(
    {"staticmethod", "classmethod", "abstractmethod", "override", "overload", "contextmanager", "asynccontextmanager"}
)
"""Decorators that pass on exactly the arguments they are called with."""


class _HandedOn(Struct, frozen=True):
    """A function passes a parameter of its own to another function."""

    function: Scope
    parameter: str
    callee: str
    keyword: str | None


class _Asked(IntEnum):
    """What a function tests of a parameter."""

    NOT = 0
    TRUTH = 1
    """Whether it is truthy, or None: individual strings and numbers do not matter."""
    VALUE = 2


class _Asking:
    """The parameters that functions test, or pass on to functions that do."""

    def __init__(self, program: Program) -> None:
        self.parameters: dict[Scope, dict[str, _Asked]] = {}
        self.partial: set[str] = set()
        """The names of functions from which the program makes others that take fewer arguments (``partial``)."""
        self._named: dict[str, dict[Scope, None]] = {}
        for scope in program.scopes():
            self.partial.update(
                spelling.last_name(call.arguments[0])
                for call in scope.calls
                if call.arguments and spelling.last_name(call.function) in _PARTIAL
            )
        handed: list[_HandedOn] = []
        for scope in program.functions.values():
            if isinstance(scope.node, s.Function):
                fixed = _fixed(scope, scope.node)
                self._look(scope, scope.node, fixed)
                handed += self._handed_on(scope, fixed)
        for _ in range(MAX_ROUNDS):
            found = [(item, asked) for item in handed if (asked := self._wanted(item)) > self._known(item)]
            if not found:
                break
            for item, asked in found:
                self._add(item.function, item.parameter, asked)

    def _add(self, scope: Scope, parameter: str, asked: _Asked) -> None:
        known = self.parameters.setdefault(scope, {})
        known[parameter] = max(asked, known.get(parameter, _Asked.NOT))
        self._named.setdefault(_called(scope), {})[scope] = None

    def _look(self, scope: Scope, node: s.Function, fixed: Collection[str]) -> None:
        for statement in statements(node.body) if fixed else ():
            if isinstance(statement, s.Branch) and statement.decision is not None:
                for subject, value in asked_for(statement.decision.condition):
                    if subject in fixed:
                        plain = any(value is singleton for singleton in SINGLETONS)
                        self._add(scope, subject, _Asked.TRUTH if plain else _Asked.VALUE)

    def _handed_on(self, scope: Scope, fixed: Collection[str]) -> Iterator[_HandedOn]:
        for call in scope.calls:
            callee = spelling.last_name(call.function)
            for keyword, value in _passed(call) if fixed else ():
                if isinstance(value, s.Name) and value.id in fixed:
                    yield _HandedOn(scope, value.id, callee, keyword)

    def _known(self, item: _HandedOn) -> _Asked:
        return self.parameters.get(item.function, {}).get(item.parameter, _Asked.NOT)

    def _wanted(self, item: _HandedOn) -> _Asked:
        targets = [self.parameters[target] for target in self._named.get(item.callee, ())]
        if item.keyword is not None:
            return max((target.get(item.keyword, _Asked.NOT) for target in targets), default=_Asked.NOT)
        return max((asked for target in targets for asked in target.values()), default=_Asked.NOT)


_ASKING = PerProgram(_Asking)


class Passed:
    """The literals that calls pass for parameters which decide what a function does."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._asking = _ASKING.of(resolver.program)

    def flags(self, function: Scope, call: s.Call, caller: Scope, flags: Flags, *, bound: bool) -> Flags:
        """The literals that a call passes, in parameter order; `flags` are those of the caller."""
        parameters = self._asking.parameters.get(function, {})
        node = function.node
        if not parameters or not isinstance(node, s.Function) or not self._is_plain(function, call, caller):
            return {}
        decorated = not _TRANSPARENT.issuperset(function.decorator_names())
        found: dict[str, Literal] = {}
        for parameter in node.parameters:
            if parameter.name in parameters:
                passed = self._resolver.actual(function, parameter.name, call, bound=bound)
                if decorated:  # The decorator's wrapper may pass other arguments than it is given.
                    passed = call.keyword(parameter.name) or s.OPAQUE
                for literal in _literals(parameter.default if passed is None else passed, flags):
                    if parameters[parameter.name] is _Asked.VALUE or isinstance(literal, bool | None):
                        found[parameter.name] = literal
        return found

    def _is_plain(self, function: Scope, call: s.Call, caller: Scope) -> bool:
        """Whether a call names the function itself, by a name with no other meaning: then all arguments are visible."""
        match call.function:
            case s.Name(id=name):
                plain = _is_bound_once(name, caller)
            case s.Attribute(name=name):
                plain = True
            case _:
                return False
        if not plain or name not in {function.short_name, _called(function)} or name in self._asking.partial:
            return False
        return function.parent is None or _is_bound_once(function.short_name, function.parent)


def _literals(expression: s.Expression | None, flags: Flags) -> Iterator[Literal]:
    match expression:
        case s.Constant(value=str() as text) if len(text) > MAX_TEXT or "," in text:
            pass  # The comma separates the parts of a context's name.
        case s.Constant(value=value):
            yield value
        case s.Name(id=name) if name in flags:
            yield flags[name]
        case _:
            pass


def _called(scope: Scope) -> str:
    """The name a function is called by; for a constructor, the name of its class."""
    owner = scope.owner
    return owner.short_name if owner is not None and scope.short_name == "__init__" else scope.short_name


def _is_bound_once(name: str, scope: Scope) -> bool:
    """Whether a name, looked up from a scope, is bound in exactly one place."""
    current: Scope | None = scope
    while current is not None and name not in current.bindings:
        current = current.parent
    return current is None or len(current.bindings[name]) == 1


def _passed(call: s.Call) -> Iterator[tuple[str | None, s.Expression]]:
    yield from ((None, argument) for argument in call.arguments)
    yield from ((keyword.name, keyword.value) for keyword in call.keywords)


def _fixed(scope: Scope, node: s.Function) -> Collection[str]:
    """The parameters that still have the passed value wherever the function tests them.

    The tree does not keep ``nonlocal``, so a binding of the name in a nested function may rebind the parameter.
    """
    names = {item.name for item in node.parameters if not item.prefix and len(scope.bindings[item.name]) == 1}
    pending = list(scope.children)
    while pending:
        inner = pending.pop()
        names.difference_update(inner.bindings)
        pending += inner.children
    return () if names and _matches(node) else names


def _matches(node: s.Function) -> bool:
    """Whether the function contains a ``match`` pattern, which may bind any name."""
    return any(
        isinstance(statement, s.Branch)
        and statement.decision is not None
        and isinstance(statement.decision.condition, Unclear)
        for statement in statements(node.body, nested=True)
    )
