"""What one function does, in source order: its calls, table accesses and uses of the outside."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from strangler.model.system import AmbiguousCall, Call, FirstUse, OutsideUse, Route, TableAccess
from strangler_analyzers.linker.contexts import Context
from strangler_analyzers.linker.scope import Scope

Run: TypeAlias = tuple[Scope, Scope | None]
"""A function, and its receiver class if it runs as a method."""


@dataclass(slots=True)
class Outcome:
    """Counts call expressions by outcome; the names are those of `strangler.model.system.Ledger`."""

    resolved: int = 0
    external: int = 0
    builtin: int = 0
    ambiguous: int = 0
    opaque: int = 0

    def add(self, other: Outcome) -> None:
        """Add another count to this one."""
        self.resolved += other.resolved
        self.external += other.external
        self.builtin += other.builtin
        self.ambiguous += other.ambiguous
        self.opaque += other.opaque


@dataclass(frozen=True, slots=True)
class Flow:
    """Everything one function does."""

    calls: tuple[Call, ...]
    accesses: tuple[TableAccess, ...]
    outside: tuple[OutsideUse, ...]
    ambiguous: tuple[AmbiguousCall, ...]
    outcome: Outcome
    hands_on: bool
    """Whether it passes a request on to whichever view answers it, as middleware does."""
    runs: tuple[Context, ...]
    """The contexts that the calls lead to."""
    first_uses: tuple[FirstUse, ...] = ()


_Fact = TypeVar("_Fact", bound=Hashable)


def in_order(
    facts: Iterable[_Fact], function: Callable[[_Fact], str], order: Callable[[_Fact], tuple[object, ...]]
) -> tuple[_Fact, ...]:
    """Each fact once, ordered by function first, then by `order`.

    The facts of each function are sorted apart: the sort keys of all facts at once would take more memory than the
    facts.
    """
    of_functions: dict[str, list[_Fact]] = {}
    for fact in facts:
        of_functions.setdefault(function(fact), []).append(fact)
    return tuple(fact for name in sorted(of_functions) for fact in sorted(set(of_functions.pop(name)), key=order))


def call_order(call: Call) -> tuple[object, ...]:
    """The sort key of a call."""
    place = (call.caller, call.location, call.column)
    return *place, call.callee, call.kind, call.confidence, str(call.transaction), call.in_loop, call.context


def access_order(access: TableAccess) -> tuple[object, ...]:
    """The sort key of a table access."""
    place = (access.function, access.location, access.column)
    what = (access.table, access.mode, access.operation, access.confidence)
    return *place, *what, str(access.transaction), access.in_loop


def outside_order(use: OutsideUse) -> tuple[object, ...]:
    """The sort key of an outside use."""
    place = (use.function, use.location, use.column)
    return *place, use.kind, use.name, use.operation, str(use.transaction), use.in_loop


def route_order(route: Route) -> tuple[object, ...]:
    """The sort key of a route."""
    return route.path, route.method, route.handler, route.location
