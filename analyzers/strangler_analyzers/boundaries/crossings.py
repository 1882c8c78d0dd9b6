"""The dependencies that cross a service boundary, each with its location and a remedy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from strangler.model.location import Location
from strangler.model.quantity import first_of
from strangler.model.system import AccessMode, Call, Confidence, TableAccess
from strangler_analyzers.boundaries.ownership import Ownership, Service, Uses, telling_accesses
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.graph.transactions import TransactionSpan, transaction_spans

_NAMED = 6
"""The most tables of a service that a remedy names; the crossing's `tables` hold all."""


class CrossingKind(StrEnum):
    """The kinds of crossings, the costliest to remove first."""

    TRANSACTION = "transaction"
    """One transaction writes tables of several services."""
    WRITERS = "writers"
    """Code of several services writes a table."""
    WRITE = "write"
    """Code of one service writes a table of another."""
    JOIN = "join"
    """One statement touches tables of several services."""
    READ = "read"
    """Code of one service reads a table of another."""
    KEY = "foreign-key"
    """A table refers to one of another service."""
    CALL = "call"
    """A function calls one of another service that touches tables or something outside."""
    CODE = "shared-code"
    """A function calls one of another service that only computes."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """One dependency that crosses from the service `source` to others.

    `function` is the function that contains it, empty for a foreign key; `tables` are those it concerns, none for a
    call; `subject` names it briefly, in the words of the source.
    """

    kind: CrossingKind
    source: Service
    targets: tuple[Service, ...]
    subject: str
    function: str
    location: Location
    tables: tuple[str, ...]
    remedy: str


@dataclass(frozen=True)
class Evidence:
    """What can cross a boundary in a system, gathered once for all ways to draw boundaries."""

    graph: SystemGraph
    accesses: tuple[TableAccess, ...]
    spans: tuple[TransactionSpan, ...]

    @cached_property
    def uses(self) -> Uses:
        """What code does to each table, which decides the ownership of the code."""
        return Uses(self.graph)

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """The first call between each two functions, of the calls that run for a request."""
        pairs: dict[tuple[str, str], Call] = {}
        for call in self.graph.facts.calls:
            if runs_for_a_request(call):
                pairs.setdefault((call.caller, call.callee), call)
        return tuple(pairs.values())

    @cached_property
    def statements(self) -> tuple[tuple[str, Location, frozenset[str]], ...]:
        """Statements that touch several tables: the function, the location, the tables."""
        found: defaultdict[tuple[str, Location, int], set[str]] = defaultdict(set)
        for access in self.accesses:
            found[access.function, access.location, access.column].add(access.table)
        return tuple((key[0], key[1], frozenset(tables)) for key, tables in found.items() if len(tables) > 1)


def evidence(graph: SystemGraph) -> Evidence:
    """Gather the evidence, without transactions that write only one table, which cannot be cut."""
    spans = tuple(span for span in transaction_spans(graph) if len(span.writes) > 1 and span.function)
    return Evidence(graph, telling_accesses(graph), spans)


def crossings(found: Evidence, owners: Ownership) -> tuple[Crossing, ...]:
    """All crossings, by kind and location."""
    items = [
        *_transactions(found, owners),
        *_writers(found, owners),
        *_accesses(found, owners),
        *_joins(found, owners),
        *_keys(found, owners),
        *_calls(found, owners),
    ]
    order = {kind: position for position, kind in enumerate(CrossingKind)}
    return tuple(sorted(items, key=lambda item: (order[item.kind], item.location, item.subject, item.targets)))


def _transactions(found: Evidence, owners: Ownership) -> Iterator[Crossing]:
    for span in found.spans:
        written: defaultdict[Service, list[str]] = defaultdict(list)
        for table in span.writes:
            if table in owners.tables:
                written[owners.tables[table]].append(table)
        if len(written) < 2:
            continue
        home = owners.of_function(span.function)
        source = home if home in written else max(sorted(written), key=lambda service: len(written[service]))
        others = tuple(sorted(set(written) - {source}))
        first = first_of(written[source], _NAMED)
        steps = "; ".join(f"{service}: {first_of(written[service], _NAMED)}" for service in others)
        yield Crossing(
            CrossingKind.TRANSACTION,
            source,
            others,
            span.function.partition(":")[2],
            span.function,
            span.begin,
            tuple(sorted(table for tables in written.values() for table in tables)),
            f"commit {first} with an outbox event, and let each follow it, with a step that takes"
            f" it back where it can fail (saga): {steps}",
        )


def _writers(found: Evidence, owners: Ownership) -> Iterator[Crossing]:
    writes: defaultdict[str, defaultdict[Service, list[TableAccess]]] = defaultdict(lambda: defaultdict(list))
    for access in found.accesses:
        writer = owners.of_function(access.function)
        if access.mode is AccessMode.WRITE and access.table in owners.tables and writer is not None:
            writes[access.table][writer].append(access)
    for table, by_service in sorted(writes.items()):
        if len(by_service) < 2:
            continue
        authority = owners.tables[table]
        others = tuple(sorted(set(by_service) - {authority}))
        first = min((a for service in others for a in by_service[service]), key=lambda a: (a.location, a.column))
        yield Crossing(
            CrossingKind.WRITERS,
            authority,
            others,
            table,
            first.function,
            first.location,
            (table,),
            f"{authority} becomes the authority of {table}; {', '.join(others)} ask it to write",
        )


def _accesses(found: Evidence, owners: Ownership) -> Iterator[Crossing]:
    seen: set[tuple[str, str, AccessMode]] = set()
    for access in found.accesses:
        owner, user = owners.tables.get(access.table), owners.of_function(access.function)
        if owner is None or user is None or owner == user:
            continue
        key = (access.function, access.table, access.mode)
        if key in seen:
            continue
        seen.add(key)
        if access.mode is AccessMode.WRITE:
            kind, remedy = CrossingKind.WRITE, f"a command of {owner}'s API, or an event {owner} follows"
        else:
            kind, remedy = (
                CrossingKind.READ,
                f"ask {owner}'s API, or keep a read model of {access.table} fed by its events",
            )
        yield Crossing(
            kind, user, (owner,), access.operation, access.function, access.location, (access.table,), remedy
        )


def _joins(found: Evidence, owners: Ownership) -> Iterator[Crossing]:
    for function, location, touched in found.statements:
        tables = [table for table in touched if table in owners.tables]
        services = {owners.tables[table] for table in tables}
        if len(services) < 2:
            continue
        home = owners.of_function(function)
        source = home if home in services else min(services)
        others = tuple(sorted(services - {source}))
        foreign = ", ".join(sorted(table for table in tables if owners.tables[table] != source))
        yield Crossing(
            CrossingKind.JOIN,
            source,
            others,
            f"{len(tables)} tables",
            function,
            location,
            tuple(sorted(tables)),
            f"compose the answers of both APIs, or keep a replica or read model of {foreign} in {source}",
        )


def _keys(found: Evidence, owners: Ownership) -> Iterator[Crossing]:
    for table in found.graph.facts.tables:
        source = owners.tables.get(table.name)
        for key in table.foreign_keys if source is not None else ():
            target = owners.tables.get(key.target_table)
            if source is None or target is None or source == target:
                continue
            yield Crossing(
                CrossingKind.KEY,
                source,
                (target,),
                f"{table.name}.{key.column}",
                "",
                key.location,
                (table.name, key.target_table),
                f"keep the key without the constraint; {target} tells of deleted rows by an event (tombstone)",
            )


def _calls(found: Evidence, owners: Ownership) -> Iterator[Crossing]:
    for call in found.calls:
        source, target = owners.of_function(call.caller), owners.of_function(call.callee)
        if source is None or target is None or source == target:
            continue
        if found.graph.has_effect(call.callee):
            kind, remedy = CrossingKind.CALL, f"{target}'s API answers it, or an event where {source} need not wait"
        else:
            kind, remedy = CrossingKind.CODE, "it only computes: a library both use, or a copy"
        yield Crossing(
            kind,
            source,
            (target,),
            call.callee,
            call.caller,
            call.location,
            (),
            remedy,
        )


def runs_for_a_request(call: Call) -> bool:
    """Whether a call runs for a request: not one that is queued, runs on import, or is merely possible."""
    at_import = call.caller.endswith(":<module>")
    return call.kind.leads_on and not at_import and call.confidence is not Confidence.POSSIBLE


def needed(found: tuple[Crossing, ...]) -> Mapping[Service, Mapping[Service, int]]:
    """How many things of each other service a service needs at run time; keys and shared code do not count."""
    needs: defaultdict[Service, defaultdict[Service, int]] = defaultdict(lambda: defaultdict(int))
    for item in found:
        if item.kind not in {CrossingKind.KEY, CrossingKind.WRITERS, CrossingKind.CODE}:
            for target in item.targets:
                needs[item.source][target] += 1
    return {service: dict(sorted(targets.items())) for service, targets in sorted(needs.items())}
