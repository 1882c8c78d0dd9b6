"""The way of one request: what runs, in source order, what it touches, and in which transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from strangler.model.location import Location
from strangler.model.system import (
    AccessMode,
    Call,
    CallKind,
    Confidence,
    ExternalKind,
    OutsideUse,
    Route,
    TableAccess,
)


class Continuation(StrEnum):
    """What a call step shows of the function it runs."""

    SHOWN = "shown"
    """Its steps follow; none of them is left out."""
    SEEN = "seen"
    """Its steps stand at an earlier call of the same function."""
    RECURSIVE = "recursive"
    """It is already running further up."""
    TOO_DEEP = "too-deep"
    """The depth limit ends the tree here; the function does have steps."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """The transaction a step runs in: the outermost one on its way, which is the one that commits."""

    begin: Location
    inherited: bool
    """Opened by a caller, not by the function the step stands in."""
    savepoint: Location | None = None
    """An inner transaction, which can roll back alone but does not commit."""


@dataclass(frozen=True, slots=True)
class AccessStep:
    """A read or write of a table."""

    location: Location
    column: int
    table: str
    mode: AccessMode
    operation: str
    confidence: Confidence
    in_loop: bool
    transaction: Transaction | None


@dataclass(frozen=True, slots=True)
class OutsideStep:
    """Something outside is used: in a transaction, it keeps the transaction waiting."""

    location: Location
    column: int
    kind: ExternalKind
    name: str
    operation: str
    in_loop: bool
    transaction: Transaction | None


@dataclass(frozen=True, slots=True)
class CallStep:
    """A function runs. `location` is where it is called; for the first function where it is registered.

    A call of kind ASYNC runs later: its steps are in no transaction of the caller.
    """

    location: Location
    column: int
    function: str
    kind: CallKind
    confidence: Confidence
    in_loop: bool
    transaction: Transaction | None
    continuation: Continuation
    steps: tuple[Step, ...] = ()


Step: TypeAlias = CallStep | AccessStep | OutsideStep


@dataclass(frozen=True, slots=True)
class RequestPath:
    """One request's way. `middleware` runs before `handler`, both hold one step per function the framework runs."""

    route: Route
    middleware: tuple[CallStep, ...]
    handler: tuple[CallStep, ...]

    def walk(self) -> Iterator[Step]:
        """Every step, in the order it is shown."""
        for first in (*self.middleware, *self.handler):
            yield from walk(first)


@dataclass(frozen=True, slots=True)
class PathOptions:
    """How much of the way to show. `depth` counts the calls below the entry functions, None for all.

    With `repeat` a function's steps are shown at every call of it: complete, and for large systems endless.
    With `effects_only` calls that touch no table and nothing outside are left out.
    """

    depth: int | None = None
    repeat: bool = False
    effects_only: bool = False


class Statements(Protocol):
    """What `Tracer` needs to know of the functions, each answer in source order."""

    def calls_from(self, function: str) -> tuple[Call, ...]:
        """The calls a function makes."""
        ...

    def accesses_of(self, function: str) -> tuple[TableAccess, ...]:
        """The accesses that stand in a function."""
        ...

    def outside_uses_of(self, function: str) -> tuple[OutsideUse, ...]:
        """The uses of something outside that stand in a function."""
        ...

    def has_effect(self, function: str) -> bool:
        """Whether the function, or something it runs, touches a table or something outside."""
        ...


def walk(step: Step) -> Iterator[Step]:
    """A step and everything below it, in the order it is shown."""
    pending: list[Step] = [step]
    while pending:
        current = pending.pop()
        yield current
        if isinstance(current, CallStep):
            pending.extend(reversed(current.steps))


class Tracer:
    """Follows calls from one place to the next; one tracer shows one tree."""

    def __init__(self, statements: Statements, options: PathOptions) -> None:
        self._statements = statements
        self._options = options
        self._shown: set[tuple[str, bool]] = set()

    def request(self, route: Route, functions: tuple[str, ...], first_own: int) -> RequestPath:
        """The way of a request that runs these functions; those before `first_own` are middleware."""
        steps = tuple(self.function(name, route.location) for name in functions)
        return RequestPath(route, steps[:first_own], steps[first_own:])

    def function(self, name: str, location: Location) -> CallStep:
        """The way from one function on, as if called at `location` outside of any transaction."""
        call = Call("", location, 0, name, kind=CallKind.FRAMEWORK)
        return self._call(call, _Surroundings())

    def _call(self, call: Call, around: _Surroundings) -> CallStep:
        transaction = around.transaction(call.transaction)
        inside = around.into(call)
        continuation = self._continuation(call.callee, inside)
        steps: tuple[Step, ...] = ()
        if continuation is Continuation.SHOWN:
            steps = tuple(self._steps(call.callee, inside))
        return CallStep(
            location=call.location,
            column=call.column,
            function=call.callee,
            kind=call.kind,
            confidence=call.confidence,
            in_loop=call.in_loop,
            transaction=transaction,
            continuation=continuation,
            steps=steps,
        )

    def _continuation(self, function: str, inside: _Surroundings) -> Continuation:
        if function in inside.running[:-1]:
            return Continuation.RECURSIVE
        if not self._has_steps(function):
            return Continuation.SHOWN
        depth = self._options.depth
        if depth is not None and len(inside.running) > depth:
            return Continuation.TOO_DEEP
        occasion = (function, bool(inside.transactions))
        if not self._options.repeat and occasion in self._shown:
            return Continuation.SEEN
        self._shown.add(occasion)
        return Continuation.SHOWN

    def _has_steps(self, function: str) -> bool:
        if self._options.effects_only:
            return self._statements.has_effect(function)
        return bool(
            self._statements.calls_from(function)
            or self._statements.accesses_of(function)
            or self._statements.outside_uses_of(function)
        )

    def _steps(self, function: str, around: _Surroundings) -> Iterator[Step]:
        statements: list[Call | TableAccess | OutsideUse] = [
            call
            for call in self._statements.calls_from(function)
            if not self._options.effects_only or self._statements.has_effect(call.callee)
        ]
        statements += self._statements.accesses_of(function)
        statements += self._statements.outside_uses_of(function)
        statements.sort(key=lambda item: (item.location, item.column))
        for statement in statements:
            match statement:
                case Call():
                    yield self._call(statement, around)
                case TableAccess():
                    yield AccessStep(
                        location=statement.location,
                        column=statement.column,
                        table=statement.table,
                        mode=statement.mode,
                        operation=statement.operation,
                        confidence=statement.confidence,
                        in_loop=statement.in_loop,
                        transaction=around.transaction(statement.transaction),
                    )
                case OutsideUse():
                    yield OutsideStep(
                        location=statement.location,
                        column=statement.column,
                        kind=statement.kind,
                        name=statement.name,
                        operation=statement.operation,
                        in_loop=statement.in_loop,
                        transaction=around.transaction(statement.transaction),
                    )


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What a function runs in: the functions above it and the transactions they opened, outermost first."""

    running: tuple[str, ...] = ()
    transactions: tuple[Location, ...] = ()

    def into(self, call: Call) -> _Surroundings:
        running = (*self.running, call.callee)
        if call.kind is CallKind.ASYNC:
            return _Surroundings(running)
        if call.transaction is None or call.transaction in self.transactions:
            return _Surroundings(running, self.transactions)
        return _Surroundings(running, (*self.transactions, call.transaction))

    def transaction(self, own: Location | None) -> Transaction | None:
        if not self.transactions:
            return None if own is None else Transaction(own, inherited=False)
        begin = self.transactions[0]
        inner = self.transactions[-1] if own is None else own
        return Transaction(begin, inherited=True, savepoint=None if inner == begin else inner)
