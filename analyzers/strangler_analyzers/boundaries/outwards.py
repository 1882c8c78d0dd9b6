"""Works outwards from one table: the tables that move with it, then the service, then its API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from strangler.model.errors import UsageError
from strangler.model.location import Location
from strangler_analyzers.boundaries.crossings import CrossingKind
from strangler_analyzers.boundaries.extraction_order import REST, Candidate, cheapest_with
from strangler_analyzers.boundaries.profiles import Signal
from strangler_analyzers.boundaries.suggestion import Study


@dataclass(frozen=True, slots=True)
class Step:
    """A table that moves with the first, and its ties to the nearest table of the steps before."""

    table: str
    nearest: str
    strength: float
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """Something the rest needs from the service: a `function` of the rest now accesses `tables` directly."""

    kind: CrossingKind
    function: str
    tables: tuple[str, ...]
    location: Location


@dataclass(frozen=True, slots=True)
class Outwards:
    """The table, its service and its API: `steps` begin with the nearest table, `api` is what the rest would call."""

    table: str
    steps: tuple[Step, ...]
    service: Candidate
    api: tuple[Operation, ...]


def outwards(found: Study, table: str) -> Outwards:
    """Grow a service from one table, to the size at which it is cheapest to extract.

    Raises UsageError for a table that is not one of the monolith's own, or if only parts that are too large hold it.
    """
    if table not in found.clustering.tables:
        raise UsageError(f"there is no table {table} to share out", remedy="strangler suggest --json lists the tables")
    part = cheapest_with(found, table)
    if part is None:
        raise UsageError(f"nothing smaller than half of the tables grows from {table}", remedy="strangler suggest")
    api = tuple(
        Operation(item.kind, item.function, item.tables, item.location)
        for item in part.crossings
        if item.source == REST and item.kind in {CrossingKind.WRITE, CrossingKind.READ, CrossingKind.CALL}
    )
    return Outwards(table, _steps(found, table, part.tables), part, api)


def _steps(found: Study, table: str, tables: Sequence[str]) -> tuple[Step, ...]:
    """The other tables, at each step the one nearest to any that already moves."""
    clustering = found.clustering
    number = {name: position for position, name in enumerate(clustering.tables)}
    moving, left = [table], sorted(set(tables) - {table})
    steps: list[Step] = []
    while left:
        strength, _, _, nearest, following = max(
            (
                clustering.similarity.neighbours[number[near]].get(number[other], 0.0),
                -number[other],
                -number[near],
                near,
                other,
            )
            for other in left
            for near in moving
        )
        signals = clustering.similarity.parts(number[nearest], number[following])
        steps.append(Step(following, nearest, round(strength, 3), tuple(signals)))
        moving.append(following)
        left.remove(following)
    return tuple(steps)
