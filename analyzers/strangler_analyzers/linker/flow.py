"""What one function does, in source order: the calls it makes, the tables it touches, what it uses outside."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from strangler.model.system import AmbiguousCall, Call, FirstUse, OutsideUse, Route, TableAccess
from strangler_analyzers.linker.contexts import Context
from strangler_analyzers.linker.scope import Scope

Run: TypeAlias = tuple[Scope, Scope | None]
"""A function, and the class as whose method it runs."""


@dataclass(slots=True)
class Outcome:
    """Counts what became of call expressions; the names are those of `strangler.model.system.Ledger`."""

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
    """Whether it hands a request on to whichever view answers it."""
    runs: tuple[Context, ...]
    """What the calls lead to."""
    first_uses: tuple[FirstUse, ...] = ()


_Fact = TypeVar("_Fact", bound=Hashable)


def in_order(
    facts: Iterable[_Fact], function: Callable[[_Fact], str], order: Callable[[_Fact], tuple[object, ...]]
) -> tuple[_Fact, ...]:
    """Each fact once, in an order that begins with the function it is about.

    Functions are put in order one after the other: the keys of all facts together would outweigh the facts.
    """
    of_functions: dict[str, list[_Fact]] = {}
    for fact in facts:
        of_functions.setdefault(function(fact), []).append(fact)
    return tuple(fact for name in sorted(of_functions) for fact in sorted(set(of_functions.pop(name)), key=order))


def call_order(call: Call) -> tuple[object, ...]:
    """Where a call stands among the facts."""
    place = (call.caller, call.location, call.column)
    return *place, call.callee, call.kind, call.confidence, str(call.transaction), call.in_loop, call.context


def access_order(access: TableAccess) -> tuple[object, ...]:
    """Where an access stands among the facts."""
    place = (access.function, access.location, access.column)
    what = (access.table, access.mode, access.operation, access.confidence)
    return *place, *what, str(access.transaction), access.in_loop


def outside_order(use: OutsideUse) -> tuple[object, ...]:
    """Where an outside use stands among the facts."""
    place = (use.function, use.location, use.column)
    return *place, use.kind, use.name, use.operation, str(use.transaction), use.in_loop


def route_order(route: Route) -> tuple[object, ...]:
    """Where a route stands among the facts."""
    return route.path, route.method, route.handler, route.location
