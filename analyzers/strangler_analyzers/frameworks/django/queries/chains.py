"""Chains of calls: ``Order.objects.filter(...).order_by(...).first()`` is one query, not three."""

from __future__ import annotations

from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.source import syntax as s


class Chains:
    """For each call, the call made on its result."""

    def __init__(self) -> None:
        self._outer: dict[Scope, dict[s.Call, s.Call]] = {}

    def continued(self, scope: Scope, call: s.Call) -> s.Call | None:
        """The call made directly on the result of `call`, in the same expression."""
        if scope not in self._outer:
            self._outer[scope] = {
                outer.function.value: outer
                for outer in scope.calls
                if isinstance(outer.function, s.Attribute) and isinstance(outer.function.value, s.Call)
            }
        return self._outer[scope].get(call)
