"""The cut vector: the cost of a set of boundaries, term by term, next to that of a random cut of the same sizes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from strangler.model.strong_components import strong_components
from strangler.model.system import Route
from strangler_analyzers.boundaries.crossings import Crossing, CrossingKind, Evidence, crossings, needed
from strangler_analyzers.boundaries.ownership import Ownership, Service, ownership, route_service
from strangler_analyzers.graph.reachability import TableUse

CYCLES = "cycles"
HOPS = "remote hops"
_TERMS = (*(kind.value for kind in CrossingKind), CYCLES, HOPS)
_ROUNDS = 10
_MOST_WORK = 400_000
"""The most calls and accesses examined for the expectation; larger systems are shuffled less often."""

RouteTables = Sequence[tuple[Route, TableUse]]


@dataclass(frozen=True, slots=True)
class Term:
    """One term of the cut vector: its count, and the mean count over random cuts."""

    name: str
    count: int
    expected: float


@dataclass(frozen=True, slots=True)
class Hops:
    """The other services that a route of the service `home` needs."""

    home: Service | None
    others: tuple[Service, ...]

    @property
    def count(self) -> int:
        """The number of other services."""
        return len(self.others)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One way to draw boundaries, and its consequences."""

    owners: Ownership
    crossings: tuple[Crossing, ...]
    hops: Mapping[str, int]
    """The number of other services that a route needs, by route name; routes that need none are left out."""
    cycles: tuple[tuple[Service, ...], ...]
    """Groups of services that need each other."""


def draw(
    found: Evidence, routes: RouteTables, tables: Mapping[str, Service], pins: Mapping[str, Service] | None = None
) -> Drawn:
    """Derive the ownership of code, and everything that crosses, from an assignment of tables to services."""
    owners = ownership(found.uses, tables, pins)
    crossing = crossings(found, owners)
    hops = {name: hops.count for name, hops in remote_hops(owners, routes).items()}
    return Drawn(owners, crossing, hops, rings(needed(crossing)))


def cut_vector(found: Evidence, routes: RouteTables, drawn: Drawn) -> tuple[Term, ...]:
    """Every term with its expectation: the same services with their tables shuffled, from a fixed seed."""
    counts = _counts(drawn)
    names, services = list(drawn.owners.tables), list(drawn.owners.tables.values())
    work = len(found.graph.facts.calls) + len(found.accesses)
    rounds = max(1, min(_ROUNDS, _MOST_WORK // max(1, work)))
    total: Counter[str] = Counter()
    rng = random.Random(1)  # noqa: S311 - shuffles tables, protects no secret
    for _ in range(rounds):
        rng.shuffle(services)
        total.update(_counts(draw(found, routes, dict(zip(names, services, strict=True)))))
    return tuple(Term(name, counts[name], round(total[name] / rounds, 1)) for name in _TERMS)


def _counts(drawn: Drawn) -> Counter[str]:
    counts = Counter(item.kind.value for item in drawn.crossings)
    counts[CYCLES] = len(drawn.cycles)
    counts[HOPS] = sum(drawn.hops.values())
    return counts


def remote_hops(owners: Ownership, routes: RouteTables) -> Mapping[str, Hops]:
    """The other services that each route needs, by route name; routes that need none are left out."""
    found: dict[str, Hops] = {}
    for route, use in routes:
        home = route_service(owners, route, use)
        touched = {owners.tables[table] for table in (*use.reads, *use.writes) if table in owners.tables}
        if touched - {home}:
            found[f"{route.method} {route.path}"] = Hops(home, tuple(sorted(touched - {home})))
    return found


def rings(needs: Mapping[Service, Mapping[Service, int]]) -> tuple[tuple[Service, ...], ...]:
    """Groups of services that need each other, directly or through others."""
    return tuple(sorted(part for part in _components(needs, ()) if len(part) > 1))


def dependency_depths(
    needs: Mapping[Service, Mapping[Service, int]], services: Iterable[Service]
) -> Mapping[Service, int]:
    """The longest chain of services that each service can wait for; a ring counts as a chain."""
    depth: dict[Service, int] = {}
    for part in _components(needs, services):
        below = [depth[target] for name in part for target in needs.get(name, {}) if target not in part]
        longest = len(part) - 1 + max((1 + value for value in below), default=0)
        depth.update(dict.fromkeys(part, longest))
    return depth


def _components(
    needs: Mapping[Service, Mapping[Service, int]], services: Iterable[Service]
) -> list[tuple[Service, ...]]:
    """Groups of services that need each other, each group after those it needs."""
    names = sorted({*services, *needs, *(target for targets in needs.values() for target in targets)})
    number = {name: position for position, name in enumerate(names)}
    successors = [[number[target] for target in needs.get(name, {})] for name in names]
    return [tuple(names[node] for node in part) for part in strong_components(successors)]
