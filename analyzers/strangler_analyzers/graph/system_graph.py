"""The typed interface to an analysed monolith: queries on a system's facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeVar

from strangler.model.identifiers import route_id
from strangler.model.location import Location
from strangler.model.system import (
    ANY_METHOD,
    Call,
    Class,
    Function,
    Module,
    ModuleRole,
    OutsideUse,
    Route,
    SystemFacts,
    TableAccess,
    Variant,
    variant_name,
)
from strangler.model.tables import Table
from strangler_analyzers.graph.applications import Applications
from strangler_analyzers.graph.coupling import ModuleCoupling, module_coupling
from strangler_analyzers.graph.cycles import ImportCycle, import_cycles
from strangler_analyzers.graph.dependency_path import DependencyPath, DependencySearch
from strangler_analyzers.graph.errors import AmbiguousNameError, UnknownNameError
from strangler_analyzers.graph.name_lookup import NameLookup
from strangler_analyzers.graph.reachability import Reachability, TableUse
from strangler_analyzers.graph.request_path import CallStep, PathOptions, RequestPath, Running, Tracer
from strangler_analyzers.graph.route_lookup import RouteLookup
from strangler_analyzers.graph.shared_tables import SharedTable, shared_tables
from strangler_analyzers.graph.table_names import TableNames, table_names

if TYPE_CHECKING:
    import networkx as nx

_HTTP_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class SystemGraph:
    """Answers questions about one system. Every index is built when first needed, and kept.

    Functions are named ``module:qualname`` throughout; equal facts give equal answers in equal
    order.
    """

    def __init__(self, facts: SystemFacts) -> None:
        self.facts = facts

    @cached_property
    def modules(self) -> Mapping[str, Module]:
        """Modules by name."""
        return {module.name: module for module in self.facts.modules}

    @cached_property
    def classes(self) -> Mapping[str, Class]:
        """Classes by name."""
        return {cls.name: cls for cls in self.facts.classes}

    @cached_property
    def functions(self) -> Mapping[str, Function]:
        """Functions by name."""
        return {function.name: function for function in self.facts.functions}

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """Tables by name."""
        return {table.name: table for table in self.facts.tables}

    @cached_property
    def table_names(self) -> TableNames:
        """The names of all tables, including those without facts that only a statement or a key mentions."""
        return table_names(self.facts)

    @cached_property
    def applications(self) -> Applications:
        """The assignment of modules and tables to apps."""
        return Applications(self.facts)

    @cached_property
    def coupling(self) -> tuple[ModuleCoupling, ...]:
        """The coupling of every application module, most coupled first."""
        return module_coupling(self.facts)

    @cached_property
    def cycles(self) -> tuple[ImportCycle, ...]:
        """The import cycles, largest first."""
        return import_cycles(self.facts)

    @cached_property
    def shared_tables(self) -> tuple[SharedTable, ...]:
        """The tables written from several apps, most writers first."""
        return shared_tables(self.facts, self.applications)

    @cached_property
    def application_modules(self) -> frozenset[str]:
        """The names of the modules that are neither tests nor migrations."""
        return frozenset(m.name for m in self.facts.modules if m.role is ModuleRole.APPLICATION)

    def in_application(self, function: str) -> bool:
        """Whether a function or class belongs to application code."""
        return function.partition(":")[0] in self.application_modules

    def find(self, text: str) -> str:
        """The id of the node a person means: its id, its name or the end of it, or for a route a request.

        Raises UnknownNameError, AmbiguousNameError or UnknownRouteError.
        """
        try:
            return self._names.find(text)
        except UnknownNameError:
            if "/" not in text:
                raise
        found = sorted({route_id(route.method, route.path) for route in self.find_routes(text)})
        if len(found) > 1:
            raise AmbiguousNameError(text, tuple(found))
        return found[0]

    def find_routes(self, request: str) -> tuple[Route, ...]:
        """The routes that ``METHOD /path`` means; raises UnknownRouteError."""
        return self._route_lookup.find(request)

    def entry_functions(self, route: Route) -> tuple[str, ...]:
        """The functions the framework runs for a route, middleware first.

        If the facts do not list them, it is the handler itself, or the methods of its class that
        are named like the HTTP method.
        """
        if route.entry or route.handler not in self.classes:
            return route.entry or (route.handler,)
        methods = _HTTP_METHODS if route.method == ANY_METHOD else (route.method,)
        names = [f"{route.handler}.{method.lower()}" for method in methods]
        return tuple(name for name in names if name in self.functions)

    def running(self, route: Route) -> tuple[Running, ...]:
        """The `entry_functions` with their contexts: the class that handles the route, if a variant describes it."""
        handler = route.handler
        return tuple(
            (name, handler if variant_name(name, handler) in self._variants else "")
            for name in self.entry_functions(route)
        )

    def calls_from(self, function: str) -> tuple[Call, ...]:
        """The calls a function, or a variant of one, makes, in source order."""
        return self._calls_from.get(function, ())

    def accesses_of(self, function: str) -> tuple[TableAccess, ...]:
        """The table accesses of a function or a variant, in source order."""
        return self._accesses_of.get(function, ())

    def outside_uses_of(self, function: str) -> tuple[OutsideUse, ...]:
        """The outside uses of a function or a variant, in source order."""
        return self._outside_of.get(function, ())

    @cached_property
    def answering_functions(self) -> frozenset[str]:
        """Every function that can run synchronously for some route, without middleware."""
        pending = [run for route in self.facts.routes for run in self.running(route)[route.first_own :]]
        found = set(pending)
        while pending:
            for call in self.calls_from(variant_name(*pending.pop())):
                run = (call.callee, call.context)
                if call.kind.leads_on and run not in found:
                    found.add(run)
                    pending.append(run)
        return frozenset(function for function, _ in found)

    def has_effect(self, function: str) -> bool:
        """Whether the function, or something it runs, touches a table or reaches beyond the process."""
        return self._reachability.has_effect(function)

    def tables_of(self, functions: Iterable[str]) -> TableUse:
        """The tables that some functions touch, directly or through calls."""
        return self._reachability.of(functions)

    def route_tables(self, route: Route, *, middleware: bool = False) -> TableUse:
        """The tables that a request to a route touches, optionally including those of its middleware."""
        functions = self.running(route)
        return self.tables_of(variant_name(*run) for run in functions[0 if middleware else route.first_own :])

    def request_path(self, route: Route, options: PathOptions | None = None) -> RequestPath:
        """The path of a request to a route."""
        tracer = Tracer(self, options or PathOptions())
        return tracer.request(route, self.running(route))

    def function_path(self, function: str, options: PathOptions | None = None) -> CallStep:
        """The path from a function onwards, starting at its definition."""
        known = self.functions.get(function)
        location = Location("", 0) if known is None else known.location
        return Tracer(self, options or PathOptions()).functions(((function, ""),), location)[0]

    def dependency_path(self, source: str, target: str) -> DependencyPath | None:
        """A shortest path from one node id to another in the direction "depends on"; None if there is none."""
        return self._dependency_search.path(source, target)

    def to_networkx(self) -> nx.MultiDiGraph[str]:
        """The whole graph, nodes keyed by id, with the attributes of docs/graph.md."""
        from strangler_analyzers.graph.multidigraph import (  # noqa: PLC0415 (slow to import)
            multidigraph,
        )

        return multidigraph(self.facts)

    @cached_property
    def _variants(self) -> Mapping[str, Variant]:
        return {variant.name: variant for variant in self.facts.variants}

    @cached_property
    def _names(self) -> NameLookup:
        return NameLookup(self.facts)

    @cached_property
    def _route_lookup(self) -> RouteLookup:
        return RouteLookup(self.facts.routes)

    @cached_property
    def _reachability(self) -> Reachability:
        return Reachability(self.facts)

    @cached_property
    def _dependency_search(self) -> DependencySearch:
        return DependencySearch(self.facts)

    @cached_property
    def _calls_from(self) -> Mapping[str, tuple[Call, ...]]:
        groups = _grouped(self.facts.calls, [call.caller for call in self.facts.calls])
        return {**groups, **{name: _placed(variant.calls) for name, variant in self._variants.items()}}

    @cached_property
    def _accesses_of(self) -> Mapping[str, tuple[TableAccess, ...]]:
        groups = _grouped(self.facts.accesses, [item.function for item in self.facts.accesses])
        return {**groups, **{name: _placed(variant.accesses) for name, variant in self._variants.items()}}

    @cached_property
    def _outside_of(self) -> Mapping[str, tuple[OutsideUse, ...]]:
        groups = _grouped(self.facts.outside, [item.function for item in self.facts.outside])
        return {**groups, **{name: _placed(variant.outside) for name, variant in self._variants.items()}}


class _Placed(Protocol):
    @property
    def location(self) -> Location: ...

    @property
    def column(self) -> int: ...


_PlacedT = TypeVar("_PlacedT", bound=_Placed)


def _grouped(statements: Iterable[_PlacedT], keys: Sequence[str]) -> Mapping[str, tuple[_PlacedT, ...]]:
    """Statements by key, each group in source order; at one location in the order of the facts."""
    groups: defaultdict[str, list[_PlacedT]] = defaultdict(list)
    for key, statement in zip(keys, statements, strict=True):
        groups[key].append(statement)
    return {key: _placed(group) for key, group in groups.items()}


def _placed(statements: Iterable[_PlacedT]) -> tuple[_PlacedT, ...]:
    return tuple(sorted(statements, key=lambda item: (item.location, item.column)))
