"""The contexts that change what a function does: its receiver class, and the classes and literals passed to it."""

from __future__ import annotations

from msgspec import Struct

from strangler_analyzers.linker.decisions import NO_FLAGS, Flags
from strangler_analyzers.linker.flags import Passed
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import UNKNOWN, ClassValue, Frame, Given
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import names


class Context(Struct, frozen=True):
    """A function in a context. The name identifies the context of a function; it is empty for the function itself."""

    function: Scope
    name: str = ""
    frame: Frame | None = None
    flags: Flags = NO_FLAGS
    """The literal values of those parameters that decide what it does."""
    by_class: bool = False
    """Whether its receiver class, or a class passed to it, decides what it does as well."""

    def __hash__(self) -> int:
        return hash((self.function, self.name))


class Invocation(Struct, frozen=True):
    """A call and its frame; `bound` if the receiver is passed implicitly.

    `flags` are the literals of the caller's parameters; None for a synthesised call, whose arguments are not all known.
    """

    call: s.Call
    frame: Frame
    bound: bool
    flags: Flags | None = None


class Contexts:
    """Separates the contexts that change what a function does from those that add nothing."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._passed = Passed(resolver)
        self._speaking: dict[Scope, bool] = {}
        self._known: dict[tuple[Scope, str], Context] = {}

    def of(self, function: Scope, receiver: Scope | None, invocation: Invocation | None = None) -> Context:
        """The context a function runs in. Contexts of one name count as equal, and the first is kept."""
        receiver = self._deciding(function, receiver)
        given = self._given(function, receiver, invocation) if invocation is not None else ()
        parts = [] if receiver is None else [receiver.name]
        parts += [f"{item.parameter}={scope.name}" for item, scope in given]
        by_class = bool(parts)
        flags = NO_FLAGS
        if invocation is not None and invocation.flags is not None:
            caller = invocation.frame.scope
            flags = self._passed.flags(function, invocation.call, caller, invocation.flags, bound=invocation.bound)
            parts += [f"{parameter}={value!r}" for parameter, value in flags.items()]
        key = (function, ", ".join(parts))
        known = self._known.get(key)
        if known is None:
            items = tuple(item for item, _ in given)
            plain = self._resolver.frame(function, receiver) if parts else None
            frame = Frame(function, receiver, given=items) if items else plain
            known = self._known[key] = Context(function, key[1], frame, flags, by_class)
        return known

    def _given(
        self, function: Scope, receiver: Scope | None, invocation: Invocation
    ) -> tuple[tuple[Given, Scope], ...]:
        """What one call passes for parameters that decide which class the function is about, if it is one class."""
        frame = self._resolver.called(
            self._resolver.frame(function, receiver), invocation.call, invocation.frame, bound=invocation.bound
        )
        found: list[tuple[Given, Scope]] = []
        for item in frame.given:
            match self._resolver.evaluate(item.expression, item.frame) if item.expression is not UNKNOWN else ():
                case (ClassValue(scope=scope),):
                    found.append((item, scope))
                case _:
                    pass
        return tuple(found)

    def _deciding(self, function: Scope, receiver: Scope | None) -> Scope | None:
        """The receiver, if it inherits the function and that refers to it; None if the defining class tells as much.

        A class that the program declares twice, or that a framework derived, has no unique name and counts as none.
        """
        if receiver is None:
            return None
        method = _method(function)
        if method is None or method.owner is receiver or not self._speaks_of_receiver(function, method):
            return None
        if self._resolver.program.classes.get(receiver.name) is not receiver:
            return None
        return receiver if method.owner in self._resolver.order(receiver) else None

    def _speaks_of_receiver(self, function: Scope, method: Scope) -> bool:
        known = self._speaking.get(function)
        if known is None:
            first = method.first_parameter()
            known = self._speaking[function] = any(
                name in {first, "super", "__class__"} for name in names(function.node.body, nested=True)
            )
        return known


def _method(function: Scope) -> Scope | None:
    """The method that a function is or is nested in."""
    current: Scope | None = function
    while current is not None and current.is_function:
        if current.owner is not None:
            return current
        current = current.parent
    return None
