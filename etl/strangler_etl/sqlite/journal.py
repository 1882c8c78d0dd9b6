"""The journal in a SQLite file: triggers write it, and its numbers are positions: one writer commits at a time."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from strangler_etl.engine.journal import Change, Changes, Journal, JournaledTable, put_back
from strangler_etl.engine.session import text
from strangler_etl.sqlite import definitions
from strangler_etl.sqlite.indexes import unique_columns
from strangler_etl.sqlite.triggers import drop_triggers, tables_with


class SQLiteJournal(Journal):
    """The journal of a SQLite file."""

    def install(self, tables: Sequence[JournaledTable]) -> frozenset[str]:
        present = self.tables()
        begun = [table for table in tables if table.name not in present]
        for table in begun:
            with self._session.transaction():
                drop_triggers(self._session, _triggers(table.name))
                unique = unique_columns(self._session, table.name)
                for statement in definitions.create_journal_triggers(self._session, table, unique):
                    self._session.execute(statement)
                self._note_beginning(table.name)
        return frozenset(table.name for table in begun)

    def remove(self, tables: Sequence[str]) -> None:
        with self._session.transaction():
            for name in tables:
                drop_triggers(self._session, _triggers(name))
                self._session.execute("DELETE FROM strangler_journal WHERE table_name = ?", [name])

    def tables(self) -> frozenset[str]:
        return tables_with(self._session, "strangler_journal_", len(definitions.JOURNAL_KINDS))

    def changes(self, since: str | None, tables: Sequence[str]) -> Changes:
        read_at = time.time()
        position = str(self._session.rows(definitions.LAST_NUMBER)[0][0])
        if int(position) < int(since or 0):
            raise put_back(self._session.address)
        # Each row once, with each of the numbers it has had.
        found = self._session.rows(
            """
            SELECT DISTINCT table_name, key, number FROM strangler_journal
             WHERE seq > ? AND table_name IN (SELECT value FROM json_each(?)) ORDER BY table_name, key, number
            """,
            [int(since or 0), json.dumps(list(tables))],
        )
        # A row without a key may be any one.
        return Changes(position, read_at, tuple(Change(str(t), text(key), text(number)) for t, key, number in found))

    def forget(self, until: str, tables: Sequence[str]) -> int:
        return self._session.execute(
            "DELETE FROM strangler_journal WHERE seq <= ? AND table_name IN (SELECT value FROM json_each(?))",
            [int(until), json.dumps(list(tables))],
        )


def _triggers(table: str) -> list[str]:
    return [definitions.journal_trigger(table, kind) for kind in definitions.JOURNAL_KINDS]
