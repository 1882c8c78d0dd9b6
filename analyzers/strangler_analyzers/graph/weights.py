"""The attributes that logs add to nodes and edges of the graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from strangler.model.system import AccessMode, Call, Route, SystemFacts, TableAccess

Attribute: TypeAlias = str | int | bool
"""The value of a node or edge attribute: scalars only, which every file format can hold."""


class Weights:
    """The attributes from logs and a recorded run.

    There are none without logs or a run; with them, whatever they do not mention gets zeros and False.
    """

    def __init__(self, facts: SystemFacts) -> None:
        access, statements = facts.access_traffic, facts.statement_traffic
        self._has_access, self._has_statements = access is not None, statements is not None
        self._routes = {} if access is None else {(item.path, item.method): item for item in access.routes}
        self._run = facts.observed
        self._calls = frozenset[tuple[str, str]]()
        self._accesses = frozenset[tuple[str, str, AccessMode]]()
        if self._run is not None:
            self._calls = frozenset((*self._run.calls, *self._run.library_calls))
            reads = ((function, table, AccessMode.READ) for function, table in self._run.reads)
            writes = ((function, table, AccessMode.WRITE) for function, table in self._run.writes)
            self._accesses = frozenset((*reads, *writes))
        self._tables = {} if statements is None else {item.table: item for item in statements.tables}

    def of_route(self, route: Route) -> Mapping[str, Attribute]:
        """Requests, errors and times of a route, in whole milliseconds."""
        if not self._has_access:
            return {}
        found = self._routes.get((route.path, route.method))
        if found is None:
            return {"requests": 0, "client_errors": 0, "server_errors": 0}
        times = {"p50_ms": found.p50_ms, "p95_ms": found.p95_ms, "p99_ms": found.p99_ms}
        return {
            "requests": found.requests,
            "client_errors": found.client_errors,
            "server_errors": found.server_errors,
            **{name: round(time) for name, time in times.items() if time is not None},
        }

    def of_entry(self, route: Route) -> Mapping[str, Attribute]:
        """How often requests to a route ran its functions."""
        if not self._has_access:
            return {}
        found = self._routes.get((route.path, route.method))
        return {"requests": 0 if found is None else found.requests}

    def of_table(self, table: str) -> Mapping[str, Attribute]:
        """The numbers of statements that read and wrote a table."""
        if not self._has_statements:
            return {}
        found = self._tables.get(table)
        return {
            "statements_read": 0 if found is None else found.reads,
            "statements_written": 0 if found is None else found.writes,
        }

    def of_call(self, call: Call) -> Mapping[str, Attribute]:
        """Whether a recorded run showed the call, directly or through a library."""
        return {} if self._run is None else {"observed": (call.caller, call.callee) in self._calls}

    def of_access(self, access: TableAccess) -> Mapping[str, Attribute]:
        """Whether, in a recorded run, the function was the nearest one to a statement that read or wrote the table."""
        if self._run is None:
            return {}
        return {"observed": (access.function, access.table, access.mode) in self._accesses}
