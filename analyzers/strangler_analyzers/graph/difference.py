"""The difference between two analyses of a system: new and removed nodes and edges, and the coupling of its apps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from strangler.model.identifiers import NodeKind, kind_of, name_of
from strangler.model.location import Location
from strangler.model.system import ModuleRole, SystemFacts
from strangler_analyzers.graph.applications import Applications
from strangler_analyzers.graph.coupling import module_dependencies
from strangler_analyzers.graph.elements import EdgeKind, edges, nodes

_OF_CODE = frozenset({NodeKind.MODULE, NodeKind.CLASS, NodeKind.FUNCTION})
_LEFT_OUT = frozenset({EdgeKind.CONTAINS, EdgeKind.OBSERVED})
"""Edges left out: containment only locates code, and observations depend on the recorded run."""


@dataclass(frozen=True, slots=True, order=True)
class EdgeName:
    """A dependency between two node ids, regardless of its locations and their number."""

    kind: EdgeKind
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class ChangedEdge:
    """A dependency that only one of the analyses has, with its first location there."""

    edge: EdgeName
    location: Location | None


@dataclass(frozen=True, slots=True)
class CouplingChange:
    """The imports and calls from one app to another, before and after."""

    source: str
    target: str
    before: int
    after: int

    @property
    def change(self) -> int:
        """The change in number: above 0 if the coupling grew."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Difference:
    """The changes from the first analysis to the second; `before` and `after` count imports and calls between apps."""

    new_nodes: tuple[str, ...]
    gone_nodes: tuple[str, ...]
    new_edges: tuple[ChangedEdge, ...]
    gone_edges: tuple[ChangedEdge, ...]
    coupling: tuple[CouplingChange, ...]
    before: int
    after: int


def difference(before: SystemFacts, after: SystemFacts) -> Difference:
    """Compare two analyses of one system, without tests; moved lines do not count as a difference."""
    first, second = _edges(before), _edges(after)
    old, new = _nodes(before), _nodes(after)
    coupled, coupled_now = _app_coupling(before), _app_coupling(after)
    pairs = sorted({*coupled, *coupled_now})
    changes = [CouplingChange(*pair, coupled[pair], coupled_now[pair]) for pair in pairs]
    return Difference(
        tuple(sorted(new - old)),
        tuple(sorted(old - new)),
        _only(second, first),
        _only(first, second),
        tuple(sorted((item for item in changes if item.change), key=lambda item: (-abs(item.change), item.source))),
        coupled.total(),
        coupled_now.total(),
    )


def _only(edges: Mapping[EdgeName, Location | None], others: Mapping[EdgeName, object]) -> tuple[ChangedEdge, ...]:
    return tuple(ChangedEdge(name, edges[name]) for name in sorted(edges) if name not in others)


def _edges(facts: SystemFacts) -> Mapping[EdgeName, Location | None]:
    tests = _tests(facts)
    found: dict[EdgeName, Location | None] = {}
    for edge in edges(facts):
        if edge.kind not in _LEFT_OUT and not _of(tests, edge.source) and not _of(tests, edge.target):
            found.setdefault(EdgeName(edge.kind, edge.source, edge.target), edge.location)
    return found


def _nodes(facts: SystemFacts) -> set[str]:
    tests = _tests(facts)
    return {node.id for node in nodes(facts) if not _of(tests, node.id)}


def _of(modules: frozenset[str], identifier: str) -> bool:
    return kind_of(identifier) in _OF_CODE and name_of(identifier).partition(":")[0] in modules


def _tests(facts: SystemFacts) -> frozenset[str]:
    return frozenset(module.name for module in facts.modules if module.role is ModuleRole.TEST)


def _app_coupling(facts: SystemFacts) -> Counter[tuple[str, str]]:
    applications = Applications(facts)
    own = frozenset(module.name for module in facts.modules if module.role is ModuleRole.APPLICATION)
    found: Counter[tuple[str, str]] = Counter()
    for (source, target), count in module_dependencies(facts).items():
        if source in own and target in own:
            pair = (applications.of(source), applications.of(target))
            if pair[0] != pair[1]:
                found[pair] += count
    return found
