"""The journal of a database: which rows of which tables changed, in the order of the commits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from strangler_etl.engine.keys import key_name
from strangler_etl.engine.session import Session
from strangler_etl.errors import PrunedError

FORGOTTEN = "journal:forgotten"
"""The name among the stream positions under which the number up to which records may have been deleted is kept."""


@dataclass(frozen=True, slots=True)
class JournaledTable:
    """A table to journal: its key, and the column with the source's key where it has one beside its own."""

    name: str
    key: tuple[str, ...]
    number: str | None = None


@dataclass(frozen=True, slots=True)
class JournalFault:
    """Why the journal of a table cannot be relied on: `what` follows its name, as in ``orders has no journal``.

    Where it is `misread`, keys in the journal may mean other rows than they would be taken for.
    """

    table: str
    what: str
    misread: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """A row that changed, by its key in text form; `number` is the source's key where the journal knows it.

    `key` is None when any row may have changed: the whole table was truncated, or the row has no key.
    """

    table: str
    key: str | None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed between two positions of a journal, each row once.

    `read_at` is a time in seconds since 1970, by the clock of the journal's database: every change committed before it
    is included, except that where there is `more`, changes behind `position` are not.
    """

    position: str
    read_at: float
    rows: tuple[Change, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class JournalRecord:
    """One change of one row as the journal holds it, with the row after the change, or before its deletion.

    `number` grows from one change of a row to the next. `operation` is ``I``, ``U``, ``D``, or ``T`` for all rows of
    the table; `image` is a JSON object, None for all rows. `written_at` is in seconds since 1970. A `superseded` record
    says that a row is gone which in fact stays: it only changed its number. A record for all rows that is `partial` may
    concern the rows of one partition only. `correlation` and `causation` are what the writer gave as the cause.
    """

    number: int
    transaction: str
    table: str
    operation: str
    key: str | None
    image: str | None
    written_at: float
    superseded: bool = False
    partial: bool = False
    correlation: str | None = None
    causation: str | None = None


@dataclass(frozen=True, slots=True)
class RecordRange:
    """The records committed between two positions of a journal, as far as their number is larger than `after`.

    `since` is None for the journal's beginning.
    """

    since: str | None
    until: str
    after: int = 0


class Journal(ABC):
    """The journal in the database of a session."""

    images: bool = False
    """Whether the journal holds whole rows, so that it can tell every change, not only which rows have changed."""

    lacking: str | None = None
    """Why there can be no journal, so that changes during and after the copy are not known; None where there can."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @abstractmethod
    def install(self, tables: Sequence[JournaledTable]) -> frozenset[str]:
        """Begin to journal the tables, and return which; those without `faults` are left alone.

        What was journaled of a table under another key, or may have been, is forgotten, and recorded as a gap. Waiting
        for a busy table does not make other writers wait; raises LockTimeoutError when it takes too long.
        """

    @abstractmethod
    def remove(self, tables: Sequence[str]) -> None:
        """Stop journaling the tables and forget what was journaled of them."""

    @abstractmethod
    def faults(self, tables: Sequence[JournaledTable]) -> tuple[JournalFault, ...]:
        """Why not every change of the tables is journaled by their keys now, in their order.

        Inside `Session.snapshot` this is the state in which the changes of the snapshot were journaled.
        """

    def is_behind(self, position: str, other: str) -> bool:
        """Whether changes may lie between `position` and `other`, which is then the later position of this journal."""
        raise NotImplementedError

    def gaps(self, tables: Sequence[str]) -> tuple[str, ...]:
        """Why changes of the tables may be missing in the journal, the latest reason first.

        The journal began later, or could not be written. A transaction's gap is visible once the transaction is over.
        """
        condition, parameters = self._session.any_of("table_name", "text", tables)
        found = self._session.rows(
            f"SELECT table_name, reason FROM {self._session.own('journal_gap')}"
            f" WHERE {condition} ORDER BY written_at DESC",
            parameters,
        )
        return tuple(f"{table}: {reason}" for table, reason in found)

    def _note_gap(self, table: str, reason: str = "its journal began") -> None:
        """Record that changes of a table are unknown; in the transaction that begins its journal, the earlier ones."""
        mark = self._session.placeholder
        self._session.execute(
            f"INSERT INTO {self._session.own('journal_gap')} (table_name, reason) VALUES ({mark}, {mark})",
            [table, reason],
        )

    def _note_forgotten(self) -> None:
        """Record, before records are deleted, the number up to which a missing record may be a deleted one."""
        ((last,),) = self._session.rows(f"SELECT max(seq) FROM {self._session.own('journal')}")
        if last is not None:
            mark = self._session.placeholder
            self._session.execute(
                f"INSERT INTO {self._session.own('stream_position')} AS known (stream, position, read_at)"
                f" VALUES ('{FORGOTTEN}', {mark}, 0) ON CONFLICT (stream) DO UPDATE SET position = excluded.position"
                " WHERE CAST(known.position AS bigint) < CAST(excluded.position AS bigint)",
                [str(last)],
            )

    def _note_pruned(self, until: str, tables: Sequence[str]) -> None:
        """Record, before records of tables are deleted, the position up to which they may be."""
        kept, mark = self._session.own("stream_position"), self._session.placeholder
        for stream, known in self._pruned(tables).items():
            if known is None:
                insert = self._session.insert_new(kept, ("stream", "position", "read_at"), "stream")
                self._session.execute(insert, [stream, until, 0])
            elif self.is_beyond(until, known):
                self._session.execute(f"UPDATE {kept} SET position = {mark} WHERE stream = {mark}", [until, stream])

    def _pruned(self, tables: Sequence[str]) -> Mapping[str, str | None]:
        """The position up to which records of each table may have been deleted, by the names it is recorded under."""
        names = {f"{FORGOTTEN}:{table}": table for table in tables}
        condition, parameters = self._session.any_of("stream", "text", list(names))
        kept = self._session.own("stream_position")
        found = self._session.rows(f"SELECT stream, position FROM {kept} WHERE {condition}", parameters)
        return dict.fromkeys(names) | {str(stream): str(position) for stream, position in found}

    def require_unpruned(self, since: str | None, tables: Sequence[str]) -> None:
        """Raise PrunedError where records of the tables behind a position were deleted; None is before all records.

        A reader that has read nothing yet begins with what there is.
        """
        if since is not None:
            for stream, until in self._pruned(tables).items():
                if until is not None and self.is_beyond(until, since):
                    raise PrunedError(self._session.address, stream.removeprefix(f"{FORGOTTEN}:"))

    @abstractmethod
    def is_beyond(self, position: str, since: str) -> bool:
        """Whether a position of this journal includes what another one lacks; False where one is of another journal."""

    def _forget_all(self, table: str, *, most: int | None = None) -> int:
        """Delete what is journaled of a table, or at most this many records; return how many were deleted."""
        self._note_forgotten()
        journal, mark = self._session.own("journal"), self._session.placeholder
        part = "" if most is None else f" LIMIT {most}"
        return self._session.execute(
            f"DELETE FROM {journal} WHERE seq IN (SELECT seq FROM {journal} WHERE table_name = {mark}{part})", [table]
        )

    @abstractmethod
    def changes(self, since: str | None, tables: Sequence[str], most: int | None = None) -> Changes:
        """What was committed in the tables since a position; since the journal's beginning when it is None.

        Call it inside `Session.snapshot`: the returned position is that of the snapshot. Where there are more records
        than `most`, it returns the first ones and the position behind them, which also says that their rows were read
        in this snapshot. Raises PutBackError when the journal is not the one in which `since` is a position, or has
        lost or gained records before it: the database was restored to an earlier state.
        """

    @abstractmethod
    def linked(
        self, since: str | None, changes: Iterable[Change], together: Mapping[str, Collection[str]]
    ) -> Sequence[Change]:
        """The changes since a position with the key, or the number, of one of these; they themselves among them.

        `together` maps each table to those, including itself, whose keys and numbers are compared with its own. Call it
        in the same snapshot as `changes`; changes behind what that returned count, too.
        """

    def records(self, within: RecordRange, tables: Sequence[str], most: int) -> Sequence[JournalRecord]:
        """The next records of the tables, by ascending number, where the journal holds `images`.

        Several changes of one row come in the order in which they were committed.
        """
        raise NotImplementedError

    def count(self, within: RecordRange, tables: Sequence[str]) -> int:
        """How many records of the tables there are, where the journal holds `images`."""
        raise NotImplementedError

    @abstractmethod
    def forget(self, until: str, tables: Sequence[str], *, published: str | None = None) -> int:
        """Delete from the journal what was committed in the tables up to a position; return how many changes it was.

        With `published`, another position, only what was committed up to both.
        """

    def length(self, tables: Sequence[str]) -> int:
        """How many changes of the tables the journal holds."""
        condition, parameters = self._session.any_of("table_name", "text", tables)
        journal = self._session.own("journal")
        return int(str(self._session.rows(f"SELECT count(*) FROM {journal} WHERE {condition}", parameters)[0][0]))


def key_faults(table: JournaledTable, unique: Iterable[Collection[str]]) -> tuple[JournalFault, ...]:
    """The fault of a table whose mapped key is no longer unique, if it has it; `unique` are the unique column sets."""
    if any({*columns} == {*table.key} for columns in unique):
        return ()
    return (JournalFault(table.name, f"has other keys than {key_name(table.key)}, by which it is mapped"),)
