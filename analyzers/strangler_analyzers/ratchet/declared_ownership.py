"""The ownership of tables and code that strangler.toml declares, and the evidence of what crosses it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from strangler.model.system import Confidence, ModuleRole, SystemFacts, TableAccess
from strangler.project import Service
from strangler_analyzers.boundaries.constraints import SHARED, Constraints
from strangler_analyzers.boundaries.crossings import Evidence, evidence
from strangler_analyzers.boundaries.ownership import Ownership
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.rewriting.boundary import Boundary

MONOLITH = "monolith"
"""The owner of everything that no service declares."""


def declared_ownership(graph: SystemGraph, services: Mapping[str, Service], constraints: Constraints) -> Ownership:
    """Every table and module with its owner; a module belongs to the service that declares its innermost package.

    A service that declares tables but no modules owns the modules that hold models of its tables only. What
    `boundaries.toml` declares as shared has no owner, and neither has the port of a service, which exists to be
    crossed. Tests are left out, migrations are not.
    """
    tables = {table.name: MONOLITH for table in graph.facts.tables if table.name not in constraints.shared}
    tables |= {table: service.name for service in services.values() for table in service.tables}
    packages = {module: service.name for service in services.values() for module in service.modules}
    packages |= _declaring(graph.facts, tables, {service.name for service in services.values() if not service.modules})
    shared = frozenset(
        (
            *(module for module, service in constraints.pins.items() if service == SHARED),
            *_of_ports(graph.facts, services.values()),
        )
    )
    modules = {
        module.name: _owner(module.name, packages)
        for module in graph.facts.modules
        if module.role is not ModuleRole.TEST and module.name not in shared
    }
    return Ownership(tables, modules, {}, shared)


def declared_evidence(graph: SystemGraph, owners: Ownership) -> Evidence:
    """What can cross: the accesses of functions, and those that a helper makes to the table they pass to it."""
    found = evidence(graph)
    return replace(found, accesses=(*found.accesses, *_through_helpers(graph, owners)))


def _through_helpers(graph: SystemGraph, owners: Ownership) -> Iterator[TableAccess]:
    """Accesses such as ``review.soft_delete()``, defined in a shared base class, attributed to the caller."""
    variants = {variant.name: variant for variant in graph.facts.variants}
    for call in graph.facts.calls:
        variant = variants.get(call.runs)
        if variant is None or not graph.in_application(call.caller) or call.confidence is Confidence.POSSIBLE:
            continue
        helper = owners.of_function(call.callee)
        name = call.callee.rpartition(".")[2].rpartition(":")[2]
        for access in variant.accesses:
            if access.confidence is not Confidence.POSSIBLE and owners.tables.get(access.table) != helper:
                yield TableAccess(
                    call.caller,
                    call.location,
                    call.column,
                    access.table,
                    access.mode,
                    name,
                    access.confidence,
                    call.transaction,
                    call.in_loop,
                )


def _of_ports(facts: SystemFacts, services: Iterable[Service]) -> Iterator[str]:
    """The modules of the ports that `strangler rewrite` puts between the monolith and a service."""
    ports = [Boundary(item.name, item.modules, frozenset(item.tables)) for item in services if item.modules]
    return (module.name for module in facts.modules if any(port.is_port(module.name) for port in ports))


def _declaring(facts: SystemFacts, tables: Mapping[str, str], wanted: set[str]) -> Mapping[str, str]:
    """The modules that hold models of one of the `wanted` services and of no other owner."""
    found: dict[str, set[str]] = {}
    for table in facts.tables:
        if table.model is not None and table.name in tables:
            found.setdefault(table.model.partition(":")[0], set()).add(tables[table.name])
    return {
        module: owner
        for module, owners in found.items()
        if len(owners) == 1 and (owner := next(iter(owners))) in wanted
    }


def _owner(module: str, packages: Mapping[str, str]) -> str:
    name = module
    while name:
        if name in packages:
            return packages[name]
        name = name.rpartition(".")[0]
    return MONOLITH
