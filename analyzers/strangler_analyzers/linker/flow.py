"""What one function does, in source order: the calls it makes, the tables it touches, what it uses outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from strangler.model.system import AmbiguousCall, Call, OutsideUse, TableAccess
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


@dataclass(slots=True)
class Flow:
    """Everything one function does."""

    calls: list[Call] = field(default_factory=list[Call])
    accesses: list[TableAccess] = field(default_factory=list[TableAccess])
    outside: list[OutsideUse] = field(default_factory=list[OutsideUse])
    ambiguous: list[AmbiguousCall] = field(default_factory=list[AmbiguousCall])
    outcome: Outcome = field(default_factory=Outcome)
    hands_on: bool = False
    """Whether it hands a request on to whichever view answers it."""
    runs: dict[Context, None] = field(default_factory=dict["Context", None])
    """What the calls lead to."""


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
