"""Tables that more than one app writes, which a single service could not own."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from strangler.model.system import AccessMode, Confidence, ModuleRole, SystemFacts, TableAccess
from strangler_analyzers.graph.applications import Applications


@dataclass(frozen=True, slots=True)
class WritingApp:
    """An app and its writes to one table, in the order of their locations."""

    app: str
    writes: tuple[TableAccess, ...]


@dataclass(frozen=True, slots=True)
class SharedTable:
    """A table with several writing apps; `owner` is the app that holds its model, if any."""

    table: str
    owner: str | None
    writers: tuple[WritingApp, ...]


def shared_tables(facts: SystemFacts, applications: Applications) -> tuple[SharedTable, ...]:
    """Every table that application code of two or more apps writes, most writers first.

    Writes that are only possible do not count: the `save` of a common base class would write every table.
    """
    application_modules = {module.name for module in facts.modules if module.role is ModuleRole.APPLICATION}
    writes: defaultdict[str, defaultdict[str, list[TableAccess]]] = defaultdict(lambda: defaultdict(list))
    for access in facts.accesses:
        module = access.function.partition(":")[0]
        if access.mode is not AccessMode.WRITE or access.confidence is Confidence.POSSIBLE:
            continue
        if module in application_modules:
            writes[access.table][applications.of(module)].append(access)
    shared = [
        SharedTable(
            table,
            applications.of_table(table),
            tuple(WritingApp(app, _in_order(by_app[app])) for app in sorted(by_app)),
        )
        for table, by_app in writes.items()
        if len(by_app) > 1
    ]
    return tuple(sorted(shared, key=lambda item: (-len(item.writers), item.table)))


def _in_order(writes: list[TableAccess]) -> tuple[TableAccess, ...]:
    return tuple(sorted(writes, key=lambda item: (item.location, item.column, item.operation)))
