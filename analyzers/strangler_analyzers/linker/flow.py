"""What one function does, in source order: the calls it makes, the tables it touches, what it uses outside."""

from __future__ import annotations

from dataclasses import dataclass, field

from strangler.model.system import AmbiguousCall, Call, OutsideUse, TableAccess


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
