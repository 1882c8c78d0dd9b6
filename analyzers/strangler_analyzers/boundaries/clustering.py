"""Clusters tables that belong together: from profiles through a dendrogram to a partition."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from strangler.model.tables import Table, TableOrigin
from strangler_analyzers.boundaries.constraints import Constraints, Items, items
from strangler_analyzers.boundaries.coverage import least_known
from strangler_analyzers.boundaries.label_spread import spread
from strangler_analyzers.boundaries.linkage import Dendrogram, Neighbours, average_linkage
from strangler_analyzers.boundaries.model_importers import is_association, owner
from strangler_analyzers.boundaries.natural_number import natural_number
from strangler_analyzers.boundaries.profiles import Signal, profiles
from strangler_analyzers.boundaries.similarity import Similarity, weights
from strangler_analyzers.graph.system_graph import SystemGraph

Partition = Mapping[str, int]
"""The cluster number of each table; a table that only SQL names, and that has no other ties, is left out."""


@dataclass(frozen=True)
class Clustering:
    """The tables of a system, the similarity of each pair, and their clustering under constraints."""

    tables: tuple[str, ...]
    similarity: Similarity
    items: Items
    modelled: frozenset[int]
    """The tables that a model maps."""
    leading: frozenset[int]
    """The items that can form a service. Tables that only SQL names, and association tables, follow others."""

    @cached_property
    def dendrogram(self) -> Dendrogram:
        """The hierarchy of merges of the items."""
        return average_linkage(self._sizes, self._sums, self.items.apart)

    @cached_property
    def _sizes(self) -> Sequence[int]:
        counts = Counter(self.items.of)
        return [counts[item] for item in range(self.items.count)]

    @cached_property
    def _sums(self) -> Neighbours:
        """The similarity of each two items, summed over the pairs of their tables."""
        return self._summed(self.similarity)

    def _summed(self, similarity: Similarity) -> Neighbours:
        if self.items.count == len(self.tables):  # Each table is its own item: the sums are the similarities.
            return similarity.neighbours
        rows: list[defaultdict[int, float]] = [defaultdict(float) for _ in range(self.items.count)]
        for table, item in enumerate(self.items.of):
            for other, value in similarity.neighbours[table].items():
                if self.items.of[other] != item:
                    rows[item][self.items.of[other]] += value
        return rows

    @cached_property
    def natural(self) -> int:
        """The number of clusters if none is given.

        It is at least the number of labels.
        """
        possible = self.similarity.possible
        count = len(self.tables)
        if possible:
            alone = average_linkage(self._sizes, self._summed(self._files), self.items.apart)
            count = natural_number(self.dendrogram, possible, alone, len(self.leading))
        grown = self._led(min(count, self.items.count))
        return max(1, grown, len(set(self.items.labels.values())))

    @cached_property
    def _files(self) -> Similarity:
        """The similarity by the files that use the tables, alone."""
        return Similarity(self.similarity.profiles, {Signal.FILES: 1.0})

    def partition(self, clusters: int | None = None) -> Partition:
        """The partition into the given number of clusters, or into the natural number.

        The tree decides which tables are in labelled clusters. Within them, labels spread by the strongest
        similarities, whereas the tree compares whole clusters by their mean.
        """
        wanted = self.natural if clusters is None else clusters
        sizes = range(self.items.count + 1)
        cut = self.dendrogram.cut(bisect_left(sizes, wanted, lo=min(wanted, self.items.count), key=self._led))
        of = self._by_labels(cut)
        found = [of[item] for item in self.items.of]
        led = {of[item] for item in self.leading}
        homes = (self._home(number, found, led) for number in range(len(found)))
        return {table: home for table, home in zip(self.tables, homes, strict=True) if home is not None}

    def _by_labels(self, of: Sequence[int]) -> Sequence[int]:
        """The clusters of all items after labels have spread within the labelled clusters.

        An item with a cannot-link constraint stays where the tree has it.
        """
        labels = self.items.labels
        labelled = {of[item] for item in labels}
        held = labels.keys() | {item for pair in self.items.apart for item in pair}

        def alike(item: int) -> Mapping[int, float]:
            return {
                other: total / (self._sizes[item] * self._sizes[other])
                for other, total in self._sums[item].items()
                if other in labels or (other not in held and of[other] in labelled)
            }

        reached = spread({item: of[item] for item in labels}, alike)
        return [reached.get(item, cluster) for item, cluster in enumerate(of)]

    def _led(self, clusters: int) -> int:
        """How many of that many clusters can form a service."""
        of = self.dendrogram.cut(clusters)
        return len({of[item] for item in self.leading})

    def _home(self, number: int, of: Sequence[int], led: Collection[int]) -> int | None:
        """The cluster of a table; for one that cannot form a service, that of the nearest table in one, if any."""
        if of[number] in led:
            return of[number]
        near = ((value, -other) for other, value in self.similarity.neighbours[number].items() if of[other] in led)
        closest = max(near, default=None)
        return None if closest is None else of[-closest[1]]

    def medoid(self, members: Sequence[str]) -> str:
        """The table with the greatest similarity to all others of a cluster."""
        numbers = [self._number[table] for table in members]
        inside = set(numbers)

        def likeness(number: int) -> float:
            return sum(value for other, value in self.similarity.neighbours[number].items() if other in inside)

        return self.tables[max(numbers, key=lambda number: (likeness(number), -number))]

    def questions(self, count: int) -> tuple[str, ...]:
        """The tables whose service would tell most about all others: the medoids of clusters, largest cluster first.

        Labelled clusters are not asked about, and tables without a model only if there is no other, because people know
        the models. If more may be asked than there are clusters, the tables least similar to any with a known service
        follow.
        """
        groups: defaultdict[int, list[str]] = defaultdict(list)
        for table, cluster in self.partition().items():
            groups[cluster].append(table)
        open_groups = [group for group in groups.values() if not any(map(self._is_labelled, group))]
        known = [[table for table in group if self._number[table] in self.modelled] for group in open_groups]
        order = sorted(range(len(known)), key=lambda position: (-len(open_groups[position]), position))
        asked = [self.medoid(known[position] or open_groups[position]) for position in order[:count]]
        numbers = {self._number[table] for table in asked}
        numbers.update(number for number, item in enumerate(self.items.of) if item in self.items.labels)
        further = least_known(self.similarity.neighbours, numbers, sorted(self.modelled))
        return (*asked, *(self.tables[number] for number in islice(further, count - len(asked))))

    def _is_labelled(self, table: str) -> bool:
        return self.items.of[self._number[table]] in self.items.labels

    def labelled(self) -> Mapping[str, str]:
        """The label each table gets if there are no services other than the labelled ones."""
        names = self.items.labels
        of = self._by_labels(self.dendrogram.cut(len(set(names.values()))))
        by_cluster = {of[item]: label for item, label in sorted(names.items())}
        found: dict[str, str] = {}
        for table, item in zip(self.tables, self.items.of, strict=True):
            if of[item] in by_cluster:
                found[table] = by_cluster[of[item]]
        return found

    @cached_property
    def _number(self) -> Mapping[str, int]:
        return {table: position for position, table in enumerate(self.tables)}


def cluster(graph: SystemGraph, constraints: Constraints | None = None) -> Clustering:
    """Compare the tables that the monolith's own code declares or that its SQL names.

    Raises InputError if constraints contradict each other.
    """
    constraints = constraints or Constraints()
    tables = own_tables(graph, constraints)
    grouped = items(tables, constraints, _satellites(graph))
    modelled = frozenset(number for number, table in enumerate(tables) if graph.tables[table].model is not None)
    declared = {
        item
        for table, item in zip(tables, grouped.of, strict=True)
        if _leads(graph.tables[table]) or item in grouped.labels
    }
    leading = frozenset(declared or grouped.of)
    found = profiles(graph, tables)
    return Clustering(tables, Similarity(found, weights(found)), grouped, modelled, leading)


def own_tables(graph: SystemGraph, constraints: Constraints) -> tuple[str, ...]:
    """The tables to assign: all but those of installed packages and those that stay shared."""
    shared = set(constraints.shared)
    return tuple(
        sorted(
            table.name
            for table in graph.facts.tables
            if table.origin is not TableOrigin.FRAMEWORK and table.name not in shared and _is_own(graph, table)
        )
    )


def _is_own(graph: SystemGraph, table: Table) -> bool:
    return table.model is None or graph.in_application(table.model)


def _leads(table: Table) -> bool:
    """Whether a table can form a service: tables that only SQL names, and association tables, follow others."""
    return table.origin is not TableOrigin.RAW_SQL and not is_association(table)


def _satellites(graph: SystemGraph) -> Iterator[tuple[str, str]]:
    """Pairs of a table without a model and its owner by key and name: ``order_lines_tags`` of ``order_lines``."""
    for table in graph.facts.tables:
        by = owner(table)
        if by is not None:
            yield table.name, by
