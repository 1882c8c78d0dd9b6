"""Method resolution order: the order in which Python searches a class and its ancestors.

C3 linearisation as described in "The Python 2.3 Method Resolution Order" (Simionato, 2003). An ancestor outside
the program is its dotted path; its own ancestors are unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from strangler_analyzers.linker.scope import Scope

Ancestor: TypeAlias = Scope | str
"""A class of the program, or the dotted path of one outside."""


def linearise(scope: Scope, parents: Sequence[tuple[Ancestor, ...]]) -> tuple[Ancestor, ...]:
    """The class itself, then its ancestors in C3 order; `parents` holds each base's own order, first base first.

    If C3 has no solution (Python would reject the class), the order is depth first, by first mention.
    """
    pending: list[list[Ancestor]] = [list(order) for order in parents if order]
    pending.append([order[0] for order in parents if order])
    merged: list[Ancestor] = [scope]
    while pending := [order for order in pending if order]:
        head = next((order[0] for order in pending if not _in_a_tail(order[0], pending)), None)
        if head is None:
            return _depth_first(scope, parents)
        merged.append(head)
        for order in pending:
            if order[0] == head:
                del order[0]
    return tuple(merged)


def _in_a_tail(candidate: Ancestor, orders: Sequence[Sequence[Ancestor]]) -> bool:
    return any(candidate == other for order in orders for other in order[1:])


def _depth_first(scope: Scope, parents: Sequence[tuple[Ancestor, ...]]) -> tuple[Ancestor, ...]:
    order: dict[Ancestor, None] = {scope: None}
    for parent in parents:
        order.update(dict.fromkeys(parent))
    return tuple(order)
