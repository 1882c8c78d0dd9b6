"""Ties between tables through foreign keys, direct and indirect."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping

from strangler_analyzers.graph.system_graph import SystemGraph

Pair = tuple[int, int]
"""Two tables by number, the lower first."""

_STEPS = 3
_REACH = 0.5
"""The share of a table's weight that passes on with each step along its keys."""
_HUB = 50
"""A table with at least this many ties does not connect its neighbours: no step leads on from it."""


def key_graph(graph: SystemGraph, number: Mapping[str, int]) -> Mapping[Pair, float]:
    """For each two tables, by number, the weight of a foreign key between them, 0 to 1.

    A key to a table that many refer to, such as the users, weighs little.
    """
    referring: defaultdict[int, set[int]] = defaultdict(set)
    for table in graph.facts.tables:
        source = number.get(table.name)
        for key in table.foreign_keys if source is not None else ():
            target = number.get(key.target_table)
            if source is not None and target is not None and target != source:
                referring[target].add(source)
    found: dict[Pair, float] = {}
    for target, sources in referring.items():
        for source in sources:
            pair = (min(source, target), max(source, target))
            found[pair] = max(found.get(pair, 0.0), 1 / math.sqrt(len(sources)))
    return found


def relations(keys: Mapping[Pair, float], tables: int) -> list[Mapping[str, float]]:
    """For each table the tables that keys lead to in up to three steps, either way, and itself; empty without keys.

    A step distributes weight in proportion to the keys' weights: a random walk that ends early, as in ``label_spread``.
    """
    near: list[dict[int, float]] = [{} for _ in range(tables)]
    for (first, second), value in sorted(keys.items()):
        near[first][second] = near[second][first] = value
    whole = [max(1.0, sum(row.values())) for row in near]
    return [_reached(table, near, whole) if near[table] else {} for table in range(tables)]


def _reached(table: int, near: list[dict[int, float]], whole: list[float]) -> Mapping[str, float]:
    current: Mapping[int, float] = {table: 1.0}
    total = dict(current)
    for _ in range(_STEPS):
        following: defaultdict[int, float] = defaultdict(float)
        for passed, weight in current.items():
            if passed != table and len(near[passed]) >= _HUB:
                continue
            for other, value in near[passed].items():
                following[other] += _REACH * weight * value / whole[passed]
        for other, weight in following.items():
            total[other] = total.get(other, 0.0) + weight
        current = following
    return {str(other): weight for other, weight in total.items()}
