"""The methods of its own object that a method may look up by a name known only at run time.

After ``if action not in self.actions: return ...`` the name `action` is one of them, and ``"visit_" + kind`` names a
method with that prefix. Like the rest of the linker, this ignores the order of statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Assigned, Binding, Defined, Scope
from strangler_analyzers.linker.strings import strings_of
from strangler_analyzers.linker.values import Frame
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import nodes, statements

MAX_METHODS = 40
"""The most methods with one prefix; with more, the prefix tells too little."""


def own_names(resolver: Resolver, call: s.Call, frame: Frame) -> tuple[str, ...]:
    """The names of the methods that ``getattr(self, name)`` in a method may return."""
    method = frame.scope
    owner, name = call.arguments[:2]
    if method.owner is None or not isinstance(owner, s.Name) or owner.id != method.first_parameter():
        return ()
    found = dict.fromkeys(_admitted(resolver, name, frame))
    beginnings = tuple(text for written in _written(name, method) if (text := _beginning(written)))
    if beginnings:
        alike = list(_methods(resolver, frame.receiver or method.owner, beginnings))
        found.update(dict.fromkeys(alike if len(alike) <= MAX_METHODS else ()))
    return tuple(found)


def _admitted(resolver: Resolver, name: s.Expression, frame: Frame) -> Iterator[str]:
    """The strings to which tests in the enclosing function restrict a name."""
    function = frame.scope.node
    if isinstance(name, s.Name) and isinstance(function, s.Function):
        for group in _groups(function.body, name.id):
            for value in resolver.evaluate(group, frame):
                yield from strings_of(resolver.elements(value))


def _groups(body: Iterable[s.Statement], name: str) -> Iterator[s.Expression]:
    """The groups in ``if name in group:``, and in ``if name not in group:`` if that arm ends the function."""
    for statement in statements(body):
        if isinstance(statement, s.Branch):
            for test in nodes(statement.tests):
                match test:
                    case s.Opaque(operator="in", operands=(s.Name(id=tested), group)) if tested == name:
                        yield group
                    case s.Opaque(operator="not in", operands=(s.Name(id=tested), group)) if tested == name:
                        if _ends(statement.arms[0]):
                            yield group
                    case _:
                        pass


def _ends(arm: tuple[s.Statement, ...]) -> bool:
    return bool(arm) and isinstance(arm[-1], s.Return)


def _written(name: s.Expression, method: Scope) -> Iterator[s.Expression]:
    """The expression itself or, for a name, the expressions it is assigned from."""
    yield name
    if isinstance(name, s.Name):
        for binding in method.bindings.get(name.id, ()):
            if isinstance(binding, Assigned) and not binding.path:
                yield binding.expression


def _beginning(expression: s.Expression) -> str:
    """The constant prefix of a string built at run time."""
    match expression:
        case s.Format(parts=parts) if parts:
            return _text(parts[0])
        case s.Operation(operator="+", left=left):
            return _text(left)
        case s.Operation(operator="%", left=left):
            return _text(left).partition("%")[0]
        case _:
            return ""


def _text(expression: s.Expression) -> str:
    return expression.value if isinstance(expression, s.Constant) and isinstance(expression.value, str) else ""


def _methods(resolver: Resolver, receiver: Scope, beginnings: tuple[str, ...]) -> Iterator[str]:
    """The methods that a class has from the program, nearest class first."""
    seen: set[str] = set()
    for ancestor in resolver.order(receiver):
        if isinstance(ancestor, Scope):
            for name, bindings in ancestor.bindings.items():
                if name.startswith(beginnings) and name not in seen and any(map(_is_method, bindings)):
                    seen.add(name)
                    yield name


def _is_method(binding: Binding) -> bool:
    return isinstance(binding, Defined) and binding.scope.is_function
