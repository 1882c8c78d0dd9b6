"""Copies of mapped instances, which no session writes.

`copy.copy` of an instance copies its state, but the session tracks the instance itself: changes of the copy are never
flushed (`sqlalchemy.orm.state.InstanceState` knows one object).
"""

from __future__ import annotations

from strangler_analyzers.frameworks.sqlalchemy.mapping import Mapping
from strangler_analyzers.linker.knowledge import Knowledge
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import External, Frame, InstanceValue, Value, Values
from strangler_analyzers.source import syntax as s

_COPIES = frozenset({"copy.copy", "copy.deepcopy"})


class Copies(Knowledge):
    """The results of copying mapped instances."""

    calls_of = (External,)

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping

    def call(self, resolver: Resolver, callee: Value, call: s.Call, frame: Frame) -> Values | None:
        """``copy(row)``."""
        if not isinstance(callee, External) or callee.path not in _COPIES or not call.arguments:
            return None
        values = resolver.evaluate(call.arguments[0], frame)
        return tuple(dict.fromkeys(self._copied(resolver, value) for value in values))

    def _copied(self, resolver: Resolver, value: Value) -> Value:
        if isinstance(value, InstanceValue) and self._mapping.tables_of(value.scope):
            return InstanceValue(self._mapping.copy_of(resolver, value.scope))
        return value
