"""Proposes merges of services when routes would wait for too many of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from strangler_analyzers.boundaries.cut_vector import Hops, remote_hops
from strangler_analyzers.boundaries.ownership import Service, ownership
from strangler_analyzers.boundaries.suggestion import Study

_MOST_MERGES = 10


@dataclass(frozen=True, slots=True)
class Merge:
    """The merge of two services; `before` and `after` count the routes that exceed the budget."""

    services: tuple[Service, Service]
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Budget:
    """The time a route may wait for other services (`p99`) if a call takes `round_trip`, both in milliseconds."""

    p99: float
    round_trip: float

    @property
    def hops(self) -> int:
        """The number of successive calls that fit the budget."""
        return int(self.p99 / self.round_trip) if self.round_trip else 0


def merge_proposals(found: Study, services: Mapping[Service, Sequence[str]], budget: Budget) -> tuple[Merge, ...]:
    """Successive merges, each on top of the ones before, until every route keeps to the budget.

    Greedy: each step merges the two services that most of the routes over budget need together.
    """
    groups = {name: tuple(tables) for name, tables in services.items()}
    merges: list[Merge] = []
    over = _over(found, groups, budget)
    while over and len(merges) < _MOST_MERGES:
        pair = _most_wanted(over)
        if pair is None:
            break
        joined = (*groups.pop(pair[0]), *groups.pop(pair[1]))
        groups["+".join(pair)] = joined
        left = _over(found, groups, budget)
        merges.append(Merge(pair, len(over), len(left)))
        over = left
    return tuple(merges)


def _over(found: Study, groups: Mapping[Service, Sequence[str]], budget: Budget) -> Sequence[Hops]:
    owners = ownership(found.evidence.uses, {table: name for name, group in groups.items() for table in group})
    return [hops for hops in remote_hops(owners, found.routes).values() if hops.count > budget.hops]


def _most_wanted(over: Sequence[Hops]) -> tuple[Service, Service] | None:
    """The pair of a home and another that the most routes need; of equal ones the first by name."""
    pairs: Counter[tuple[Service, Service]] = Counter()
    for hops in over:
        if (home := hops.home) is not None:
            pairs.update((min(home, other), max(home, other)) for other in hops.others)
    return min(pairs, key=lambda pair: (-pairs[pair], pair), default=None)
