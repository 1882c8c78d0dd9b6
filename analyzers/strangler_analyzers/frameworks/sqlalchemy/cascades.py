"""Cascades when a session deletes an object: those of the unit of work, then those of the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from strangler_analyzers.frameworks.deletions import changed, changed_unseen, looked_for
from strangler_analyzers.frameworks.sqlalchemy.deletion_rules import DeletionRules
from strangler_analyzers.frameworks.sqlalchemy.relations import Link, Relations
from strangler_analyzers.frameworks.sqlalchemy.schema_keys import SchemaKeys
from strangler_analyzers.linker.knowledge import Access
from strangler_analyzers.linker.scope import Scope


class Cascades:
    """The other tables that deleting rows touches."""

    def __init__(self, relations: Relations) -> None:
        self._relations = relations
        self._models = relations.models
        self._keys = SchemaKeys(relations.models)
        self._rules = DeletionRules(relations, self._keys)
        self._known: dict[Scope, tuple[Access, ...]] = {}

    def of(self, scope: Scope) -> tuple[Access, ...]:
        """Accesses of deleting an instance: objects deleted with it, cleared references, association entries."""
        if scope not in self._known:
            self._known[scope] = tuple(dict.fromkeys(self._follow(scope)))
        return self._known[scope]

    def of_statement(self, tables: Iterable[str]) -> Iterator[Access]:
        """Accesses of a statement that deletes rows: the session does nothing, the database follows its keys."""
        return self._keys.of_deletion(tables)

    def _follow(self, scope: Scope) -> Iterator[Access]:
        deleted: dict[str, None] = {}
        pending = [scope]
        seen: set[Scope] = set()
        for current in pending:
            if current in seen:
                continue
            seen.add(current)
            tables = self._models.tables_of(current)
            deleted.update(dict.fromkeys(tables))
            for child in self._joined_children(current):
                yield from (
                    access for table in self._models.tables_of(child)[:1] for access in changed(table, "cascade")
                )
                pending.append(child)
            for link in self._relations.of(current):
                yield from self._across(link, tables, pending, deleted)
        yield from self._keys.of_deletion(deleted)

    def _across(
        self, link: Link, tables: tuple[str, ...], pending: list[Scope], deleted: dict[str, None]
    ) -> Iterator[Access]:
        rule = self._rules.of(link)
        if rule is None:
            return
        others = self._models.tables_of(link.target)
        operation = "cascade"
        touched = [*link.secondary]
        deleted.update(dict.fromkeys(link.secondary))
        if rule.deletes:
            touched += others
            pending.append(link.target)
        elif rule.unlinks:
            operation = "SET NULL"
            touched += [self._keys.holder(others, tables) or others[0]] if others else []
        if touched and rule.looks:
            yield from (looked_for(table, operation) for table in self._relations.tables(link))
        yield from (changed_unseen(table, operation) for table in touched)

    def _joined_children(self, scope: Scope) -> Iterator[Scope]:
        """Classes below with a table of their own beside the inherited one: an instance may be one of theirs."""
        tables = self._models.tables_of(scope)
        for child in self._models.resolver.subclasses(scope):
            own = self._models.classes.own_table(child)
            if own is not None and own not in tables and self._keys.refer((own,), tables):
                yield child
