"""Chains of calls: ``Order.objects.filter(...).order_by(...).first()`` is one query, not three."""

from __future__ import annotations

from collections.abc import Iterator

from strangler_analyzers.linker.program import Scope
from strangler_analyzers.source import syntax as s

_LEAVES = (s.Name, s.Constant, s.Import, s.ImportFrom, s.Alias, s.Function, s.Class)
_FIELDS: dict[type[s.Node], tuple[str, ...]] = {}
_PLAIN = frozenset({"line", "end_line", "column", "name", "operator", "iterated", "delegated", "prefix"})


class Chains:
    """Knows for each call which call is made on its result."""

    def __init__(self) -> None:
        self._outer: dict[Scope, dict[s.Call, s.Call]] = {}

    def continued(self, scope: Scope, call: s.Call) -> s.Call | None:
        """The call made directly on what `call` gives, inside the same expression."""
        if scope not in self._outer:
            self._outer[scope] = {
                outer.function.value: outer
                for statement in scope.node.body
                for outer in _calls(statement)
                if isinstance(outer.function, s.Attribute) and isinstance(outer.function.value, s.Call)
            }
        return self._outer[scope].get(call)


def _calls(statement: s.Statement) -> Iterator[s.Call]:
    """The calls of a statement, without those in functions and classes it defines."""
    pending: list[object] = [statement]
    while pending:
        item = pending.pop()
        if isinstance(item, tuple):
            pending.extend(item)  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(item, s.Node) and not isinstance(item, _LEAVES):
            if isinstance(item, s.Call):
                yield item
            kind = type(item)
            if kind not in _FIELDS:
                _FIELDS[kind] = tuple(name for name in kind.__struct_fields__ if name not in _PLAIN)
            pending.extend(getattr(item, name) for name in _FIELDS[kind])
