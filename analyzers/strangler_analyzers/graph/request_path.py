"""The path of one request: what runs, in source order, what it touches, and in which transaction.

A function that is called several times is expanded once, at its call nearest to the request.
That keeps the tree shallow and complete: expanding the first call instead would go hundreds of
calls deep in a large system.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
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
    variant_name,
)

_MOST_CALLS = 100_000


class Continuation(StrEnum):
    """How much a call step shows of the function it runs."""

    SHOWN = "shown"
    """Its steps follow, without omissions."""
    ELSEWHERE = "elsewhere"
    """Its steps are shown at another call of the same function."""
    RECURSIVE = "recursive"
    """It is already running further up the tree."""
    TOO_DEEP = "too-deep"
    """A limit ends the tree here, although the function has steps."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """The transaction a step runs in: the outermost one on its path, which is the one that commits."""

    begin: Location
    inherited: bool
    """Whether a caller opened it, not the function that contains the step."""
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
    """A use of something outside; inside a transaction, it keeps the transaction waiting."""

    location: Location
    column: int
    kind: ExternalKind
    name: str
    operation: str
    in_loop: bool
    transaction: Transaction | None


@dataclass(frozen=True, slots=True)
class CallStep:
    """A call of a function. `location` is that of the call; for the first function, that of its registration.

    A call of kind ASYNC or AFTER_COMMIT runs later: its steps are in no transaction of the caller.
    """

    location: Location
    column: int
    function: str
    context: str
    """The receiver class or the arguments, if they decide what the function does; else empty."""
    kind: CallKind
    confidence: Confidence
    in_loop: bool
    transaction: Transaction | None
    continuation: Continuation
    elsewhere: Location | None = None
    """The call that shows the steps, if it is not this one."""
    steps: tuple[Step, ...] = ()


Step: TypeAlias = CallStep | AccessStep | OutsideStep


@dataclass(frozen=True, slots=True)
class RequestPath:
    """The path of one request. `middleware` runs before `handler`; each holds one step per function that is run.

    `helpers` holds one step per method that the handler's code calls on ``self`` and that only the route determines.
    """

    route: Route
    middleware: tuple[CallStep, ...]
    handler: tuple[CallStep, ...]
    helpers: tuple[CallStep, ...] = ()

    def walk(self) -> Iterator[Step]:
        """Every step, in display order."""
        for first in (*self.middleware, *self.handler, *self.helpers):
            yield from walk(first)


@dataclass(frozen=True, slots=True)
class PathOptions:
    """How much of the path to show. `depth` limits the calls below the entry functions; None shows all.

    With `repeat` a function's steps are shown at every call of it: complete, but practically
    endless for large systems. With `effects_only`, only steps that touch a table or reach beyond
    the process are shown, with the calls that lead there; several accesses of a function to one
    table become one step with all their operations, unless mode, transaction or loop differ.
    """

    depth: int | None = None
    repeat: bool = False
    effects_only: bool = False


Running: TypeAlias = tuple[str, str]
"""A function, and its context if that decides what the function does, else an empty string."""


class Statements(Protocol):
    """What `Tracer` needs to know about functions and their variants, by name; answers are in source order."""

    def calls_from(self, function: str) -> tuple[Call, ...]:
        """The calls a function makes."""
        ...

    def accesses_of(self, function: str) -> tuple[TableAccess, ...]:
        """The table accesses in a function's code."""
        ...

    def outside_uses_of(self, function: str) -> tuple[OutsideUse, ...]:
        """The outside uses in a function's code."""
        ...

    def has_effect(self, function: str) -> bool:
        """Whether the function, or something it runs, touches a table or reaches beyond the process."""
        ...


def walk(step: Step) -> Iterator[Step]:
    """A step and everything below it, in display order."""
    pending: list[Step] = [step]
    while pending:
        current = pending.pop()
        yield current
        if isinstance(current, CallStep):
            pending.extend(reversed(current.steps))


class Tracer:
    """Follows calls from one function to the next."""

    def __init__(self, statements: Statements, options: PathOptions) -> None:
        self._statements = statements
        self._options = options

    def request(self, route: Route, functions: tuple[Running, ...]) -> RequestPath:
        """The path of a request to a route that runs these functions: middleware first, helpers last."""
        steps = self.functions(functions, route.location)
        first_helper = len(steps) - route.helpers
        middleware, handler = steps[: route.first_own], steps[route.first_own : first_helper]
        return RequestPath(route, self._shown(middleware), handler, self._shown(steps[first_helper:]))

    def _shown(self, steps: tuple[CallStep, ...]) -> tuple[CallStep, ...]:
        return tuple(step for step in steps if self._is_shown(step))

    def _is_shown(self, step: CallStep) -> bool:
        name = variant_name(step.function, step.context)
        return not self._options.effects_only or self._statements.has_effect(name)

    def functions(self, functions: tuple[Running, ...], location: Location) -> tuple[CallStep, ...]:
        """The call steps of some functions, as if called at `location` one after the other."""
        roots = [
            _Draft(Call("", location, 0, name, kind=CallKind.FRAMEWORK, context=context), _CallStack())
            for name, context in functions
        ]
        drafts = list(roots)
        shown: dict[tuple[str, bool], Location] = {}
        for draft in drafts:  # grows during the iteration: nearest calls first
            self._continue(draft, shown, full=len(drafts) >= _MOST_CALLS)
            drafts.extend(step for step in draft.steps if isinstance(step, _Draft))
        for draft in reversed(drafts):
            draft.finish()
        return tuple(root.finished for root in roots)

    def _continue(self, draft: _Draft, shown: dict[tuple[str, bool], Location], *, full: bool) -> None:
        function, inside = draft.call.runs, draft.inside
        depth = self._options.depth
        occasion = (function, bool(inside.transactions))
        if function in inside.running[:-1]:
            draft.continuation = Continuation.RECURSIVE
        elif not self._has_steps(function):
            pass
        elif not self._options.repeat and occasion in shown:
            draft.continuation = Continuation.ELSEWHERE
            draft.elsewhere = shown[occasion]
        elif full or (depth is not None and len(inside.running) - 1 > depth):
            draft.continuation = Continuation.TOO_DEEP
        else:
            shown.setdefault(occasion, draft.call.location)
            draft.steps = list(self._steps(function, inside))

    def _has_steps(self, function: str) -> bool:
        if self._options.effects_only:
            return self._statements.has_effect(function)
        return bool(
            self._statements.calls_from(function)
            or self._statements.accesses_of(function)
            or self._statements.outside_uses_of(function)
        )

    def _steps(self, function: str, stack: _CallStack) -> Iterator[_Draft | AccessStep | OutsideStep]:
        statements: list[Call | TableAccess | OutsideUse] = [
            call
            for call in self._statements.calls_from(function)
            if call.kind is not CallKind.WRAPPED
            and (not self._options.effects_only or self._statements.has_effect(call.runs))
        ]
        accesses = [access for access in self._statements.accesses_of(function) if not self._is_below(access, function)]
        if self._options.effects_only:
            statements += _once_a_table(accesses)
            statements += [use for use in self._statements.outside_uses_of(function) if use.kind.is_effect]
        else:
            statements += accesses
            statements += self._statements.outside_uses_of(function)
        statements.sort(key=lambda item: (item.location, item.column))
        for statement in statements:
            match statement:
                case Call():
                    yield _Draft(statement, stack)
                case TableAccess():
                    yield _access_step(statement, stack)
                case OutsideUse():
                    yield _outside_step(statement, stack)

    def _is_below(self, access: TableAccess, function: str) -> bool:
        """Whether an access belongs to a method of the program that is called there under the operation's name.

        A class that overrides ``save`` and calls ``super().save()`` writes once.
        """
        pending = [call for call in self._statements.calls_from(function) if call.location == access.location]
        seen: set[str] = set()
        while pending:
            call = pending.pop()
            if call.callee.rpartition(".")[2] != access.operation or call.runs in seen:
                continue
            seen.add(call.runs)
            for below in self._statements.accesses_of(call.runs):
                if (below.table, below.mode, below.operation) == (access.table, access.mode, access.operation):
                    return True
            pending += self._statements.calls_from(call.runs)
        return False


def _once_a_table(accesses: Iterable[TableAccess]) -> Iterator[TableAccess]:
    """The first of each group of equivalent accesses to a table, in place of the group."""
    groups: dict[tuple[object, ...], list[TableAccess]] = {}
    for access in accesses:
        groups.setdefault((access.table, access.mode, access.transaction, access.in_loop), []).append(access)
    for first, *others in groups.values():
        group = (first, *others)
        yield replace(
            first,
            operation=", ".join(dict.fromkeys(access.operation for access in group)),
            confidence=min((access.confidence for access in group), key=list(Confidence).index),
        )


def _access_step(access: TableAccess, stack: _CallStack) -> AccessStep:
    return AccessStep(
        location=access.location,
        column=access.column,
        table=access.table,
        mode=access.mode,
        operation=access.operation,
        confidence=access.confidence,
        in_loop=access.in_loop,
        transaction=stack.transaction(access.transaction),
    )


def _outside_step(use: OutsideUse, stack: _CallStack) -> OutsideStep:
    return OutsideStep(
        location=use.location,
        column=use.column,
        kind=use.kind,
        name=use.name,
        operation=use.operation,
        in_loop=use.in_loop,
        transaction=stack.transaction(use.transaction),
    )


class _Draft:
    """A call step under construction, whose substeps are not known yet."""

    finished: CallStep

    def __init__(self, call: Call, stack: _CallStack) -> None:
        self.call = call
        self.transaction = stack.transaction(call.transaction) if call.kind.is_in_transaction else None
        self.inside = stack.into(call)
        self.continuation = Continuation.SHOWN
        self.elsewhere: Location | None = None
        self.steps: list[_Draft | AccessStep | OutsideStep] = []

    def finish(self) -> None:
        """Complete the step; every step below must be complete."""
        self.finished = CallStep(
            location=self.call.location,
            column=self.call.column,
            function=self.call.callee,
            context=self.call.context,
            kind=self.call.kind,
            confidence=self.call.confidence,
            in_loop=self.call.in_loop,
            transaction=self.transaction,
            continuation=self.continuation,
            elsewhere=self.elsewhere,
            steps=tuple(step.finished if isinstance(step, _Draft) else step for step in self.steps),
        )


@dataclass(frozen=True, slots=True)
class _CallStack:
    """The functions above a running function and the transactions they opened, outermost first."""

    running: tuple[str, ...] = ()
    transactions: tuple[Location, ...] = ()

    def into(self, call: Call) -> _CallStack:
        running = (*self.running, call.runs)
        if not call.kind.is_in_transaction:
            return _CallStack(running)
        if call.transaction is None or call.transaction in self.transactions:
            return _CallStack(running, self.transactions)
        return _CallStack(running, (*self.transactions, call.transaction))

    def transaction(self, own: Location | None) -> Transaction | None:
        if not self.transactions:
            return None if own is None else Transaction(own, inherited=False)
        begin = self.transactions[0]
        inner = self.transactions[-1] if own is None else own
        return Transaction(begin, inherited=True, savepoint=None if inner == begin else inner)
