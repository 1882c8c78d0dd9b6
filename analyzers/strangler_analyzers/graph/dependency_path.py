"""Explains why one node depends on another: a shortest path between them, with evidence for every hop."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from itertools import pairwise

from strangler.model.identifiers import (
    NodeKind,
    function_id,
    kind_of,
    module_id,
    name_of,
)
from strangler.model.location import Location
from strangler.model.system import SystemFacts
from strangler_analyzers.graph.elements import Attribute, Edge, EdgeKind, edges

MODULE_BODY = "<module>"
"""The pseudo-function of a module with the code that runs on import."""


class HopKind(StrEnum):
    """The kind of a hop: a kind of edge, or the step up from code to its module."""

    CONTAINS = "contains"
    IMPORTS = "imports"
    INHERITS = "inherits"
    CALLS = "calls"
    HANDLED_BY = "handled-by"
    ENTERS = "enters"
    READS = "reads"
    WRITES = "writes"
    MAPS = "maps"
    REFERENCES = "references"
    USES = "uses"
    PART_OF = "part-of"


class _Reach(IntEnum):
    """The edges that a path may use; each level includes the ones before."""

    RUNNING_CODE = 0
    FOREIGN_KEYS = 1
    MODULES = 2


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a path between two node ids; `attributes` are those of the edge (docs/graph.md)."""

    source: str
    target: str
    kind: HopKind
    location: Location | None
    attributes: Mapping[str, Attribute]


@dataclass(frozen=True, slots=True)
class DependencyPath:
    """The path from `source` to `target`; hops into and out of a module's contents are at its ends."""

    source: str
    target: str
    hops: tuple[Hop, ...]

    @property
    def length(self) -> int:
        """The number of dependencies on the path; containment does not count."""
        return sum(hop.kind not in {HopKind.CONTAINS, HopKind.PART_OF} for hop in self.hops)


class DependencySearch:
    """Finds shortest paths in the direction "depends on".

    A module or package stands for everything it contains. Typing-only imports do not count, since
    they never run. A path on which every function actually calls the next is preferred to one
    through the imports of a module.
    """

    def __init__(self, facts: SystemFacts) -> None:
        self._facts = facts
        self._ids: list[str] = []
        self._number: dict[str, int] = {}
        self._successors: list[set[int]] = []
        self._references: dict[int, set[int]] = {}
        self._container: dict[int, int] = {}
        for edge in edges(facts):
            source, target = self._add(edge.source), self._add(edge.target)
            if edge.kind is EdgeKind.CONTAINS:
                self._container[target] = source
            elif edge.kind is EdgeKind.REFERENCES:
                self._references.setdefault(source, set()).add(target)
            elif _leads_on(edge):
                self._successors[source].add(target)
        for module in facts.modules:
            number = self._add(module_id(module.name))
            body = self._number.get(function_id(f"{module.name}:{MODULE_BODY}"))
            if body is not None:
                self._successors[number].add(body)

    def path(self, source: str, target: str) -> DependencyPath | None:
        """A shortest path between two node ids, or None; among equally short paths the order of the facts decides."""
        starts, goals = self._contents(source), self._contents(target)
        if starts >= goals:
            starts -= goals
        else:
            goals -= starts
        if source == target or not starts or not goals:
            return DependencyPath(source, target, ()) if source == target else None
        for reach in _Reach:
            found = self._search(starts, goals, reach)
            if found is not None:
                return DependencyPath(source, target, tuple(self._hops(source, target, found)))
        return None

    def _add(self, identifier: str) -> int:
        number = self._number.get(identifier)
        if number is None:
            number = self._number[identifier] = len(self._ids)
            self._ids.append(identifier)
            self._successors.append(set())
        return number

    def _contents(self, identifier: str) -> set[int]:
        kind = kind_of(identifier)
        if kind is NodeKind.MODULE:
            return {number for number, other in enumerate(self._ids) if _within(other, identifier)}
        if kind is NodeKind.CLASS:
            prefix = f"{name_of(identifier)}."
            return {
                number
                for number, other in enumerate(self._ids)
                if other == identifier or (kind_of(other) in _CODE and name_of(other).startswith(prefix))
            }
        return {self._number[identifier]} if identifier in self._number else set()

    def _search(self, starts: Collection[int], goals: Collection[int], reach: _Reach) -> list[int] | None:
        came_from: dict[int, int | None] = dict.fromkeys(sorted(starts))
        if any(start in self._references for start in starts):
            reach = max(reach, _Reach.FOREIGN_KEYS)
        queue = deque(came_from)
        while queue:
            node = queue.popleft()
            if node in goals:
                return _backwards(node, came_from)
            for successor in self._next(node, reach):
                if successor not in came_from:
                    came_from[successor] = node
                    queue.append(successor)
        return None

    def _next(self, node: int, reach: _Reach) -> Iterator[int]:
        yield from sorted(self._successors[node])
        if reach >= _Reach.FOREIGN_KEYS:
            yield from sorted(self._references.get(node, ()))
        if reach >= _Reach.MODULES and node in self._container:
            yield self._container[node]

    def _hops(self, source: str, target: str, found: Sequence[int]) -> Iterator[Hop]:
        names = [self._ids[number] for number in found]
        evidence = self._evidence(set(pairwise(names)))
        if names[0] != source:
            yield Hop(source, names[0], HopKind.CONTAINS, self._place(names[0]), {})
        for pair in pairwise(names):
            yield evidence[pair]
        if names[-1] != target:
            yield Hop(names[-1], target, HopKind.PART_OF, self._place(names[-1]), {})

    def _evidence(self, pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], Hop]:
        found: dict[tuple[str, str], Hop] = {}
        for edge in edges(self._facts):
            pair = (edge.source, edge.target)
            if pair in pairs and pair not in found and _leads_on(edge):
                kind = HopKind(edge.kind.value)
                found[pair] = Hop(*pair, kind, edge.location, edge.attributes)
        for source, target in pairs - found.keys():
            if kind_of(target) is NodeKind.FUNCTION:
                place = self._place(target)
                found[source, target] = Hop(source, target, HopKind.CONTAINS, place, {})
            else:
                place = self._place(source)
                found[source, target] = Hop(source, target, HopKind.PART_OF, place, {})
        return found

    def _place(self, identifier: str) -> Location | None:
        name = name_of(identifier)
        places: Iterable[tuple[str, Location]]
        match kind_of(identifier):
            case NodeKind.MODULE:
                places = ((item.name, Location(item.file, 1)) for item in self._facts.modules)
            case NodeKind.CLASS:
                places = ((item.name, item.location) for item in self._facts.classes)
            case _:
                places = ((item.name, item.location) for item in self._facts.functions)
        return next((place for other, place in places if other == name), None)


_CODE = {NodeKind.CLASS, NodeKind.FUNCTION}


def _leads_on(edge: Edge) -> bool:
    return edge.kind is not EdgeKind.CONTAINS and not edge.attributes.get("typing_only", False)


def _within(identifier: str, module: str) -> bool:
    kind = kind_of(identifier)
    if kind is NodeKind.MODULE:
        return identifier == module or identifier.startswith(f"{module}.")
    if kind not in _CODE:
        return False
    inside = module_id(name_of(identifier).partition(":")[0])
    return inside == module or inside.startswith(f"{module}.")


def _backwards(node: int, came_from: Mapping[int, int | None]) -> list[int]:
    path = [node]
    while (previous := came_from[path[-1]]) is not None:
        path.append(previous)
    return path[::-1]
