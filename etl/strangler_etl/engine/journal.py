"""The journal of a database: which rows of which tables were changed, in the order of the commits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from strangler_etl.engine.keys import key_name
from strangler_etl.engine.session import Session
from strangler_etl.errors import PrunedError

FORGOTTEN = "journal:forgotten"
"""As what stands among the positions of streams up to which number records may have been deleted."""


@dataclass(frozen=True, slots=True)
class JournaledTable:
    """A table to keep a journal of: its key, and the column with the source's key where it has one beside its own."""

    name: str
    key: tuple[str, ...]
    number: str | None = None


@dataclass(frozen=True, slots=True)
class JournalFault:
    """Why the journal of a table can not be relied on: `what` follows its name, as in ``orders has no journal``.

    Where it is `misread`, keys that it holds may be meant for other rows than they would be taken for.
    """

    table: str
    what: str
    misread: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """A row that changed, by its key in text form; `number` is the source's key where the journal knows it.

    `key` is None when it may be any row: the whole table was truncated, or the row has no key.
    """

    table: str
    key: str | None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed between two positions of a journal, each row once.

    `read_at` is the time in seconds since 1970, by the clock of the journal's database, before which every committed
    change is included; but where there is `more`, behind `position`.
    """

    position: str
    read_at: float
    rows: tuple[Change, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class JournalRecord:
    """One change of one row as the journal holds it, with the row as the change left it, or as it was when it went.

    `number` grows from one change of a row to the next. `operation` is ``I``, ``U``, ``D``, or ``T`` for all rows of
    the table; `image` is a JSON object, None for all rows. `written_at` is in seconds since 1970. A record that is
    `superseded` says that a row has gone which stays: it had another number. One for all rows that is `partial` may be
    about those of one partition only. `correlation` and `causation` are what its writer has said to have led to it.
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
    """What was committed between two positions of a journal, from a record on: the next one has a larger number.

    Since the journal's beginning where `since` is None.
    """

    since: str | None
    until: str
    after: int = 0


class Journal(ABC):
    """The journal in the database of a session."""

    images: bool = False
    """Whether it holds whole rows, so that every change can be told, not only the state of a row that has changed."""

    lacking: str | None = None
    """Why there can be none, so that what changes while rows are copied, and after that, is not known."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @abstractmethod
    def install(self, tables: Sequence[JournaledTable]) -> frozenset[str]:
        """Begin to journal the tables, and return which; those without `faults` are left alone.

        What was journaled of a table under another key, or may have been, is forgotten: the gap says so. Other writers
        are not kept waiting for who keeps a table busy; LockTimeoutError when that goes on for long.
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
        """Whether changes may lie between a position and another one of this journal, which is then the later one."""
        raise NotImplementedError

    def gaps(self, tables: Sequence[str]) -> tuple[str, ...]:
        """Why changes of the tables may be missing in the journal, the latest first: it began, or could not be written.

        That of a transaction is seen when the transaction is over.
        """
        condition, parameters = self._session.any_of("table_name", "text", tables)
        found = self._session.rows(
            f"SELECT table_name, reason FROM {self._session.own('journal_gap')}"
            f" WHERE {condition} ORDER BY written_at DESC",
            parameters,
        )
        return tuple(f"{table}: {reason}" for table, reason in found)

    def _note_gap(self, table: str, reason: str = "its journal began") -> None:
        """Note that changes of a table are not known: in the transaction that begins its journal, those before."""
        mark = self._session.placeholder
        self._session.execute(
            f"INSERT INTO {self._session.own('journal_gap')} (table_name, reason) VALUES ({mark}, {mark})",
            [table, reason],
        )

    def _note_forgotten(self) -> None:
        """Note, before records are deleted, up to which number one that is missing may be one of them."""
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
        """Note, before records of tables are deleted, up to which position that may be."""
        kept, mark = self._session.own("stream_position"), self._session.placeholder
        for stream, known in self._pruned(tables).items():
            if known is None:
                insert = self._session.insert_new(kept, ("stream", "position", "read_at"), "stream")
                self._session.execute(insert, [stream, until, 0])
            elif self.is_beyond(until, known):
                self._session.execute(f"UPDATE {kept} SET position = {mark} WHERE stream = {mark}", [until, stream])

    def _pruned(self, tables: Sequence[str]) -> Mapping[str, str | None]:
        """Up to which position records of each table may have been deleted, by the names under which that is noted."""
        names = {f"{FORGOTTEN}:{table}": table for table in tables}
        condition, parameters = self._session.any_of("stream", "text", list(names))
        kept = self._session.own("stream_position")
        found = self._session.rows(f"SELECT stream, position FROM {kept} WHERE {condition}", parameters)
        return dict.fromkeys(names) | {str(stream): str(position) for stream, position in found}

    def require_unpruned(self, since: str | None, tables: Sequence[str]) -> None:
        """Raise PrunedError where records of the tables were deleted that come after a position; None is before all.

        Who has read nothing yet begins with what there is.
        """
        if since is not None:
            for stream, until in self._pruned(tables).items():
                if until is not None and self.is_beyond(until, since):
                    raise PrunedError(self._session.address, stream.removeprefix(f"{FORGOTTEN}:"))

    @abstractmethod
    def is_beyond(self, position: str, since: str) -> bool:
        """Whether a position of this journal has seen what another one has not; not where one is of another journal."""

    def _forget_all(self, table: str, *, most: int | None = None) -> int:
        """Delete what is journaled of a table, or so much of it at most; return how many changes it was."""
        self._note_forgotten()
        journal, mark = self._session.own("journal"), self._session.placeholder
        part = "" if most is None else f" LIMIT {most}"
        return self._session.execute(
            f"DELETE FROM {journal} WHERE seq IN (SELECT seq FROM {journal} WHERE table_name = {mark}{part})", [table]
        )

    @abstractmethod
    def changes(self, since: str | None, tables: Sequence[str], most: int | None = None) -> Changes:
        """What was committed in the tables since a position; since the journal's beginning when it is None.

        To be called inside `Session.snapshot`: the position is that of the snapshot. Of more records than `most` it is
        the first ones, and the position one behind them: it says, too, that their rows were read in this snapshot.
        Raises PutBackError when the journal is not the one in which `since` is a position, or has lost, or got, records
        before it: the database was put back to an earlier state.
        """

    @abstractmethod
    def renumbers(self, since: str | None, changes: Changes) -> bool:
        """Whether a row of these changes has, or had, several numbers, or its number was another row's, since then.

        Records behind the changes count, too. In the same snapshot.
        """

    def records(self, within: RecordRange, tables: Sequence[str], most: int) -> Sequence[JournalRecord]:
        """The next records of the tables, in the order of their numbers, where the journal holds `images`.

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
    """The fault of a table of which the key it is mapped by is not unique any more; `unique` are columns that are."""
    if any({*columns} == {*table.key} for columns in unique):
        return ()
    return (JournalFault(table.name, f"has other keys than {key_name(table.key)}, by which it is mapped"),)
