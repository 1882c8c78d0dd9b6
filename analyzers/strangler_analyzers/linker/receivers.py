"""Whether it matters as a method of which class a function runs."""

from __future__ import annotations

from strangler_analyzers.linker.program import Scope
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.source.traversal import names


class Receivers:
    """Tells the receivers that decide what a method does from those that say nothing new."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._speaking: dict[Scope, bool] = {}

    def deciding(self, function: Scope, receiver: Scope | None) -> Scope | None:
        """The receiver, where the function is inherited by it and speaks of it; None where its own class says as much.

        A class that the program declares twice, or that a framework derived, has no name of its own and counts as none.
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
    """The method a function is, or is defined in."""
    current: Scope | None = function
    while current is not None and current.is_function:
        if current.owner is not None:
            return current
        current = current.parent
    return None
