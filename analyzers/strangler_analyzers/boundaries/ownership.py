"""Assigns functions, modules, routes and entry points to services, given the assignment of tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from strangler.model.identifiers import route_id
from strangler.model.system import AccessMode, CallKind, Confidence, Route, SystemFacts, TableAccess
from strangler_analyzers.boundaries.constraints import SHARED
from strangler_analyzers.graph.reachability import TableUse
from strangler_analyzers.graph.system_graph import SystemGraph

_DEFINITIONS, _WRITES, _READS = 0, 1, 2
"""The criteria in order of precedence: declared models, writes, reads."""

_KERNEL_USERS = 4
"""Code without declared or written tables that is imported by this many services belongs to the shared kernel."""

Service = str
_Votes = tuple[Counter[str], Counter[str], Counter[str]]
"""How often code declares, writes and reads each table, or each service's tables."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """The services of tables and code; anything in none of these maps belongs to no service.

    `shared` are modules that own nothing and that several services import: the shared kernel.
    """

    tables: Mapping[str, Service]
    modules: Mapping[str, Service]
    functions: Mapping[str, Service]
    shared: frozenset[str]

    def of_function(self, function: str) -> Service | None:
        """The service of a function: that of the tables it writes, else that of its module."""
        return self.functions.get(function) or self.modules.get(function.partition(":")[0])


def telling_accesses(graph: SystemGraph) -> tuple[TableAccess, ...]:
    """The accesses of application code that are not merely possible."""
    return tuple(
        access
        for access in graph.facts.accesses
        if access.confidence is not Confidence.POSSIBLE and graph.in_application(access.function)
    )


@dataclass(frozen=True)
class Uses:
    """What code does to each table, gathered once for all assignments of tables."""

    graph: SystemGraph

    @cached_property
    def of_modules(self) -> Mapping[str, _Votes]:
        """For each module how often it declares, writes and reads each table."""
        found: defaultdict[str, _Votes] = defaultdict(_no_votes)
        for table in self.graph.facts.tables:
            if table.model is not None:
                found[table.model.partition(":")[0]][_DEFINITIONS][table.name] += 1
        for function, votes in self.of_functions.items():
            for counts, added in zip(found[function.partition(":")[0]], votes, strict=True):
                counts.update(added)
        return found

    @cached_property
    def of_functions(self) -> Mapping[str, _Votes]:
        """For each function how often it writes and reads each table."""
        found: defaultdict[str, _Votes] = defaultdict(_no_votes)
        for access in telling_accesses(self.graph):
            found[access.function][_WRITES if access.mode is AccessMode.WRITE else _READS][access.table] += 1
        return found

    @cached_property
    def importers(self) -> Mapping[str, set[str]]:
        """The modules that import each module."""
        return importers_of(self.graph.facts)


def ownership(uses: Uses, tables: Mapping[str, Service], pins: Mapping[str, Service] | None = None) -> Ownership:
    """Assign code to the service whose tables it declares or writes; reads break ties, `pins` fix modules."""
    graph, importers = uses.graph, uses.importers
    by_module = _shared_out(uses.of_modules, tables)
    by_function = _shared_out(uses.of_functions, tables)
    modules = {module: service for module, votes in by_module.items() if (service := _winner(votes)) is not None}
    functions = {name: service for name, votes in by_function.items() if (service := _winner(votes)) is not None}
    owning = {name for name, votes in by_module.items() if votes[_DEFINITIONS] or votes[_WRITES]}
    kernel = {module for module in modules if module not in owning and _is_kernel(module, modules, importers)}
    kernel |= _bases_of_several(graph, tables) & modules.keys()
    for module in kernel:
        del modules[module]
    free = graph.application_modules - by_module.keys()
    kernel |= _follow_imports(modules, free, importers)
    for module, service in sorted((pins or {}).items()):
        kernel.discard(module)
        modules.pop(module, None)
        if service == SHARED:
            kernel.add(module)
        else:
            modules[module] = service
    pinned = frozenset(pins or ())
    functions = {name: service for name, service in functions.items() if name.partition(":")[0] not in pinned}
    return Ownership(tables, modules, functions, frozenset(kernel))


def route_service(owners: Ownership, route: Route, use: TableUse) -> Service | None:
    """The service of a route: the one whose tables it writes, else reads; the handler's service breaks ties."""
    home = owners.of_function(route.handler)
    for tables in (use.writes, use.reads):
        votes = Counter(owners.tables[table] for table in tables if table in owners.tables)
        best = _leaders(votes)
        if home in best:
            return home
        if len(best) == 1:
            return best[0]
    return home


def route_name(route: Route) -> str:
    """``GET /orders/{id}``."""
    return route_id(route.method, route.path).partition(":")[2]


def _no_votes() -> _Votes:
    return Counter(), Counter(), Counter()


def _shared_out(found: Mapping[str, _Votes], tables: Mapping[str, Service]) -> Mapping[str, _Votes]:
    """The votes for services from those for tables; code that touches no service's table has none."""
    shared: dict[str, _Votes] = {}
    for code, votes in found.items():
        if any(table in tables for counts in votes for table in counts):
            shared[code] = own = _no_votes()
            for by_service, by_table in zip(own, votes, strict=True):
                for table, count in by_table.items():
                    if table in tables:
                        by_service[tables[table]] += count
    return shared


def _winner(votes: _Votes) -> Service | None:
    """The service with most definitions, else writes, else reads; None for an unbroken tie."""
    candidates: list[Service] = []
    for counter in votes:
        best = _leaders(Counter({name: counter[name] for name in candidates}) if candidates else counter)
        if len(best) == 1:
            return best[0]
        candidates = best or candidates
    return None


def _leaders(votes: Counter[Service]) -> list[Service]:
    most = max(votes.values(), default=0)
    return sorted(name for name, count in votes.items() if count == most and count > 0)


def importers_of(facts: SystemFacts) -> Mapping[str, set[str]]:
    """The modules that import each module, or for whose code a framework calls it, such as a context processor."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for item in facts.imports:
        if not item.typing_only:
            found[item.imported].add(item.importer)
    for call in facts.calls:
        if call.kind is CallKind.FRAMEWORK:
            found[call.callee.partition(":")[0]].add(call.caller.partition(":")[0])
    return found


def _is_kernel(module: str, modules: Mapping[str, Service], importers: Mapping[str, set[str]]) -> bool:
    """Whether modules of many services import it, and hardly any of its own service."""
    users = Counter(modules[importer] for importer in importers.get(module, ()) if importer in modules)
    return len(users) >= _KERNEL_USERS and 2 * users[modules[module]] < users.total()


def _bases_of_several(graph: SystemGraph, tables: Mapping[str, Service]) -> set[str]:
    """Modules without models whose classes the models of several services inherit from."""
    users: defaultdict[str, set[Service]] = defaultdict(set)
    declaring: set[str] = set()
    for table in graph.facts.tables:
        if table.model is None or table.name not in tables or table.model not in graph.classes:
            continue
        declaring.add(table.model.partition(":")[0])
        for base in graph.classes[table.model].bases:
            users[base.partition(":")[0]].add(tables[table.name])
    return {module for module, services in users.items() if len(services) > 1} - declaring


def _follow_imports(
    modules: dict[str, Service], free: Iterable[str], importers: Mapping[str, set[str]]
) -> frozenset[str]:
    """Assign modules without tables to the only service that imports them, transitively; return those of several."""
    pending = sorted(free)
    shared: set[str] = set()
    while pending:
        found: dict[str, Service] = {}
        for module in pending:
            users = {modules[importer] for importer in importers.get(module, ()) if importer in modules}
            if len(users) == 1:
                found[module] = next(iter(users))
            elif users:
                shared.add(module)
        modules.update(found)
        left = [module for module in pending if module not in found and module not in shared]
        if len(left) == len(pending):
            break
        pending = left
    return frozenset(shared)
