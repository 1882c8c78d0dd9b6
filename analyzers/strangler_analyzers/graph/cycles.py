"""Import cycles, and the imports that would be cheapest to remove."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from strangler.model.location import Location
from strangler.model.strong_components import strong_components
from strangler.model.system import Import, SystemFacts
from strangler_analyzers.graph.coupling import module_dependencies


@dataclass(frozen=True, slots=True)
class CycleImport:
    """An import between two modules of a cycle; `uses` counts the importer's imports of and calls into the other."""

    importer: str
    imported: str
    location: Location
    uses: int
    deferred: bool
    """Whether every import of the pair is inside a function."""

    @property
    def weight(self) -> int:
        """The cost of removing it: its uses, a little less if it is already deferred."""
        return 2 * self.uses + (not self.deferred)


@dataclass(frozen=True, slots=True)
class ImportCycle:
    """Modules that all import each other, directly or through others; typing-only imports do not count.

    `example` is a shortest ring through the first module, which it names at both ends.
    `cheapest` are imports whose removal breaks every ring, chosen greedily for few uses: a hint
    where to start, not a minimum.
    """

    modules: tuple[str, ...]
    imports: tuple[CycleImport, ...]
    example: tuple[str, ...]
    cheapest: tuple[CycleImport, ...]
    broken_by_deferring: bool
    """Whether the cycle needs imports inside functions: nothing fails on start, but the coupling remains."""


def import_cycles(facts: SystemFacts) -> tuple[ImportCycle, ...]:
    """Every import cycle, largest first."""
    uses = module_dependencies(facts)
    pairs: defaultdict[tuple[str, str], list[Import]] = defaultdict(list)
    for item in facts.imports:
        if not item.typing_only and item.importer != item.imported:
            pairs[item.importer, item.imported].append(item)
    imports = {
        pair: CycleImport(
            *pair,
            location=min(found, key=lambda item: (item.deferred, item.location)).location,
            uses=uses[pair],
            deferred=all(item.deferred for item in found),
        )
        for pair, found in pairs.items()
    }
    cycles = [_cycle(ring, imports) for ring in _rings(imports)]
    return tuple(sorted(cycles, key=lambda cycle: (-len(cycle.modules), cycle.modules)))


def _rings(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    pairs = list(pairs)
    names = sorted({name for pair in pairs for name in pair})
    number = {name: position for position, name in enumerate(names)}
    successors: list[list[int]] = [[] for _ in names]
    for source, target in sorted(pairs):
        successors[number[source]].append(number[target])
    return [[names[node] for node in component] for component in strong_components(successors) if len(component) > 1]


def _cycle(modules: Sequence[str], imports: Mapping[tuple[str, str], CycleImport]) -> ImportCycle:
    members = set(modules)
    inner = [item for pair, item in sorted(imports.items()) if pair[0] in members and pair[1] in members]
    eager = [(item.importer, item.imported) for item in inner if not item.deferred]
    return ImportCycle(
        modules=tuple(modules),
        imports=tuple(inner),
        example=_shortest_ring(modules[0], inner),
        cheapest=_cheapest(modules, inner),
        broken_by_deferring=not _rings(eager),
    )


def _shortest_ring(start: str, imports: Sequence[CycleImport]) -> tuple[str, ...]:
    successors: defaultdict[str, list[str]] = defaultdict(list)
    for item in imports:
        successors[item.importer].append(item.imported)
    came_from: dict[str, str] = {}
    queue = deque([start])
    while start not in came_from:
        module = queue.popleft()
        for successor in successors[module]:
            if successor not in came_from:
                came_from[successor] = module
                queue.append(successor)
    ring = [start, came_from[start]]
    while ring[-1] != start:
        ring.append(came_from[ring[-1]])
    return tuple(reversed(ring))


def _cheapest(modules: Sequence[str], imports: Sequence[CycleImport]) -> tuple[CycleImport, ...]:
    """The imports that point backwards in an order of the modules that keeps heavy imports forward.

    The order: Eades, Lin, Smyth, "A fast and effective heuristic for the feedback arc set
    problem" (1993), weighted by uses. Backward imports that close no ring once the others are
    removed are left out.
    """
    place = {module: number for number, module in enumerate(_order(modules, imports))}
    kept: defaultdict[str, list[str]] = defaultdict(list)
    backward: list[CycleImport] = []
    for item in imports:
        if place[item.importer] < place[item.imported]:
            kept[item.importer].append(item.imported)
        else:
            backward.append(item)
    removed: list[CycleImport] = []
    for item in sorted(backward, key=lambda item: (-item.weight, item.importer, item.imported)):
        if _leads_to(item.imported, item.importer, kept):
            removed.append(item)
        else:
            kept[item.importer].append(item.imported)
    return tuple(sorted(removed, key=lambda item: (item.weight, item.importer, item.imported)))


def _order(modules: Sequence[str], imports: Sequence[CycleImport]) -> list[str]:
    out: dict[str, dict[str, int]] = {module: {} for module in modules}
    into: dict[str, dict[str, int]] = {module: {} for module in modules}
    for item in imports:
        out[item.importer][item.imported] = item.weight
        into[item.imported][item.importer] = item.weight
    first: list[str] = []
    last: list[str] = []
    while out:
        sinks = [module for module in out if not out[module]]
        sources = [module for module in out if not into[module] and out[module]]
        chosen = sinks or sources
        if not chosen:
            surplus = {m: sum(out[m].values()) - sum(into[m].values()) for m in out}
            chosen = [max(out, key=lambda module: surplus[module])]
        (last if sinks else first).extend(chosen)
        for module in chosen:
            for other in out.pop(module):
                into[other].pop(module, None)
            for other in into.pop(module):
                if other in out:
                    out[other].pop(module, None)
    return first + last[::-1]


def _leads_to(start: str, goal: str, successors: Mapping[str, Sequence[str]]) -> bool:
    seen = {start}
    queue = deque([start])
    while queue:
        for successor in successors.get(queue.popleft(), ()):
            if successor == goal:
                return True
            if successor not in seen:
                seen.add(successor)
                queue.append(successor)
    return False
