"""The journal in a PostgreSQL database: statement triggers write it, snapshots of transactions are positions in it."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from strangler_etl.engine.journal import (
    Change,
    Changes,
    Journal,
    JournaledTable,
    JournalFault,
    JournalRecord,
    RecordRange,
)
from strangler_etl.engine.journal_position import JournalPart, JournalPosition, parsed_position, place_of
from strangler_etl.engine.session import Row, Value, text
from strangler_etl.errors import LockTimeoutError, PutBackError
from strangler_etl.postgres import catalogue, journal_queries, trigger_definitions
from strangler_etl.postgres.kept_journal import KeptJournal, faults_of, journal_arguments, kept_journals, noted_columns
from strangler_etl.postgres.locks import lock_timeout
from strangler_etl.postgres.notation import literal
from strangler_etl.postgres.partitions import partition_faults, partitions_of
from strangler_etl.postgres.triggers import drop_triggers, tables_owned

_LOCK_SECONDS = 0.2
_LOCK_PAUSE = 0.5
_LOCK_TRIES = 40
_FORGOTTEN_AT_ONCE = 10_000
_TRIGGERS = (*trigger_definitions.JOURNAL_TRIGGERS, trigger_definitions.TRUNCATE_TRIGGER)


class PostgresJournal(Journal):
    """The journal of a PostgreSQL database."""

    images = True

    def install(self, tables: Sequence[JournaledTable]) -> frozenset[str]:
        faults = {fault.table: fault for fault in self.faults(tables)}
        for table in tables:
            if table.name in faults:
                self._begin(table, misread=faults[table.name].misread)
        return frozenset(faults)

    def faults(self, tables: Sequence[JournaledTable]) -> tuple[JournalFault, ...]:
        kept = kept_journals(self._session, [table.name for table in tables])
        return tuple(fault for table in tables for fault in self._faults(table, kept.get(table.name)))

    def _faults(self, table: JournaledTable, kept: KeptJournal | None) -> Iterator[JournalFault]:
        found = tuple(faults_of(table, kept))
        yield from found
        if kept and kept.partitioned and not found:
            yield from partition_faults(table, kept, partitions_of(self._session, table.name))

    def _begin(self, table: JournaledTable, *, misread: bool) -> None:
        if misread and self.length([table.name]):
            # Most of it, before anybody has to wait.
            self._note_gap(table.name, "what was journaled of it may be meant for other keys")
            while self._forget_all(table.name, most=_FORGOTTEN_AT_ONCE) == _FORGOTTEN_AT_ONCE:
                pass
        # A waiting lock request makes all later writers wait, so each wait is short, and repeated.
        for left in reversed(range(_LOCK_TRIES)):
            try:
                with self._session.transaction(), lock_timeout(self._session, [table.name], _LOCK_SECONDS):
                    self._create(table)
                    if misread:
                        self._forget_all(table.name)
                    self._note_gap(table.name)
            except LockTimeoutError:
                if not left:
                    raise
                time.sleep(_LOCK_PAUSE)
            else:
                return

    def _create(self, table: JournaledTable) -> None:
        session, name = self._session, self._session.quoted(table.name)
        arguments = [literal(argument) for argument in journal_arguments(table)]
        before: Sequence[str] | None = None
        # Once the table has its triggers, nobody can attach a partition or rename a column any more.
        while before != (noted := self._noted(table)):
            self._drop(table.name)
            session.execute(trigger_definitions.journal_triggers(name, arguments, [literal(each) for each in noted]))
            before = noted
        partitions = partitions_of(session, table.name)
        for partition in partitions:
            session.execute(trigger_definitions.journal_triggers(partition.name, arguments, []))
        owned = [name] if tables_owned(session, [table.name]) else []
        for each in (*owned, *(partition.name for partition in partitions if partition.owned)):
            session.execute(trigger_definitions.always_journal(each))

    def _noted(self, table: JournaledTable) -> Sequence[str]:
        """The facts about a table that its journal remembers."""
        kept = kept_journals(self._session, [table.name]).get(table.name)
        partitions = [each.oid for each in partitions_of(self._session, table.name)]
        return [*partitions, *([noted_columns(table, kept)] if kept else [])]

    def _drop(self, table: str) -> None:
        drop_triggers(self._session, table, _TRIGGERS)
        for partition in partitions_of(self._session, table):
            for trigger in partition.triggers:
                self._session.execute(f"DROP TRIGGER {trigger} ON {partition.name}")

    def remove(self, tables: Sequence[str]) -> None:
        with self._session.transaction():
            for name in tables:
                self._drop(name)
            self._note_forgotten()
            self._session.execute("DELETE FROM strangler.journal WHERE table_name = ANY(%s)", [list(tables)])

    def changes(self, since: str | None, tables: Sequence[str], most: int | None = None) -> Changes:
        at, read_at, journal, last, stamp = self._session.rows(journal_queries.POSITION)[0]
        position = JournalPosition(str(at), str(journal), int(str(last)), str(stamp))
        known = None if since is None else parsed_position(since)
        if known is not None and self._was_put_back(known, position):
            raise PutBackError(self._session.address)
        named = self._named(tables)
        found = self._waiting(known, list(named), most) if tables else list[Row]()
        if more := most is not None and len(found) > most:
            found = found[:most]
            part = JournalPart(position.at, int(str(found[-1][0])))
            position = replace(position, at=known.at if known else journal_queries.NOTHING_SEEN, part=part)
        changes = (Change(named[str(table)], text(key), text(number)) for *_, table, key, number in found)
        return Changes(str(position), float(str(read_at)), tuple(dict.fromkeys(changes)), more)

    def _waiting(self, since: JournalPosition | None, tables: Sequence[str], most: int | None) -> Sequence[Row]:
        """Table, key and number of the changes since a position; of up to one record more than `most`, number first."""
        beyond = _beyond(since, tables)
        if most is None:
            return self._session.rows(journal_queries.CHANGES, beyond)
        if since is None or (part := since.part) is None:
            return self._session.rows(journal_queries.FIRST_CHANGES, [*beyond, most + 1])
        after, until, names = part.number, part.until, list(tables)
        following: list[Value] = [after, names, since.at, most + 1, after, names, until, until, most + 1]
        return self._session.rows(journal_queries.NEXT_CHANGES, following)

    def linked(
        self, since: str | None, changes: Iterable[Change], together: Mapping[str, Collection[str]]
    ) -> Sequence[Change]:
        named = self._named(list(together))
        given = [
            (name, one.key, one.number)
            for one in changes
            for name, root in named.items()
            if root in together[one.table]
        ]
        columns: list[Value] = [list(column) for column in zip(*dict.fromkeys(given), strict=True)]
        if not columns:
            return ()
        waiting = _beyond(None if since is None else parsed_position(since), list(named))
        found = self._session.rows(journal_queries.LINKED_CHANGES, [*columns, *waiting, *waiting])
        return [Change(named[str(table)], text(key), text(number)) for table, key, number in found]

    def _was_put_back(self, since: JournalPosition, now: JournalPosition) -> bool:
        if self._session.rows(journal_queries.IS_FUTURE, [since.newest]) == [(True,)]:
            return True
        if since.last is None:
            return False
        if since.journal != now.journal:
            return True
        last = [since.last, since.stamp, since.last, since.last, since.last, since.newest]
        return self._session.rows(journal_queries.IS_REWRITTEN, last) == [(True,)]

    def _named(self, tables: Sequence[str]) -> Mapping[str, str]:
        """The tables by every name their changes are journaled as: a partition may have been detached for a while."""
        partitions = self._session.rows(catalogue.PARTITION_NAMES, [list(tables)]) if tables else []
        return {str(partition): str(table) for partition, table in partitions} | {name: name for name in tables}

    def records(self, within: RecordRange, tables: Sequence[str], most: int) -> Sequence[JournalRecord]:
        named = self._named(tables)
        since, until = place_of(within.since), place_of(within.until)
        found = self._session.rows(
            journal_queries.RECORDS, [list(named), within.after, since, since, since, until, until, most]
        )
        records = [
            JournalRecord(
                int(str(number)),
                str(xid),
                named[str(table)],
                str(operation),
                text(key),
                text(image),
                float(str(at)),
            )
            for number, xid, table, operation, key, image, at in found
        ]
        old, partitioned = self._old_numbers(records, named), self._partitioned(records)
        return self._with_causes(
            [
                replace(one, superseded=one.number in old, partial=one.operation == "T" and one.table in partitioned)
                for one in records
            ]
        )

    def _with_causes(self, records: Sequence[JournalRecord]) -> Sequence[JournalRecord]:
        """The records with the cause their writers gave: the last one before each record."""
        if not records or not self._keeps_causes:
            return records
        said: dict[str, list[tuple[int, str | None, str | None]]] = {}
        found = self._session.rows(journal_queries.CAUSES, [sorted({one.transaction for one in records})])
        for xid, after, correlation, causation in found:
            said.setdefault(str(xid), []).append((int(str(after)), text(correlation), text(causation)))
        caused: list[JournalRecord] = []
        for one in records:
            before = [each for each in said.get(one.transaction, ()) if each[0] < one.number]
            _, correlation, causation = before[-1] if before else (0, None, None)
            caused.append(replace(one, correlation=correlation, causation=causation))
        return caused

    @property
    def _keeps_causes(self) -> bool:
        """Whether the journal can store causes: one of an older release has no column for them."""
        return self._session.rows(journal_queries.CAUSES_KEPT) == [(True,)]

    def _partitioned(self, records: Sequence[JournalRecord]) -> Collection[str]:
        """The emptied tables that have partitions: a single emptied partition is journaled under the same name."""
        emptied = sorted({one.table for one in records if one.operation == "T"})
        if not emptied:
            return ()
        return {str(table) for (table,) in self._session.rows(catalogue.PARTITIONED, [emptied])}

    def is_behind(self, position: str, other: str) -> bool:
        return self._session.rows(journal_queries.IS_BEHIND, [place_of(position), place_of(other)]) == [(True,)]

    def is_beyond(self, position: str, since: str) -> bool:
        one, other = parsed_position(position), parsed_position(since)
        if one.journal != other.journal:
            return False
        return self._session.rows(journal_queries.IS_BEYOND, [one.at, other.at, other.at, one.at]) == [(True,)]

    def count(self, within: RecordRange, tables: Sequence[str]) -> int:
        since, until = place_of(within.since), place_of(within.until)
        parameters = [list(self._named(tables)), within.after, since, since, since, until, until]
        return int(str(self._session.rows(f"SELECT count(*) {journal_queries.RECORDS_WITHIN}", parameters)[0][0]))

    def _old_numbers(self, records: Sequence[JournalRecord], named: Mapping[str, str]) -> Collection[int]:
        """The records that say that a row left a number it had, and stays under another.

        Where a row was really deleted, the last change before, in the same transaction, left it as it was.
        """
        gone = [one for one in records if one.operation == "D"]
        if not gone:
            return ()
        latest: dict[tuple[str, str, str], list[tuple[int, str]]] = {}
        for table, xid, key, number, image in self._session.rows(
            journal_queries.CHANGED_BEFORE,
            [list(named), sorted({one.transaction for one in gone}), sorted({str(one.key) for one in gone})],
        ):
            row = latest.setdefault((named[str(table)], str(xid), str(key)), [])
            row.append((int(str(number)), str(image)))
        found: set[int] = set()
        for one in gone:
            before = [
                each for each in latest.get((one.table, one.transaction, str(one.key)), ()) if each[0] < one.number
            ]
            if before and max(before)[1] != one.image:
                found.add(one.number)
        return found

    def forget(self, until: str, tables: Sequence[str], *, published: str | None = None) -> int:
        forgotten = 0
        named = list(self._named(tables))
        self._note_forgotten()
        self._note_pruned(until, tables)
        upper, other = place_of(until), place_of(published)
        parameters = [named, upper, upper, other, other]
        while deleted := self._session.execute(journal_queries.FORGET_CHANGES, parameters):
            forgotten += deleted
        if self._keeps_causes:
            self._session.execute(journal_queries.FORGET_CAUSES)
        return forgotten


def _beyond(since: JournalPosition | None, tables: Sequence[str]) -> list[Value]:
    """The parameters of a query for what was written to the tables since a position."""
    at, part = (since.at, since.part) if since else (None, None)
    until, after = (part.until, part.number) if part else (None, None)
    return [list(tables), at, at, at, after, after, until]
