"""The rules of the ratchet: pure functions of the graph and the declarations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from strangler.model.quantity import first_of
from strangler.model.system import AccessMode
from strangler.project import Service, Targets
from strangler_analyzers.boundaries.constraints import Constraints
from strangler_analyzers.boundaries.crossings import Crossing, CrossingKind, Evidence, crossings, needed
from strangler_analyzers.boundaries.cut_vector import dependency_depths, remote_hops, rings
from strangler_analyzers.boundaries.ownership import Ownership
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.migrations.incompatibility import EXCUSE, Incompatibility
from strangler_analyzers.migrations.table_change import TableChange
from strangler_analyzers.ratchet.declared_ownership import MONOLITH, declared_evidence, declared_ownership
from strangler_analyzers.ratchet.findings import Finding, Rule

_RULE_OF: Mapping[CrossingKind, Rule] = {
    CrossingKind.TRANSACTION: Rule.TRANSACTION,
    CrossingKind.WRITE: Rule.FOREIGN_WRITE,
    CrossingKind.JOIN: Rule.FOREIGN_JOIN,
    CrossingKind.READ: Rule.FOREIGN_READ,
    CrossingKind.KEY: Rule.FOREIGN_KEY,
    CrossingKind.CALL: Rule.DEPENDENCY,
    CrossingKind.CODE: Rule.DEPENDENCY,
}
"""The rule that each kind of crossing breaks; several writers are reported writer by writer."""

_SHOWN = 6
"""The most tables that a message names."""

Needs = Mapping[str, Mapping[str, int]]


def breaches(
    graph: SystemGraph, services: Mapping[str, Service], targets: Targets, constraints: Constraints
) -> tuple[Finding, ...]:
    """All breaches, costliest rules first, then by location; one finding for each subject."""
    owners = declared_ownership(graph, services, constraints)
    found = declared_evidence(graph, owners)
    crossing = crossings(found, owners)
    needs = needed(crossing)
    everything = [
        *_crossed(crossing, owners),
        *_writers(found, owners),
        *_imports(graph, owners),
        *_cycles(needs, crossing),
        *_depth(needs, services, targets),
        *_latency(graph, owners, targets),
    ]
    return ordered(everything)


def migration_breaches(changes: Iterable[TableChange], owners: Ownership) -> Iterator[Finding]:
    """Migrations that touch tables of another owner than that of their package."""
    for change in changes:
        source, target = owners.modules.get(change.module), owners.tables.get(change.table)
        if source is not None and target is not None and source != target:
            yield Finding(
                Rule.MIGRATION,
                source,
                (target,),
                f"{change.module} -> {change.table}",
                f"a migration of {source} touches {change.table} of {target}: {change.module} ({change.operation})",
                change.location,
                f"let a migration of {target} do it",
            )


def incompatible_migrations(found: Iterable[Incompatibility], owners: Ownership) -> Iterator[Finding]:
    """Steps of new migrations that are incompatible with the previous release."""
    for item in found:
        column = f".{item.column}" if item.column else ""
        yield Finding(
            Rule.INCOMPATIBLE,
            owners.modules.get(item.module) or MONOLITH,
            (),
            f"{item.module} {item.kind} {item.table}{column}",
            f"the release before cannot live with a migration that {item.told}: {item.module} ({item.operation})",
            item.location,
            f"{item.remedy}; or say why it may be in a comment of that line: {EXCUSE} REASON",
        )


def ordered(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings by rule and location, each subject once."""
    rank = {rule: number for number, rule in enumerate(Rule)}
    single: dict[tuple[str, str], Finding] = {}
    for item in sorted(findings, key=lambda item: (rank[item.rule], _place(item), item.subject)):
        single.setdefault(item.key, item)
    return tuple(single.values())


def _place(item: Finding) -> tuple[str, int]:
    return ("", 0) if item.location is None else (item.location.file, item.location.line)


def _crossed(crossing: Sequence[Crossing], owners: Ownership) -> Iterator[Finding]:
    for item in crossing:
        rule = _RULE_OF.get(item.kind)
        if rule is not None:
            foreign = [table for table in item.tables if owners.tables.get(table) != item.source]
            yield Finding(
                rule,
                item.source,
                item.targets,
                _subject(item, foreign),
                _message(item, foreign),
                item.location,
                item.remedy,
            )


def _subject(item: Crossing, foreign: Sequence[str]) -> str:
    match item.kind:
        case CrossingKind.TRANSACTION:
            return f"{item.function} -> {', '.join(sorted((item.source, *item.targets)))}"
        case CrossingKind.KEY:
            return f"{item.subject} -> {item.tables[1]}"
        case CrossingKind.CALL | CrossingKind.CODE:
            return f"{item.function} -> {item.subject}"
        case _:
            return f"{item.function} -> {', '.join(foreign)}"


def _message(item: Crossing, foreign: Sequence[str]) -> str:
    others = ", ".join(item.targets)
    tables = first_of(foreign, _SHOWN)
    match item.kind:
        case CrossingKind.TRANSACTION:
            return f"{item.source} and {others} commit together in {item.function}: {others} with {tables}"
        case CrossingKind.WRITE:
            return f"{item.source} writes {tables} of {others}: {item.function} ({item.subject})"
        case CrossingKind.READ:
            return f"{item.source} reads {tables} of {others}: {item.function} ({item.subject})"
        case CrossingKind.JOIN:
            return f"a statement of {item.source} joins {tables} of {others}: {item.function}"
        case CrossingKind.KEY:
            return f"{item.subject} of {item.source} refers to {item.tables[1]} of {others}"
        case _:
            return f"{item.source} calls {item.subject} of {others}: {item.function}"


def _writers(found: Evidence, owners: Ownership) -> Iterator[Finding]:
    """Findings for writers of a table other than its owner; the owner need not write it yet."""
    seen: set[tuple[str, str]] = set()
    for access in sorted(found.accesses, key=lambda access: (access.location, access.column)):
        owner, writer = owners.tables.get(access.table), owners.of_function(access.function)
        if access.mode is not AccessMode.WRITE or owner is None or writer is None or writer == owner:
            continue
        if (access.table, writer) not in seen:
            seen.add((access.table, writer))
            yield Finding(
                Rule.SEVERAL_WRITERS,
                writer,
                (owner,),
                f"{writer} -> {access.table}",
                f"{writer} writes {access.table} besides its owner {owner}: {access.function}",
                access.location,
                f"{owner} is the authority of {access.table}; {writer} asks it to write",
            )


def _imports(graph: SystemGraph, owners: Ownership) -> Iterator[Finding]:
    for item in graph.facts.imports:
        source, target = owners.modules.get(item.importer), owners.modules.get(item.imported)
        if not item.typing_only and source is not None and target is not None and source != target:
            yield Finding(
                Rule.DEPENDENCY,
                source,
                (target,),
                f"{item.importer} -> {item.imported}",
                f"{source} imports {item.imported} of {target}: {item.importer}",
                item.location,
                f"ask {target}'s API; what only computes goes to a library, pinned as shared in boundaries.toml",
            )


def _cycles(needs: Needs, crossing: Sequence[Crossing]) -> Iterator[Finding]:
    for ring in rings(needs):
        first = next(item for item in crossing if item.source in ring and set(item.targets) & set(ring))
        yield Finding(
            Rule.CYCLE,
            ring[0],
            tuple(ring[1:]),
            " <-> ".join(ring),
            f"{', '.join(ring)} need each other while they run",
            first.location,
            "turn one direction into events, or into data that is copied",
        )


def _depth(needs: Needs, services: Mapping[str, Service], targets: Targets) -> Iterator[Finding]:
    if targets.depth is None:
        return
    for service, depth in sorted(dependency_depths(needs, (*services, MONOLITH)).items()):
        if depth > targets.depth:
            yield Finding(
                Rule.DEPTH,
                service,
                tuple(sorted(needs.get(service, {}))),
                service,
                f"a request to {service} can wait for a chain of {depth} services; [targets] depth is {targets.depth}",
                None,
                "copy what it reads, merge two services of the chain, or follow events",
            )


def _latency(graph: SystemGraph, owners: Ownership, targets: Targets) -> Iterator[Finding]:
    if targets.p99 is None:
        return
    routes = [(route, graph.route_tables(route)) for route in graph.facts.routes]
    places = {f"{route.method} {route.path}": route.location for route, _ in routes}
    for name, hop in remote_hops(owners, routes).items():
        added = hop.count * targets.round_trip
        if added > targets.p99:
            yield Finding(
                Rule.LATENCY,
                hop.home or MONOLITH,
                hop.others,
                name,
                f"{name} waits for {hop.count} other services, {added:g} ms in a row;"
                f" [targets] p99 is {targets.p99:g} ms",
                places[name],
                f"let {hop.home or MONOLITH} keep a read model, or merge it with {hop.others[0]}",
            )
