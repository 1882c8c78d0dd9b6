"""The journal in a SQLite file: triggers write it; its numbers are positions, as one writer commits at a time."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from strangler_etl.engine.journal import (
    FORGOTTEN,
    Change,
    Changes,
    Journal,
    JournaledTable,
    JournalFault,
    key_faults,
)
from strangler_etl.engine.journal_position import JournalPart, JournalPosition, parsed_position
from strangler_etl.engine.keys import key_name
from strangler_etl.engine.session import Value
from strangler_etl.errors import PutBackError
from strangler_etl.sqlite import definitions
from strangler_etl.sqlite.bytes_keys import text_of
from strangler_etl.sqlite.indexes import unique_columns
from strangler_etl.sqlite.triggers import drop_triggers

_THE_FILE = "-"
"""Stands for the file: a file cannot be told from its copy; only their records differ."""


class SQLiteJournal(Journal):
    """The journal of a SQLite file."""

    def install(self, tables: Sequence[JournaledTable]) -> frozenset[str]:
        faults = {fault.table: fault for fault in self.faults(tables)}
        for table in tables:
            if table.name in faults:
                self._begin(table, misread=faults[table.name].misread)
        return frozenset(faults)

    def faults(self, tables: Sequence[JournaledTable]) -> tuple[JournalFault, ...]:
        found = self._session.rows(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, 18) = 'strangler_journal_'"
        )
        kept = {str(name): str(sql) for name, sql in found}
        return tuple(fault for table in tables for fault in self._faults(table, kept))

    def _faults(self, table: JournaledTable, kept: Mapping[str, str]) -> Iterator[JournalFault]:
        wanted = self._triggers(table)
        if not wanted.keys() <= kept.keys():
            yield JournalFault(table.name, "has no journal")
            return
        insert = definitions.journal_trigger(table.name, "insert")
        if kept[insert] != wanted[insert].strip():
            yield JournalFault(table.name, f"is journaled by another key, and followed by {key_name(table.key)}")
            return
        primary = self._session.rows("SELECT name FROM pragma_table_info(?) WHERE pk", [table.name])
        unique = unique_columns(self._session, table.name, partial=False)
        yield from key_faults(table, [[str(name) for (name,) in primary], *unique])
        # Journaling by columns that are no longer unique is of no use.
        over = kept[definitions.journal_trigger(table.name, "insert_over")]
        if any(definitions.same_values(columns) not in over for columns in unique_columns(self._session, table.name)):
            yield JournalFault(table.name, "has more unique columns than when its journal began", misread=False)

    def _begin(self, table: JournaledTable, *, misread: bool) -> None:
        with self._session.transaction():
            drop_triggers(self._session, _triggers(table.name))
            for statement in self._triggers(table).values():
                self._session.execute(statement)
            if misread:
                self._forget_all(table.name)
            self._note_gap(table.name)

    def _triggers(self, table: JournaledTable) -> Mapping[str, str]:
        """The statements that create the table's triggers, by their names."""
        unique = unique_columns(self._session, table.name)
        statements = definitions.create_journal_triggers(self._session, table, unique)
        return dict(zip(_triggers(table.name), statements, strict=True))

    def remove(self, tables: Sequence[str]) -> None:
        with self._session.transaction():
            self._note_forgotten()
            for name in tables:
                drop_triggers(self._session, _triggers(name))
                self._session.execute("DELETE FROM strangler_journal WHERE table_name = ?", [name])

    def changes(self, since: str | None, tables: Sequence[str], most: int | None = None) -> Changes:
        read_at = time.time()
        position = self._position()
        known = JournalPosition("0") if since is None else parsed_position(since)
        if self._was_put_back(known, position):
            raise PutBackError(self._session.address)
        limit = -1 if most is None else most + 1
        found = self._session.rows(
            """
            SELECT seq, table_name, key, number FROM strangler_journal
             WHERE seq > ? AND table_name IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT ?
            """,
            [int(known.at), json.dumps(list(tables)), limit],
        )
        if more := most is not None and len(found) > most:
            found = found[:most]
            # One writer commits at a time, so all records before it are read.
            number = int(str(found[-1][0]))
            position = replace(position, at=str(number), part=JournalPart(position.at, number))
        # Each row once, with each of the numbers it has had. A row without a key may be any row.
        rows = dict.fromkeys(Change(str(table), _text(key), _text(number)) for _, table, key, number in found)
        return Changes(str(position), read_at, tuple(rows), more)

    def linked(
        self, since: str | None, changes: Iterable[Change], together: Mapping[str, Collection[str]]
    ) -> Sequence[Change]:
        given = {(name, one.key, one.number): None for one in changes for name in together[one.table]}
        after = 0 if since is None else int(parsed_position(since).at)
        found = self._session.rows(definitions.LINKED_CHANGES, [json.dumps([*given]), after])
        return [Change(str(table), _text(key), _text(number)) for table, key, number in found]

    def is_behind(self, position: str, other: str) -> bool:
        return int(parsed_position(position).at) < int(parsed_position(other).at)

    def _position(self) -> JournalPosition:
        at = str(self._session.rows(definitions.LAST_NUMBER)[0][0])
        last = int(str(self._session.rows("SELECT coalesce(max(seq), 0) FROM strangler_journal")[0][0]))
        return JournalPosition(at, _THE_FILE, last, self._stamp(last) or "-")

    def _stamp(self, number: int) -> str | None:
        """What distinguishes the record of a number from another one; None where there is none."""
        found = self._session.rows(
            "SELECT table_name, operation, key, number, written_at FROM strangler_journal WHERE seq = ?", [number]
        )
        return hashlib.sha256(repr(found[0]).encode()).hexdigest()[:16] if found else None

    def _was_put_back(self, since: JournalPosition, now: JournalPosition) -> bool:
        """Whether the file is behind the position, or has other records before it than were read."""
        if int(now.at) < int(since.newest):
            return True
        if since.last is None:
            return False
        if since.last and (stamp := self._stamp(since.last)) != since.stamp:
            forgotten = self._session.rows(
                "SELECT CAST(position AS INTEGER) FROM strangler_stream_position WHERE stream = ?", [FORGOTTEN]
            )
            if stamp is not None or not forgotten or int(str(forgotten[0][0])) < since.last:
                return True
        more = "SELECT 1 FROM strangler_journal WHERE seq > ? AND seq <= ? LIMIT 1"
        return bool(self._session.rows(more, [since.last, int(since.newest)]))

    def is_beyond(self, position: str, since: str) -> bool:
        return int(parsed_position(position).at) > int(parsed_position(since).at)

    def forget(self, until: str, tables: Sequence[str], *, published: str | None = None) -> int:
        places = [int(parsed_position(each).at) for each in (until, published) if each is not None]
        self._note_forgotten()
        self._note_pruned(until, tables)
        return self._session.execute(
            "DELETE FROM strangler_journal WHERE seq <= ? AND table_name IN (SELECT value FROM json_each(?))",
            [min(places), json.dumps(list(tables))],
        )


def _triggers(table: str) -> list[str]:
    return [definitions.journal_trigger(table, kind) for kind in definitions.JOURNAL_KINDS]


def _text(key: Value) -> str | None:
    return None if key is None else text_of(key)
