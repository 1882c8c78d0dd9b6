"""Finds the seams of a service in the graph; no source is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property

from strangler.model.location import Location
from strangler.model.system import AccessMode, Call, CallKind, Confidence, TableAccess
from strangler_analyzers.graph.elements import all_accesses, all_calls
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.graph.transactions import nearest_transactions
from strangler_analyzers.rewriting.boundary import Boundary
from strangler_analyzers.rewriting.seams import (
    ClassCall,
    CrossingKey,
    DecoratorUse,
    DynamicAccess,
    FunctionCall,
    ImportTimeCall,
    JoinedLoading,
    MethodCall,
    ModelUse,
    ModuleImport,
    QueryComposition,
    QueuedCall,
    RawSql,
    Seam,
    SignalAcross,
    SourcePosition,
    SpanningTransaction,
    Subclass,
    TemplateUse,
)

_QUERIES = frozenset({"QuerySet", "Manager", "BaseManager", "Query", "BaseQuery"})
"""The classes of Django, SQLAlchemy and Flask-SQLAlchemy whose methods go on with a query."""
_JOINED = frozenset(
    {"select_related", "prefetch_related", "joinedload", "selectinload", "subqueryload", "contains_eager"}
)
_LATER = frozenset({CallKind.ASYNC, CallKind.AFTER_COMMIT})


def find_seams(graph: SystemGraph, boundary: Boundary, around_requests: Location | None = None) -> tuple[Seam, ...]:
    """Every seam of a service in application code, by place; migrations and tests are left out.

    Access through the service's port is none. `around_requests` is where it is said that a transaction is open around
    every request.
    """
    finding = _Finding(graph, boundary, around_requests)
    found: list[Seam] = [*finding.calls(), *finding.accesses(), *finding.keys(), *finding.subclasses()]
    found += finding.ambiguous()
    found += finding.imports({seam.place.file for seam in found if not isinstance(seam, CrossingKey)})
    return tuple(sorted(set(found), key=lambda seam: (seam.place, seam.kind, repr(seam))))


class _Finding:
    """One look for seams."""

    def __init__(self, graph: SystemGraph, boundary: Boundary, around_requests: Location | None) -> None:
        self._graph = graph
        self._boundary = boundary
        self._around_requests = around_requests

    def calls(self) -> Iterator[Seam]:
        for call, _ in all_calls(self._graph.facts):
            inwards, outwards = self._is_outside(call.caller), self._boundary.holds(call.caller)
            if call.kind is CallKind.DIRECT and (call.location, call.column) in self._named:
                continue  # what decorators put in the place of the function that is named there
            if inwards and self._boundary.holds(call.callee):
                seam = self._call(call)
                if seam is not None:
                    yield seam
            elif outwards and call.kind is CallKind.SIGNAL and self._is_outside(call.callee):
                yield SignalAcross(SourcePosition.of(call.location, call.column), call.caller, call.callee)

    def accesses(self) -> Iterator[Seam]:
        for access, _ in all_accesses(self._graph.facts):
            ours = access.table in self._boundary.tables
            if ours and self._is_outside(access.function) and not self._is_inherited(access.function):
                yield self._access(access)
            elif not ours and access.operation in _JOINED and self._boundary.holds(access.function):
                yield _joined(access)

    def keys(self) -> Iterator[Seam]:
        for table in self._graph.facts.tables:
            for key in table.foreign_keys:
                if (table.name in self._boundary.tables) != (key.target_table in self._boundary.tables):
                    place = SourcePosition.of(key.location)
                    yield CrossingKey(place, table.name, key.column, key.target_table, key.on_delete)

    def subclasses(self) -> Iterator[Seam]:
        for cls in self._graph.facts.classes:
            if self._is_outside(cls.name):
                for base in cls.bases:
                    if base in self._graph.classes and self._boundary.holds(base):
                        yield Subclass(SourcePosition.of(cls.location), cls.name, base)

    def ambiguous(self) -> Iterator[Seam]:
        for call in self._graph.facts.ambiguous:
            inside = tuple(name for name in call.candidates if self._boundary.holds(name))
            if inside and self._is_outside(call.caller):
                yield DynamicAccess(SourcePosition.of(call.location), call.caller, call.name, inside)

    def imports(self, files: set[str]) -> Iterator[Seam]:
        """Imports in modules that are at no other seam; `files` are those that are."""
        for item in self._graph.facts.imports:
            outside = self._is_outside(item.importer) and item.location.file not in files
            if outside and self._boundary.holds(item.imported):
                yield ModuleImport(SourcePosition.of(item.location), f"{item.importer}:<module>", item.imported)

    def _call(self, call: Call) -> Seam | None:
        place, kind = SourcePosition.of(call.location, call.column), call.kind
        if kind is CallKind.SIGNAL:
            return SignalAcross(place, call.caller, call.callee)
        if kind is CallKind.WRAPPED:
            return None  # the decorator is outside, what it is given decides
        if kind in _LATER:
            return QueuedCall(place, call.caller, call.callee)
        if kind is CallKind.DECORATOR:
            return DecoratorUse(place, call.caller, call.callee)
        if call.confidence is Confidence.POSSIBLE:
            return DynamicAccess(place, call.caller, call.callee.rpartition(":")[2], (call.callee,))
        if kind is CallKind.FRAMEWORK:
            return TemplateUse(place, call.caller, call.callee)
        return self._direct(call, place)

    def _direct(self, call: Call, place: SourcePosition) -> Seam:
        callee = call.callee
        owner = callee.rpartition(".")[0] if "." in callee.partition(":")[2] else ""
        if callee in self._graph.classes:
            if callee in self._models:
                name = callee.partition(":")[2]
                return ModelUse(place, call.caller, self._models[callee], name, AccessMode.WRITE)
            return ClassCall(place, call.caller, callee)
        if owner in self._graph.classes:
            if self._is_query(owner):
                return QueryComposition(place, call.caller, callee, ())
            return MethodCall(place, call.caller, callee)
        if call.confidence is not Confidence.CERTAIN or owner:
            return DynamicAccess(place, call.caller, callee.rpartition(":")[2], (callee,))
        if call.caller.endswith(":<module>"):
            return ImportTimeCall(place, call.caller, callee)
        begin = self._transaction(call)
        if begin is not None:
            return SpanningTransaction(place, call.caller, callee, begin)
        return FunctionCall(place, call.caller, callee)

    def _access(self, access: TableAccess) -> Seam:
        place = SourcePosition.of(access.location, access.column)
        if access.operation.startswith("raw "):
            return RawSql(place, access.function, access.table, access.operation, access.mode)
        if access.operation in _JOINED:
            return _joined(access)
        tables = self._statements[access.function, access.location, access.column]
        if tables - self._boundary.tables:
            return QueryComposition(place, access.function, access.operation, tuple(sorted(tables)))
        return ModelUse(place, access.function, access.table, access.operation, access.mode)

    def _is_outside(self, name: str) -> bool:
        """Whether a function or class stands in application code of the rest, the port left out."""
        return self._graph.in_application(name) and not self._boundary.holds(name) and not self._boundary.is_port(name)

    def _is_inherited(self, function: str) -> bool:
        """Whether it is a method of a class outside that a class inside inherits from: it runs as one inside."""
        return function.rpartition(".")[0] in self._ancestors

    def _is_query(self, cls: str) -> bool:
        return bool({_last(base) for base in (cls, *self._bases(cls))} & _QUERIES)

    def _bases(self, cls: str) -> set[str]:
        """Every ancestor of a class: resolved where it is known, else as the source writes it."""
        found: set[str] = set()
        pending = [cls]
        while pending:
            known = self._graph.classes.get(pending.pop())
            new = set(known.bases) - found if known is not None else set[str]()
            found |= new
            pending.extend(new)
        return found

    def _transaction(self, call: Call) -> Location | None:
        """Where a transaction begins that is or may be open around a call; None if the callee would not notice it."""
        if not self._graph.has_effect(call.callee):
            return None
        begin = call.transaction or self._nearest.get(call.caller)
        if begin is None and self._around_requests is not None and call.caller in self._graph.answering_functions:
            return self._around_requests
        return begin

    @cached_property
    def _named(self) -> frozenset[tuple[Location, int]]:
        """Where a decorated function is called by its name."""
        calls = self._graph.facts.calls
        return frozenset((call.location, call.column) for call in calls if call.kind is CallKind.NAMED)

    @cached_property
    def _nearest(self) -> Mapping[str, Location]:
        return nearest_transactions(self._graph)

    @cached_property
    def _models(self) -> Mapping[str, str]:
        """The tables inside by their models."""
        tables = self._graph.facts.tables
        return {table.model: table.name for table in tables if table.model and table.name in self._boundary.tables}

    @cached_property
    def _ancestors(self) -> frozenset[str]:
        inside = (cls.name for cls in self._graph.facts.classes if self._boundary.holds(cls.name))
        return frozenset(base for name in inside for base in self._bases(name))

    @cached_property
    def _statements(self) -> Mapping[tuple[str, Location, int], set[str]]:
        """The tables of each statement."""
        tables: defaultdict[tuple[str, Location, int], set[str]] = defaultdict(set)
        for access, _ in all_accesses(self._graph.facts):
            tables[access.function, access.location, access.column].add(access.table)
        return tables


def _joined(access: TableAccess) -> Seam:
    place = SourcePosition.of(access.location, access.column)
    return JoinedLoading(place, access.function, access.table, access.operation)


def _last(name: str) -> str:
    return name.replace(":", ".").rpartition(".")[2].partition("[")[0]
