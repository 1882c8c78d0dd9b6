"""Records what a function does, and where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from strangler.model.location import Location
from strangler.model.system import AmbiguousCall, Call, CallKind, FirstUse, OutsideUse, TableAccess
from strangler.secret import mask_url
from strangler_analyzers.linker.contexts import Context, Contexts, Invocation
from strangler_analyzers.linker.flow import Flow, Outcome
from strangler_analyzers.linker.knowledge import Access, Effect, FirstUses, Outside, PassesRequestOn, Runs
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import Frame

LineAndColumn: TypeAlias = tuple[int, int]
"""Line (from 1) and column (from 0)."""


class Position(Struct, frozen=True):
    """The current position of a walk: the frame, the innermost open transaction, and whether inside a loop.

    `apart` is the kind of call for code that is handed over to run apart; None otherwise.
    """

    frame: Frame
    transaction: Location | None = None
    in_loop: bool = False
    apart: CallKind | None = None

    def looping(self) -> Position:
        """The same position, inside a loop."""
        return self if self.in_loop else replace(self, in_loop=True)

    def handed_over(self, kind: CallKind) -> Position:
        """The same position, in code that runs apart: transactions open here are not open there."""
        return replace(self, transaction=None, apart=kind)


class Recording:
    """Collects the flow of one function, or of a module's top-level code, during its walk."""

    def __init__(self, scope: Scope, contexts: Contexts) -> None:
        self.outcome = Outcome()
        self._calls: list[Call] = []
        self._accesses: list[TableAccess] = []
        self._outside: list[OutsideUse] = []
        self._ambiguous: list[AmbiguousCall] = []
        self._hands_on = False
        self._first_uses: dict[FirstUse, None] = {}
        self._runs: dict[Context, None] = {}
        self._contexts = contexts
        self._scope = scope
        self._caller = scope.name
        self._module = scope.module

    def flow(self) -> Flow:
        """The collected flow."""
        return Flow(
            tuple(self._calls),
            tuple(self._accesses),
            tuple(self._outside),
            tuple(self._ambiguous),
            self.outcome,
            self._hands_on,
            tuple(self._runs),
            tuple(self._first_uses),
        )

    def call(
        self,
        made: Runs,
        place: LineAndColumn,
        position: Position,
        invocation: Invocation | None = None,
        caller: Scope | None = None,
    ) -> None:
        """Record that a function runs another function or makes an instance of a class.

        `caller` is the calling function, if it is not the one being walked.
        """
        scope = caller or self._scope
        context = self._contexts.of(made.function, made.receiver, invocation)
        kind = made.kind
        if position.apart is not None and kind is not CallKind.ASYNC:
            kind = position.apart
        if kind is not CallKind.WRAPPED:
            self._runs[context] = None
        self._calls.append(
            Call(
                scope.name,
                scope.module.at(place[0]),
                place[1],
                made.function.name,
                kind,
                made.confidence,
                position.transaction if kind.is_in_transaction else None,
                position.in_loop,
                context.name,
            )
        )

    def ambiguous(self, name: str, line: int, candidates: tuple[str, ...]) -> None:
        """Record a call of a method that several classes have."""
        self._ambiguous.append(AmbiguousCall(self._caller, self._module.at(line), name, candidates))

    def effects(self, effects: Iterable[Effect], place: LineAndColumn, position: Position) -> None:
        """Record the effects that frameworks report for a place."""
        for effect in effects:
            self._effect(effect, place, position)

    def _effect(self, effect: Effect, place: LineAndColumn, position: Position) -> None:
        where = (self._caller, self._module.at(place[0]), place[1])
        context = (position.transaction, position.in_loop)
        match effect:
            case Access(table=table, mode=mode, operation=operation, confidence=confidence):
                self._accesses.append(TableAccess(*where, table, mode, operation, confidence, *context))
            case Outside(kind=kind, name=name, operation=operation):
                # Names come from literals of the program, which may hold credentials: they are masked here.
                self._outside.append(OutsideUse(*where, kind, mask_url(name), operation, *context))
            case Runs():
                self.call(effect, place, position)
            case PassesRequestOn():
                self._hands_on = True
            case FirstUses(maker=maker):
                self._first_uses[FirstUse(self._caller, maker.name)] = None
