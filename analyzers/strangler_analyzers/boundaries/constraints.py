"""Constraints: what a team knows about boundaries that the code does not show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from strangler.model.errors import InputError

SHARED = "shared"
"""The name of the shared kernel in place of a service."""


@dataclass(frozen=True, slots=True)
class Constraints:
    """`labels` name the service of a table; `together` and `apart` hold tables that must share a service, or must not.

    Tables of one label are together, those of different labels apart.
    """

    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    together: tuple[tuple[str, ...], ...] = ()
    apart: tuple[tuple[str, ...], ...] = ()
    shared: tuple[str, ...] = ()
    """Tables of the shared kernel, which belong to no service."""
    pins: Mapping[str, str] = field(default_factory=dict[str, str])
    """The service of a module, whatever tables it touches; `SHARED` is the kernel."""


@dataclass(frozen=True, slots=True)
class Items:
    """Tables that must stay together form one item: `of` holds the item of each table, `labels` the items' labels."""

    of: tuple[int, ...]
    labels: Mapping[int, str]
    apart: tuple[tuple[int, int], ...]

    @property
    def count(self) -> int:
        """The number of items."""
        return max(self.of, default=-1) + 1


def items(tables: Sequence[str], constraints: Constraints, satellites: Iterable[tuple[str, str]] = ()) -> Items:
    """Form the items from the constraints; `satellites` are pairs of a table and the one it cannot be without.

    Raises InputError if the constraints contradict each other.
    """
    number = {table: position for position, table in enumerate(tables)}
    root = list(range(len(tables)))
    by_label: dict[str, list[str]] = {}
    for table, label in sorted(constraints.labels.items()):
        by_label.setdefault(label, []).append(table)
    labelled = set(constraints.labels)
    free = (pair for pair in satellites if not labelled.issuperset(pair))
    for group in (*by_label.values(), *constraints.together, *free):
        known = [number[table] for table in group if table in number]
        for other in known[1:]:
            first, second = sorted((_root(root, known[0]), _root(root, other)))
            root[second] = first
    compact: dict[int, int] = {}
    of = tuple(compact.setdefault(_root(root, position), len(compact)) for position in range(len(tables)))
    labels: dict[int, str] = {}
    for table, label in sorted(constraints.labels.items()):
        if table in number and labels.setdefault(of[number[table]], label) != label:
            other = labels[of[number[table]]]
            raise InputError(f"{table} is labelled {label}, and together with tables of {other}")
    apart = {(max(a, b), min(a, b)) for a in labels for b in labels if labels[a] != labels[b]}
    for group in constraints.apart:
        known = [table for table in group if table in number]
        for position, table in enumerate(known):
            for other in known[position + 1 :]:
                first, second = of[number[table]], of[number[other]]
                if first == second:
                    raise InputError(f"{table} and {other} are to be apart, and are together by other rules")
                apart.add((max(first, second), min(first, second)))
    return Items(of, labels, tuple(sorted(apart)))


def _root(root: list[int], item: int) -> int:
    while root[item] != item:
        root[item] = root[root[item]]
        item = root[item]
    return item
