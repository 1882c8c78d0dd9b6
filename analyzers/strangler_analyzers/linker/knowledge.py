"""What the linker is told about libraries: the seam between the language and the frameworks.

A framework's module implements the parts it needs. Every method answers None for "not mine": the next one is asked,
then the language's own rule applies.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import ClassVar, TypeAlias

from msgspec import Struct

from strangler.model.system import AccessMode, CallKind, Confidence, ExternalKind
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import KINDS, Frame, Value, Values
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.kinds import Exact


class Knowledge:
    """How values of a library behave: override what the library defines."""

    attributes_of: ClassVar[Collection[type[Value]]] = KINDS
    """The kinds of values whose attributes the library may know: of others it is not asked."""
    calls_of: ClassVar[Collection[type[Value]]] = KINDS
    """The kinds of values the library may know the calls of: of others it is not asked."""

    def prepare(self, resolver: Resolver) -> None:
        """Called once, before the resolver is asked anything: the place to index declarations."""

    def attribute(self, resolver: Resolver, value: Value, name: str) -> Values | None:
        """What ``value.name`` is."""
        return None

    def call(self, resolver: Resolver, callee: Value, call: s.Call, frame: Frame) -> Values | None:
        """What calling `callee` makes."""
        return None

    def elements(self, resolver: Resolver, value: Value) -> Values | None:
        """What iterating over `value`, or taking an item of it, gives."""
        return None

    def argument(self, resolver: Resolver, scope: Scope, parameter: s.Parameter) -> Values | None:
        """What a framework passes for a parameter of `scope`."""
        return None

    def decides(self, value: Value) -> bool:
        """Whether a function that is passed this value is about it: calls that pass different ones are told apart."""
        return False


class Access(Struct, frozen=True, metaclass=Exact):
    """The code reads or writes a table here."""

    table: str
    mode: AccessMode
    operation: str
    confidence: Confidence = Confidence.CERTAIN


class Outside(Struct, frozen=True, metaclass=Exact):
    """The code uses something outside the monolith here."""

    kind: ExternalKind
    name: str
    operation: str


class Runs(Struct, frozen=True, metaclass=Exact):
    """The code makes a function of the monolith run by way of a library: a signal's receiver, a queued task, a hook."""

    function: Scope
    kind: CallKind
    confidence: Confidence = Confidence.LIKELY
    receiver: Scope | None = None
    """The class as whose method it runs."""


class HandsOn(Struct, frozen=True, metaclass=Exact):
    """The code hands a request on to the view that answers it."""


class FirstUses(Struct, frozen=True, metaclass=Exact):
    """The code uses what a function makes for whoever is the first to use it."""

    maker: Scope


Effect: TypeAlias = Access | Outside | Runs | HandsOn | FirstUses


class HandedOver(Struct, frozen=True, metaclass=Exact):
    """An argument of a call, or what the call calls, that runs apart from the caller: not at once, or not with it.

    The argument is a function, a lambda, ``partial(function, ...)`` or a coroutine that a call has made.
    """

    expression: s.Expression
    kind: CallKind
    waits: bool = False
    """Whether awaiting the call waits until it has run."""


class EffectRule:
    """What code does beyond calling functions: override what the library defines.

    `values` are what the linker found for the expression concerned. The rule is asked of a call that has a callee of
    one of the kinds in `calls_of`, or that goes by one of the names in `calls_named` (`s.last_name`).
    """

    calls_of: ClassVar[Collection[type[Value]]] = KINDS
    """The kinds of callees the rule looks at."""
    calls_named: ClassVar[Collection[str] | None] = None
    """The names of calls the rule looks at whatever they call; None for any."""

    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterable[Effect]:
        """Effects of a call; `callees` are the values of ``call.function``."""
        return ()

    def hands_over(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterable[HandedOver]:
        """What a call hands over to run apart, so that it does not count as called here."""
        return ()

    def of_attribute(self, resolver: Resolver, owners: Values, name: str, frame: Frame) -> Iterable[Effect]:
        """Effects of reading ``owner.name`` (a lazily loaded relation)."""
        return ()

    def of_iteration(self, resolver: Resolver, iterables: Values, frame: Frame) -> Iterable[Effect]:
        """Effects of iterating (a query that runs now)."""
        return ()

    def of_assignment(
        self, resolver: Resolver, owners: Values, name: str, value: s.Expression | None, frame: Frame
    ) -> Iterable[Effect]:
        """Effects of ``owner.name = value``; no value where it comes out of unpacking."""
        return ()

    def of_delete(self, resolver: Resolver, targets: Values, frame: Frame) -> Iterable[Effect]:
        """Effects of ``del target``."""
        return ()

    def opens_transaction(self, resolver: Resolver, contexts: Values) -> bool:
        """Whether entering one of these values, or decorating a function with it, opens a database transaction."""
        return False
