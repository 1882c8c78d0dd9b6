"""From one table outwards: what moves with it, then the service, then its API."""

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
    """A table that moves with the first, and what ties it to the nearest one that moves before."""

    table: str
    nearest: str
    strength: float
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """Something the rest needs of the service: `function` of the rest does it to `tables`, so far without asking."""

    kind: CrossingKind
    function: str
    tables: tuple[str, ...]
    location: Location


@dataclass(frozen=True, slots=True)
class Outwards:
    """The order table, service, API: `steps` begin with the nearest table, `api` is what the rest would call."""

    table: str
    steps: tuple[Step, ...]
    service: Candidate
    api: tuple[Operation, ...]


def outwards(found: Study, table: str) -> Outwards:
    """Grow a service from one table, to the size at which it is cheapest to take out.

    Raises UsageError for a table that is not one of the monolith's own, or from which only everything grows.
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
    """The other tables, each time the one that is nearest to any that moves already."""
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
