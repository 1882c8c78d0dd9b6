"""A proposal of services, with the evidence a team needs to judge it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from strangler_analyzers.boundaries.clustering import Clustering, cluster
from strangler_analyzers.boundaries.constraints import Constraints
from strangler_analyzers.boundaries.crossings import Crossing, CrossingKind, Evidence, evidence, needed
from strangler_analyzers.boundaries.cut_vector import Drawn, RouteTables, Term, cut_vector, dependency_depths, draw
from strangler_analyzers.boundaries.margins import Margin, margins
from strangler_analyzers.boundaries.model_importers import common_home
from strangler_analyzers.boundaries.ownership import Service, route_name, route_service
from strangler_analyzers.boundaries.service_names import service_names
from strangler_analyzers.graph.system_graph import SystemGraph

_FEW_USERS = 3
"""A table used by fewer other services than this is not part of the shared kernel."""


@dataclass(frozen=True, slots=True)
class ProposedService:
    """One service: what it owns, and what it and the others need of each other at run time.

    `medoid` is the table most similar to all its others. `copies` are tables of other services that it reads: what a
    replica or read model would hold. `depth` is the longest chain of services that a request to it can wait for.
    """

    name: Service
    medoid: str
    tables: tuple[str, ...]
    modules: tuple[str, ...]
    routes: tuple[str, ...]
    entry_points: tuple[str, ...]
    needs: Mapping[Service, int]
    gives: Mapping[Service, int]
    copies: tuple[str, ...]
    depth: int


@dataclass(frozen=True, slots=True)
class SharedTable:
    """A table that most services use and few write: an identity service, reference data, or a copy in each service."""

    table: str
    owner: Service
    users: tuple[Service, ...]


@dataclass(frozen=True, slots=True)
class SharedKernel:
    """What belongs to no single service: `modules` for a library, and `tables`, which still need one authority."""

    modules: tuple[str, ...]
    tables: tuple[SharedTable, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A proposed set of boundaries. `natural` is the number of services used if none is given.

    `notes` state what limits the trust in it.
    """

    natural: int
    services: tuple[ProposedService, ...]
    kernel: SharedKernel
    cut: tuple[Term, ...]
    cycles: tuple[tuple[Service, ...], ...]
    crossings: tuple[Crossing, ...]
    remote_hops: Mapping[str, int]
    margins: tuple[Margin, ...]
    unassigned_routes: tuple[str, ...]
    unplaced: tuple[str, ...]
    """Tables that only SQL names and that have no ties to others."""
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Study:
    """The evidence of a system, gathered once for suggestions of any granularity."""

    graph: SystemGraph
    constraints: Constraints
    clustering: Clustering
    evidence: Evidence
    routes: RouteTables

    def groups(self, clusters: int | None = None) -> Mapping[Service, Sequence[str]]:
        """The tables of each service, by name, for that many services; for None, the natural number."""
        groups: defaultdict[int, list[str]] = defaultdict(list)
        for table, number in self.clustering.partition(clusters).items():
            groups[number].append(table)
        members = [groups[number] for number in sorted(groups)]
        medoids = [self.clustering.medoid(group) for group in members]
        names = service_names(members, medoids, self.graph.applications, self.constraints.labels)
        return dict(sorted(zip(names, members, strict=True)))

    def draw(self, services: Mapping[Service, Sequence[str]]) -> Drawn:
        """The consequences of this assignment of tables."""
        tables = {table: name for name, group in services.items() for table in group}
        return draw(self.evidence, self.routes, tables, self.constraints.pins)


def study(graph: SystemGraph, constraints: Constraints | None = None) -> Study:
    """Gather the evidence for suggestions. Raises InputError if constraints contradict each other."""
    constraints = constraints or Constraints()
    routes = [(route, graph.route_tables(route)) for route in graph.facts.routes]
    return Study(graph, constraints, cluster(graph, constraints), evidence(graph), routes)


def suggest(found: Study, clusters: int | None = None) -> Suggestion:
    """Propose the given number of services, or the natural number."""
    services = found.groups(clusters)
    drawn = found.draw(services)
    needs = needed(drawn.crossings)
    routes, unassigned = _routes(found, drawn)
    proposal = _Proposal(found, drawn, needs, dependency_depths(needs, services), routes)
    return Suggestion(
        found.clustering.natural,
        tuple(proposal.service(name, tables) for name, tables in services.items()),
        _kernel(found, drawn, len(services)),
        cut_vector(found.evidence, found.routes, drawn),
        drawn.cycles,
        drawn.crossings,
        drawn.hops,
        margins(found.clustering, drawn.owners, found.evidence.accesses),
        unassigned,
        tuple(table for table in found.clustering.tables if table not in drawn.owners.tables),
        _notes(found),
    )


def _routes(found: Study, drawn: Drawn) -> tuple[Mapping[Service, Sequence[str]], tuple[str, ...]]:
    routes: defaultdict[Service, list[str]] = defaultdict(list)
    unassigned: list[str] = []
    for route, use in found.routes:
        service = route_service(drawn.owners, route, use)
        (unassigned if service is None else routes[service]).append(route_name(route))
    return routes, tuple(unassigned)


@dataclass(frozen=True, slots=True)
class _Proposal:
    study: Study
    drawn: Drawn
    needs: Mapping[Service, Mapping[Service, int]]
    depths: Mapping[Service, int]
    routes: Mapping[Service, Sequence[str]]

    def service(self, name: Service, tables: Sequence[str]) -> ProposedService:
        owners = self.drawn.owners
        return ProposedService(
            name,
            self.study.clustering.medoid(tables),
            tuple(tables),
            tuple(sorted(module for module, service in owners.modules.items() if service == name)),
            tuple(self.routes.get(name, ())),
            self._entry_points(name),
            self.needs.get(name, {}),
            {other: targets[name] for other, targets in self.needs.items() if name in targets},
            self._copies(name),
            self.depths[name],
        )

    def _entry_points(self, name: Service) -> tuple[str, ...]:
        """The entry points of its code; several of one name, such as receivers of a signal, each with its function."""
        entries = self.study.graph.facts.entry_points
        own = [item for item in entries if self.drawn.owners.of_function(item.function) == name]
        named = Counter((item.kind, item.name) for item in own)
        told = (
            f"{item.kind.value} {item.name}" + (f" ({item.function})" if named[item.kind, item.name] > 1 else "")
            for item in own
        )
        return tuple(dict.fromkeys(told))

    def _copies(self, name: Service) -> tuple[str, ...]:
        reading = {CrossingKind.READ, CrossingKind.JOIN}
        read = (item.tables for item in self.drawn.crossings if item.source == name and item.kind in reading)
        owners = self.drawn.owners.tables
        return tuple(sorted({table for tables in read for table in tables if owners[table] != name}))


def _kernel(found: Study, drawn: Drawn, services: int) -> SharedKernel:
    users: defaultdict[str, Counter[Service]] = defaultdict(Counter)
    for item in drawn.crossings:
        if item.kind in {CrossingKind.READ, CrossingKind.WRITE}:
            users[item.tables[0]][item.source] += 1
    most = max(_FEW_USERS, services // 2)
    tables = [
        SharedTable(table, drawn.owners.tables[table], tuple(sorted(by)))
        for table, by in sorted(users.items())
        if len(by) >= most
    ]
    declared = tuple(table for table in found.constraints.shared if table in found.graph.tables)
    return SharedKernel(tuple(sorted(drawn.owners.shared)), (*(SharedTable(t, "", ()) for t in declared), *tables))


def _notes(found: Study) -> tuple[str, ...]:
    notes: list[str] = []
    tables = found.clustering.tables
    common = common_home(found.graph, tables)
    if len(tables) > 1 and common is not None:
        models = [model for model in (found.graph.tables[table].model for table in tables) if model is not None]
        inside = all(model.partition(":")[0] == common for model in models)
        some = "all models" if inside else "nearly all models"
        notes.append(
            f"file signal void: {some} are in one file, {common}; files that use them still tell"
            " something, and labels in boundaries.toml tell more; say how many services there are (--services), which"
            " they tell worst"
        )
    if not tables:
        notes.append("no tables were found: there is nothing to draw boundaries between")
    notes.append(
        "a proposal, not a verdict: code shows what is used together, not who is responsible for what"
        " (docs/boundaries.md says how often it is right)"
    )
    return tuple(notes)
