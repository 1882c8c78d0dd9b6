"""The foreign keys of a program's tables, and their ON DELETE actions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from strangler.model.system import DATABASE_RULE
from strangler.model.tables import ForeignKey
from strangler_analyzers.frameworks.deletions import changed_unseen
from strangler_analyzers.frameworks.sqlalchemy.models import Models
from strangler_analyzers.frameworks.sqlalchemy.tables import TableFacts
from strangler_analyzers.linker.knowledge import Access

_UPDATES = frozenset({"SET NULL", "SET DEFAULT"})


class SchemaKeys:
    """All foreign keys between tables."""

    def __init__(self, models: Models) -> None:
        self._of_table: dict[str, list[ForeignKey]] = {}
        self._to_table: dict[str, list[tuple[str, ForeignKey]]] = {}
        for table in TableFacts(models).all():
            for key in table.foreign_keys:
                self._of_table.setdefault(table.name, []).append(key)
                self._to_table.setdefault(key.target_table, []).append((table.name, key))

    def refer(self, tables: Iterable[str], targets: Iterable[str]) -> bool:
        """Whether any of the tables refers to any of the targets."""
        return self.holder(tables, targets) is not None

    def holder(self, tables: Iterable[str], targets: Iterable[str]) -> str | None:
        """The first of the tables that refers to any of the targets."""
        wanted = set(targets)
        return next(
            (name for name in tables if any(key.target_table in wanted for key in self._of_table.get(name, ()))), None
        )

    def is_key(self, table: str, column: str) -> bool:
        """Whether a column refers to another table, or a row of its own."""
        return any(key.column == column for key in self._of_table.get(table, ()))

    def of_deletion(self, tables: Iterable[str]) -> Iterator[Access]:
        """The changes the database makes when rows of some tables are deleted: ON DELETE, transitively."""
        pending = list(dict.fromkeys(tables))
        seen = set(pending)
        for current in pending:
            for table, key in self._to_table.get(current, ()):
                rule = key.on_delete.upper()
                if rule == "CASCADE":
                    yield changed_unseen(table, f"{DATABASE_RULE} CASCADE")
                    if table not in seen:
                        seen.add(table)
                        pending.append(table)
                elif rule in _UPDATES:
                    yield changed_unseen(table, f"{DATABASE_RULE} {rule}")
