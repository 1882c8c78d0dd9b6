"""Ranks which part to extract first: few ties, nothing vital, and a route to shift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from strangler.model.quantity import quantity
from strangler.model.system import ModuleRole, Route
from strangler_analyzers.boundaries.crossings import Crossing, CrossingKind
from strangler_analyzers.boundaries.cut_vector import Drawn
from strangler_analyzers.boundaries.model_importers import owner
from strangler_analyzers.boundaries.names import words
from strangler_analyzers.boundaries.ownership import Service, route_name, route_service
from strangler_analyzers.boundaries.suggestion import Study
from strangler_analyzers.graph.system_graph import SystemGraph

REST = "monolith"
"""The name of what a part is cut from."""

_MONEY = frozenset(
    ("payment", "refund", "invoice", "charge", "payout", "billing", "ledger", "balance", "iban", "wallet", "payroll")
)
_IDENTITY = frozenset(
    ("password", "token", "session", "credential", "permission", "secret", "user", "customer", "account")
)
_PERSONAL = frozenset(("email", "phone", "address", "birthday", "birth", "street", "ip", "iban", "passport"))
_MOST_CANDIDATES = 60
_QUICK = 1_000_000
"""The calls and accesses, over all parts weighed, that can be examined in about a second."""
_HUB = 1 / 3
"""A part is a hub if more than this share of the rest's routes uses it."""


class Vital(StrEnum):
    """Reasons why a part must not be extracted first."""

    MONEY = "money"
    IDENTITY = "identity"
    HUB = "a hub"
    """Most requests pass through it."""


class Tie(StrEnum):
    """The kinds of ties that make a part costly to extract; `_COSTS` holds the cost of each occurrence."""

    OWN_TRANSACTION = "transactions of its own that write tables of the rest"
    """It commits first and then tells the rest (outbox)."""
    TRANSACTION = "transactions of the rest that write its tables"
    """The rest must wait for it, and compensate if it fails (saga)."""
    WRITER = "tables others write too"
    CALLBACK = "tables of the rest it needs"
    CALLER = "functions of the rest that need it"
    KEY_IN = "foreign keys that refer to it"
    KEY_OUT = "foreign keys that refer to the rest"
    NO_ROUTE = "no route: the gateway has nothing to shift"
    PERSONAL = "columns of personal data"
    NO_TEST = "no test calls its code"

    def told(self, count: int) -> str:
        """The tie in words, with its count if there can be several."""
        one = _ONE.get(self)
        return self.value if one is None else quantity(count, one, self.value)


_ONE: Mapping[Tie, str] = {
    Tie.OWN_TRANSACTION: "transaction of its own that writes tables of the rest",
    Tie.TRANSACTION: "transaction of the rest that writes its tables",
    Tie.WRITER: "table others write too",
    Tie.CALLBACK: "table of the rest it needs",
    Tie.CALLER: "function of the rest that needs it",
    Tie.KEY_IN: "foreign key that refers to it",
    Tie.KEY_OUT: "foreign key that refers to the rest",
    Tie.PERSONAL: "column of personal data",
}

_COSTS: Mapping[Tie, float] = {
    Tie.OWN_TRANSACTION: 2.0,
    Tie.TRANSACTION: 5.0,
    Tie.WRITER: 3.0,
    Tie.CALLBACK: 2.0,
    Tie.CALLER: 0.5,
    Tie.KEY_IN: 2.0,
    Tie.KEY_OUT: 0.5,
    Tie.NO_ROUTE: 30.0,
    Tie.PERSONAL: 1.0,
    Tie.NO_TEST: 3.0,
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A part that could be extracted. `vital` are reasons not to extract it first, each beginning with a `Vital`.

    `cost` is the total cost of its `ties`. `inside` counts the accesses of its code to its own tables: the more there
    are, the more a tie is worth. `tests` is the number of test functions that call its code; `requests` the number of
    requests to its routes in access logs, None without logs.
    """

    name: Service
    tables: tuple[str, ...]
    routes: tuple[str, ...]
    requests: int | None
    tests: int
    ties: Mapping[Tie, int]
    cost: float
    inside: int
    vital: tuple[str, ...]
    crossings: tuple[Crossing, ...]

    @property
    def relative_cost(self) -> float:
        """The cost of extraction for each use that moves with it."""
        return self.cost / max(1, self.inside)

    @property
    def vital_kinds(self) -> tuple[Vital, ...]:
        """The kinds of reasons not to extract it first."""
        return tuple(dict.fromkeys(Vital(reason.partition(":")[0]) for reason in self.vital))


def is_quickly_ordered(graph: SystemGraph) -> bool:
    """Whether `extraction_order` takes about a second; in a large system it takes as long as much of an analysis."""
    work = len(graph.facts.calls) + len(graph.facts.accesses)
    return work * min(_MOST_CANDIDATES, len(graph.facts.tables)) <= _QUICK


def extraction_order(found: Study) -> tuple[Candidate, ...]:
    """The parts that could be extracted, cheapest first, vital ones after all others.

    Parts are clusters from the natural granularity to twice as fine; of two that overlap the cheaper is kept.
    """
    candidates = sorted((candidate(found, name, tables) for name, tables in parts(found)), key=_cheapest_first)
    kept: list[Candidate] = []
    taken: set[str] = set()
    for item in candidates:
        if taken.isdisjoint(item.tables):
            taken.update(item.tables)
            kept.append(item)
    return tuple(kept)


def candidate(found: Study, name: Service, tables: Sequence[str]) -> Candidate:
    """The cost of extracting some tables and the code that moves with them."""
    inside = set(tables)
    rest = [table for table in found.clustering.tables if table not in inside]
    drawn = found.draw({name: tables, REST: rest})
    routes = [route for route, use in found.routes if route_service(drawn.owners, route, use) == name]
    tests = _tests(found.graph, drawn, name)
    ties = _ties(found, drawn, name, has_routes=bool(routes), tests=tests)
    return Candidate(
        name,
        tuple(tables),
        tuple(route_name(route) for route in routes),
        _requests(found.graph, routes),
        tests,
        {tie: count for tie, count in ties.items() if count},
        sum(_COSTS[tie] * count for tie, count in ties.items()),
        sum(
            drawn.owners.tables.get(a.table) == name == drawn.owners.of_function(a.function)
            for a in found.evidence.accesses
        ),
        tuple(_vital(found, drawn, name, inside)),
        drawn.crossings,
    )


def cheapest_with(found: Study, table: str) -> Candidate | None:
    """The cheapest part that holds a table, preferably not a vital one; None if every part is too large."""
    having = (candidate(found, name, tables) for name, tables in parts(found) if table in tables)
    return min(having, key=_cheapest_first, default=None)


def _cheapest_first(item: Candidate) -> tuple[bool, float, Service]:
    return bool(item.vital), item.relative_cost, item.name


def parts(found: Study) -> Iterator[tuple[Service, tuple[str, ...]]]:
    """The clusters that could be extracted: from natural to twice as fine, each below half of the tables."""
    natural = found.clustering.natural
    seen: set[frozenset[str]] = set()
    for clusters in range(natural, 2 * natural + 1):
        for name, tables in found.groups(clusters).items():
            key = frozenset(tables)
            if key not in seen and 2 * len(tables) < len(found.clustering.tables):
                seen.add(key)
                yield name, tuple(tables)
        if len(seen) >= _MOST_CANDIDATES:
            return


def _ties(found: Study, drawn: Drawn, name: Service, *, has_routes: bool, tests: int) -> Mapping[Tie, int]:
    kinds = Counter((item.kind, item.source == name) for item in drawn.crossings)
    needed: set[str] = set()
    callers: set[str] = set()
    for item in drawn.crossings:
        if item.kind in {CrossingKind.READ, CrossingKind.WRITE, CrossingKind.JOIN} and item.source == name:
            needed.update(table for table in item.tables if drawn.owners.tables[table] != name)
        elif item.source == REST and item.function and item.kind is not CrossingKind.CODE:
            callers.add(item.function)
    return {
        Tie.OWN_TRANSACTION: kinds[CrossingKind.TRANSACTION, True],
        Tie.TRANSACTION: kinds[CrossingKind.TRANSACTION, False],
        Tie.WRITER: kinds[CrossingKind.WRITERS, True] + kinds[CrossingKind.WRITERS, False],
        Tie.CALLBACK: len(needed),
        Tie.CALLER: len(callers),
        Tie.KEY_IN: kinds[CrossingKind.KEY, False],
        Tie.KEY_OUT: kinds[CrossingKind.KEY, True],
        Tie.NO_ROUTE: int(not has_routes),
        Tie.PERSONAL: len(_columns(found.graph, drawn.owners.tables, name, _PERSONAL)),
        Tie.NO_TEST: int(tests == 0),
    }


def _vital(found: Study, drawn: Drawn, name: Service, tables: set[str]) -> Iterator[str]:
    """The reasons why a part is vital: money, identity and permissions, or being a hub."""
    money = sorted(table for table in tables if _is_money(found.graph, table))
    if money:
        yield f"{Vital.MONEY}: {', '.join(money)}"
    paying = {
        item.function: sorted(table for table in item.tables if _is_money(found.graph, table))
        for item in drawn.crossings
        if item.kind is CrossingKind.TRANSACTION and item.source == name
    }
    together = [(function, paid) for function, paid in paying.items() if paid]
    if together:
        function, paid = together[0]
        others = f", and {quantity(len(together) - 1, 'other function')} of it likewise" if together[1:] else ""
        yield f"{Vital.MONEY}: its {function} writes {', '.join(paid)} in the same transaction{others}"
    identity = sorted(table for table in tables if _IDENTITY.intersection(words(table)))
    secrets = _columns(found.graph, drawn.owners.tables, name, frozenset(("password", "token", "secret")))
    if secrets or any(_is_identity(found.graph, table) for table in identity):
        yield f"{Vital.IDENTITY}: {', '.join(secrets or identity)}"
    passing = [route for route, use in found.routes if tables.intersection((*use.reads, *use.writes))]
    others = {route for route, use in found.routes if route_service(drawn.owners, route, use) != name}
    through = others.intersection(passing)
    if len(through) > _HUB * len(others):
        yield f"{Vital.HUB}: {len(through)} of {quantity(len(others), 'route')} of the rest touch it"
    requests, of_all = _requests(found.graph, passing), _requests(found.graph, [route for route, _ in found.routes])
    if requests and of_all and requests > _HUB * of_all:
        yield f"{Vital.HUB}: {requests:,} of {quantity(of_all, 'request')} in the access logs touch it"


def _is_money(graph: SystemGraph, table: str) -> bool:
    """Whether a table's name has words about money; for an association table, the name of its owner.

    The rest of an association's name is that of a field: ``mail_attached_invoices`` are mails with an invoice.
    """
    known = graph.tables.get(table)
    return bool(_MONEY.intersection(words((owner(known) if known is not None else None) or table)))


def _is_identity(graph: SystemGraph, table: str) -> bool:
    """Whether a table holds users or customers and many others refer to it."""
    referring = {item.name for item in graph.facts.tables for key in item.foreign_keys if key.target_table == table}
    return len(referring) > _HUB * len(graph.facts.tables) or len(referring) >= 5


def _columns(
    graph: SystemGraph, owners: Mapping[str, Service], name: Service, wanted: frozenset[str]
) -> tuple[str, ...]:
    """The columns of a part whose names contain one of the wanted words."""
    return tuple(
        f"{table.name}.{column.name}"
        for table in graph.facts.tables
        if owners.get(table.name) == name
        for column in table.columns
        if wanted.intersection(words(column.name))
    )


def _tests(graph: SystemGraph, drawn: Drawn, name: Service) -> int:
    tests = {module.name for module in graph.facts.modules if module.role is ModuleRole.TEST}
    return len(
        {
            call.caller
            for call in graph.facts.calls
            if call.caller.partition(":")[0] in tests and drawn.owners.of_function(call.callee) == name
        }
    )


def _requests(graph: SystemGraph, routes: Sequence[Route]) -> int | None:
    traffic = graph.facts.access_traffic
    if traffic is None:
        return None
    counts = {(item.path, item.method): item.requests for item in traffic.routes}
    return sum(counts.get((route.path, route.method), 0) for route in routes)
