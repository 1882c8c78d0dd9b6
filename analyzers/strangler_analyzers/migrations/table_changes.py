"""Finds the tables that the migrations of an analysed monolith touch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from strangler.model.location import Location
from strangler.model.system import Module, ModuleRole, SystemFacts
from strangler_analyzers.migrations.operations import NamedModel, NamedTable, operations
from strangler_analyzers.migrations.table_change import TableChange


def table_changes(root: Path, facts: SystemFacts) -> tuple[TableChange, ...]:
    """What every migration below `root` touches of the tables in `facts`, each table of each once.

    A file that cannot be read touches nothing: the analysis has reported it.
    """
    tables = Tables(facts)
    found: dict[tuple[str, str], TableChange] = {}
    for module in facts.modules:
        if module.role is ModuleRole.MIGRATION:
            for change in _of_module(root, module, tables):
                found.setdefault((change.module, change.table), change)
    return tuple(sorted(found.values()))


def _of_module(root: Path, module: Module, tables: Tables) -> Iterator[TableChange]:
    try:
        text = (root / module.file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return
    for operation in operations(text):
        table = tables.named(operation.touched, module.name)
        if table is not None:
            yield TableChange(module.name, table, Location(module.file, operation.line), operation.name)


class Tables:
    """Finds tables by the names that migrations use."""

    def __init__(self, facts: SystemFacts) -> None:
        self._names = {table.name for table in facts.tables}
        self._models: Mapping[tuple[str, str], str] = {
            (_label(table.model.partition(":")[0], "models"), table.model.rpartition(":")[2].lower()): table.name
            for table in facts.tables
            if table.model is not None
        }

    def named(self, touched: NamedTable | NamedModel, module: str) -> str | None:
        """The table; None if unknown."""
        if isinstance(touched, NamedTable):
            return touched.name if touched.name in self._names else None
        label = touched.app or _label(module, "migrations")
        known = self._models.get((label, touched.model.lower()))
        guess = f"{label}_{touched.model.lower()}"
        return known or (guess if guess in self._names else None)


def _label(module: str, part: str) -> str:
    """The last package before ``models`` or ``migrations``: Django's default label of an app."""
    before = module.split(".")
    if part in before:
        before = before[: before.index(part)]
    return before[-1] if before else ""
