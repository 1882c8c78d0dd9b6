"""How certain the assignment of each table is, and what would change it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from strangler.model.location import Location
from strangler.model.system import TableAccess
from strangler_analyzers.boundaries.clustering import Clustering
from strangler_analyzers.boundaries.ownership import Ownership, Service
from strangler_analyzers.boundaries.profiles import Signal

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Pull:
    """The evidence for a table belonging to a service: the mean over its tables, and the nearest one of them."""

    service: Service
    strength: float
    nearest: str
    signals: Mapping[Signal, float]
    uses: tuple[Location, ...]
    """The first few places where code of the service touches the table."""


@dataclass(frozen=True, slots=True)
class Margin:
    """A table, the pull of its own service, and the strongest pull of another; None if nothing pulls.

    `margin` is 0 if both are equally strong, negative if the other is stronger, and 1 if no other pulls.
    """

    table: str
    own: Pull | None
    other: Pull | None
    margin: float


def margins(clustering: Clustering, owners: Ownership, accesses: tuple[TableAccess, ...]) -> tuple[Margin, ...]:
    """The margin of every table, least certain first."""
    uses: defaultdict[tuple[str, Service], list[Location]] = defaultdict(list)
    for access in accesses:
        service = owners.of_function(access.function)
        if service is not None:
            uses[access.table, service].append(access.location)
    found = [
        _margin(clustering, owners, uses, number)
        for number, table in enumerate(clustering.tables)
        if table in owners.tables
    ]
    return tuple(sorted(found, key=lambda item: (item.margin, item.table)))


def _margin(
    clustering: Clustering,
    owners: Ownership,
    uses: Mapping[tuple[str, Service], list[Location]],
    number: int,
) -> Margin:
    tables = clustering.tables
    table, home = tables[number], owners.tables[tables[number]]
    by_service: defaultdict[Service, list[tuple[float, int]]] = defaultdict(list)
    for other, value in clustering.similarity.neighbours[number].items():
        if tables[other] in owners.tables:
            by_service[owners.tables[tables[other]]].append((value, other))

    def pull(service: Service) -> Pull:
        found = by_service[service]
        _, nearest = max(found, key=lambda item: (item[0], -item[1]))
        places = tuple(sorted(uses.get((table, service), ()))[:_EXAMPLES])
        strength = sum(value for value, _ in found) / len(found)
        signals = clustering.similarity.parts(number, nearest)
        return Pull(
            service,
            round(strength, 3),
            tables[nearest],
            {signal: rounded for signal, value in signals.items() if (rounded := round(value, 3))},
            places,
        )

    pulls = {service: pull(service) for service in sorted(by_service)}
    own = pulls.pop(home, None)
    other = max(pulls.values(), key=lambda item: item.strength, default=None)
    return Margin(table, own, other, _between(own, other))


def _between(own: Pull | None, other: Pull | None) -> float:
    here, there = (0.0 if pull is None else pull.strength for pull in (own, other))
    return round((here - there) / max(here, there), 3) if here or there else 1.0
