"""The interface through which framework modules tell the linker about libraries.

A framework's module implements the parts it needs. A method returns None for "not mine": then the next part is asked,
and after the last one the rule of the language applies.
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
    """How values of a library behave. Subclasses override the methods for what the library defines."""

    attributes_of: ClassVar[Collection[type[Value]]] = KINDS
    """The kinds of values whose attributes the library may know; it is not asked about others."""
    calls_of: ClassVar[Collection[type[Value]]] = KINDS
    """The kinds of values whose calls the library may know; it is not asked about others."""

    def prepare(self, resolver: Resolver) -> None:
        """Index declarations. Called once, before the resolver is asked anything."""

    def attribute(self, resolver: Resolver, value: Value, name: str) -> Values | None:
        """What ``value.name`` is."""
        return None

    def call(self, resolver: Resolver, callee: Value, call: s.Call, frame: Frame) -> Values | None:
        """What calling `callee` returns."""
        return None

    def elements(self, resolver: Resolver, value: Value) -> Values | None:
        """What iterating over `value`, or indexing it, yields."""
        return None

    def argument(self, resolver: Resolver, scope: Scope, parameter: s.Parameter) -> Values | None:
        """What a framework passes for a parameter of `scope`."""
        return None

    def decides(self, value: Value) -> bool:
        """Whether this value decides what a function given it is about: calls with different ones are kept apart."""
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
    """The code makes a library run a function of the monolith: a signal receiver, a queued task, a hook."""

    function: Scope
    kind: CallKind
    confidence: Confidence = Confidence.LIKELY
    receiver: Scope | None = None
    """The receiver class, if it runs as a method."""


class PassesRequestOn(Struct, frozen=True, metaclass=Exact):
    """The code passes a request on to the view that answers it."""


class FirstUses(Struct, frozen=True, metaclass=Exact):
    """The code uses something that the function `maker` makes lazily, on first use."""

    maker: Scope


Effect: TypeAlias = Access | Outside | Runs | PassesRequestOn | FirstUses


class HandedOver(Struct, frozen=True, metaclass=Exact):
    """An argument of a call, or its callee, that runs apart from the caller: later, or concurrently.

    The argument is a function, a lambda, ``partial(function, ...)`` or a coroutine that a call returned.
    """

    expression: s.Expression
    kind: CallKind
    waits: bool = False
    """Whether awaiting the call waits for it to finish."""


class EffectRule:
    """The effects of code beyond calling functions. Subclasses override the methods for what the library defines.

    Each method receives the values that the linker found for the expression concerned. The rule is asked about a call
    if a callee is of one of the kinds in `calls_of`, or if its name (`s.last_name`) is in `calls_named`.
    """

    calls_of: ClassVar[Collection[type[Value]]] = KINDS
    """The kinds of callees the rule applies to."""
    calls_named: ClassVar[Collection[str] | None] = None
    """The names of calls the rule applies to, whatever the callee; None for any name."""

    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterable[Effect]:
        """Effects of a call; `callees` are the values of ``call.function``."""
        return ()

    def hands_over(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterable[HandedOver]:
        """What a call hands over to run apart, and which therefore does not count as called here."""
        return ()

    def of_attribute(self, resolver: Resolver, owners: Values, name: str, frame: Frame) -> Iterable[Effect]:
        """Effects of reading ``owner.name`` (a lazily loaded relation)."""
        return ()

    def of_iteration(self, resolver: Resolver, iterables: Values, frame: Frame) -> Iterable[Effect]:
        """Effects of iterating, such as a lazy query that runs now."""
        return ()

    def of_assignment(
        self, resolver: Resolver, owners: Values, name: str, value: s.Expression | None, frame: Frame
    ) -> Iterable[Effect]:
        """Effects of ``owner.name = value``; `value` is None if it comes from unpacking."""
        return ()

    def of_delete(self, resolver: Resolver, targets: Values, frame: Frame) -> Iterable[Effect]:
        """Effects of ``del target``."""
        return ()

    def opens_transaction(self, resolver: Resolver, contexts: Values) -> bool:
        """Whether entering one of these values, or decorating a function with it, opens a database transaction."""
        return False
