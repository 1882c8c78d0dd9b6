"""The neutral facts: plain names and tables, without concepts of this tool.

::

    {"routes":   [{"path": "/a/{id}/", "methods": ["GET"] | null, "handler": "pkg.mod:func"}],
     "tables":   [{"table": "shop_order", "model": "pkg.mod:Order" | null, "columns": ["id"],
                   "foreign_keys": [{"column": "user_id", "ref_table": "auth_user", "ref_column": "id"}]}],
     "imports":  [["pkg.a", "pkg.b"]],
     "calls":    [["pkg.mod:caller", "pkg.mod:Class.callee"]],
     "requests": [{"path": "/a/{id}/", "method": "GET", "reads": ["t"], "writes": ["t"], "may_write": ["t"]}],
     "function_tables": {"pkg.mod:func": {"reads": ["t"], "writes": ["t"]}}}

``methods`` is null where the handler answers every method; its requests are listed for GET and
POST. Requests name what the handler touches, directly or through calls, not its middleware and
not work it only queues; and what is read to make an object that middleware hung on the request to
be made when it is first used (`SimpleLazyObject`), where the handler uses it. What is written only in
making such an object, where a cache has no answer yet, or by the database itself (a foreign key says
ON DELETE), it `may_write`; functions have the statements' tables alone. Tables of installed packages,
which the system's own code does not declare, are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import TypedDict

import msgspec

from strangler.model.location import Location
from strangler.model.system import ANY_METHOD, AccessMode, Call, CallKind, SystemFacts, TableAccess
from strangler.model.tables import Table, TableOrigin
from strangler_analyzers.graph.elements import all_accesses, all_calls
from strangler_analyzers.graph.system_graph import SystemGraph


class RouteFact(TypedDict):
    """A path, the methods one handler answers there (None for all), and the handler."""

    path: str
    methods: list[str] | None
    handler: str


class ForeignKeyFact(TypedDict):
    """A reference to another table."""

    column: str
    ref_table: str
    ref_column: str


class TableFact(TypedDict):
    """A table, the class that maps it, and what it consists of."""

    table: str
    model: str | None
    columns: list[str]
    foreign_keys: list[ForeignKeyFact]


class TablesTouched(TypedDict):
    """Names of tables, sorted."""

    reads: list[str]
    writes: list[str]


class RequestFact(TablesTouched):
    """The tables one kind of request touches."""

    path: str
    method: str
    may_write: list[str]
    """Tables written only on a cache miss, in making a lazy object on first use, or by ON DELETE."""


class NeutralFacts(TypedDict):
    """The whole document."""

    routes: list[RouteFact]
    tables: list[TableFact]
    imports: list[tuple[str, str]]
    calls: list[tuple[str, str]]
    requests: list[RequestFact]
    function_tables: dict[str, TablesTouched]


def neutral_facts(graph: SystemGraph) -> NeutralFacts:
    """The facts of a system in the neutral shape, everything sorted."""
    facts = graph.facts
    foreign = {table.name for table in facts.tables if table.origin is TableOrigin.FRAMEWORK}
    return NeutralFacts(
        routes=_routes(graph),
        tables=[_table(table) for table in facts.tables if table.name not in foreign],
        imports=sorted({(item.importer, item.imported) for item in facts.imports}),
        calls=sorted(
            {*_handed_on(graph)}
            | {
                (call.caller, call.callee)
                for call, _ in all_calls(facts)
                if call.kind not in {CallKind.ASYNC, CallKind.DECORATOR}
                and (call.callee in graph.functions or call.callee not in graph.classes)
            }
        ),
        requests=_requests(graph, foreign),
        function_tables=_function_tables(graph, foreign),
    )


def facts_json(graph: SystemGraph) -> bytes:
    """The neutral facts as indented UTF-8 JSON."""
    return msgspec.json.format(msgspec.json.encode(neutral_facts(graph)), indent=1) + b"\n"


def _handed_on(graph: SystemGraph) -> Iterator[tuple[str, str]]:
    """The functions a middleware may run by passing a request on: those that the framework runs for each route.

    A library method, named after the class that inherits it, stands for the program's functions that it runs.
    """
    run: defaultdict[str, set[str]] = defaultdict(set)
    for call in graph.facts.calls:
        if _is_inherited(graph, call.caller):
            run[call.caller].add(call.callee)
    for route in graph.facts.routes:
        functions = graph.entry_functions(route)
        for function in functions[route.first_own : len(functions) - route.helpers]:
            if function in graph.functions:
                reached = run[function] if _is_inherited(graph, function) else {function}
                yield from ((dispatcher, each) for dispatcher in graph.facts.dispatchers for each in sorted(reached))


def _is_inherited(graph: SystemGraph, name: str) -> bool:
    """Whether a function is a library method, which has the location of the class that inherits it."""
    function, owner = graph.functions.get(name), graph.classes.get(name.rpartition(".")[0])
    return function is not None and owner is not None and function.location == owner.location


def _routes(graph: SystemGraph) -> list[RouteFact]:
    methods: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for route in graph.facts.routes:
        methods[route.path, route.handler].add(route.method)
    return [
        RouteFact(
            path=path,
            methods=None if ANY_METHOD in methods[path, handler] else sorted(methods[path, handler]),
            handler=handler,
        )
        for path, handler in sorted(methods)
    ]


def _table(table: Table) -> TableFact:
    return TableFact(
        table=table.name,
        model=table.model,
        columns=[column.name for column in table.columns],
        foreign_keys=[
            ForeignKeyFact(column=key.column, ref_table=key.target_table, ref_column=key.target_column)
            for key in table.foreign_keys
        ],
    )


def _requests(graph: SystemGraph, foreign: set[str]) -> list[RequestFact]:
    reads: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    writes: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    possible: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    stated = SystemGraph(_stated(_without_memoised(graph.facts)))
    whole = SystemGraph(_with_first_uses(graph.facts)) if graph.facts.first_uses else graph
    for route in graph.facts.routes:
        use = whole.route_tables(route)
        for method in ("GET", "POST") if route.method == ANY_METHOD else (route.method,):
            reads[route.path, method].update(use.reads)
            writes[route.path, method].update(stated.route_tables(route).writes)
            possible[route.path, method].update(use.writes)
    return [
        RequestFact(
            path=path,
            method=method,
            reads=sorted(reads[path, method] - foreign),
            writes=sorted(writes[path, method] - foreign),
            may_write=sorted(possible[path, method] - writes[path, method] - foreign),
        )
        for path, method in sorted(reads)
    ]


def _without_memoised(facts: SystemFacts) -> SystemFacts:
    """The facts for the case that every cache has an answer."""
    memoised = frozenset(facts.memoised)

    def kept(calls: tuple[Call, ...]) -> tuple[Call, ...]:
        return tuple(call for call in calls if call.callee not in memoised)

    variants = tuple(replace(variant, calls=kept(variant.calls)) for variant in facts.variants)
    return replace(facts, calls=kept(facts.calls), variants=variants)


def _stated(facts: SystemFacts) -> SystemFacts:
    """The facts without the database's own actions (ON DELETE), which no statement names."""

    def kept(accesses: tuple[TableAccess, ...]) -> tuple[TableAccess, ...]:
        return tuple(access for access in accesses if not access.is_by_database)

    variants = tuple(replace(variant, accesses=kept(variant.accesses)) for variant in facts.variants)
    return replace(facts, accesses=kept(facts.accesses), variants=variants)


def _with_first_uses(facts: SystemFacts) -> SystemFacts:
    """The facts for the case that every possible first use of a lazy object is the first."""
    made: defaultdict[str, list[Call]] = defaultdict(list)
    for use in facts.first_uses:
        made[use.reader].append(Call(use.reader, Location("", 0), 0, use.maker, CallKind.FRAMEWORK))
    variants = tuple(
        replace(variant, calls=(*variant.calls, *made.get(variant.function, ()))) for variant in facts.variants
    )
    return replace(facts, calls=(*facts.calls, *chain.from_iterable(made.values())), variants=variants)


def _function_tables(graph: SystemGraph, foreign: set[str]) -> dict[str, TablesTouched]:
    touched: defaultdict[str, dict[AccessMode, set[str]]] = defaultdict(lambda: {mode: set() for mode in AccessMode})
    for access, _ in all_accesses(graph.facts):
        if access.table not in foreign and not access.is_by_database:
            touched[access.function][access.mode].add(access.table)
    return {
        function: TablesTouched(
            reads=sorted(touched[function][AccessMode.READ]),
            writes=sorted(touched[function][AccessMode.WRITE]),
        )
        for function in sorted(touched)
    }
