"""The steps of a batch: rows of one table to delete, or to write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self

from strangler_etl.engine.database import Database, Upsert
from strangler_etl.engine.keys import Key, in_parts, key_of_row
from strangler_etl.engine.session import Row


@dataclass(frozen=True, slots=True)
class Done:
    """How many rows were deleted, and how many written; `changed` counts those that were not so already.

    `late` says that rows were deleted after others had been written.
    """

    deleted: int = 0
    written: int = 0
    changed: int = 0
    late: bool = False

    def then(self, other: Done) -> Done:
        """The sum of this and what was done afterwards."""
        late = self.late or other.late or bool(self.written and other.deleted)
        return Done(self.deleted + other.deleted, self.written + other.written, self.changed + other.changed, late)


class Step(Protocol):
    """Something to do with rows of one table, at once or in parts."""

    @property
    def rows(self) -> int:
        """How many rows there may be."""
        ...

    @property
    def first(self) -> tuple[str, str]:
        """The table, and the key in text form, of the first row."""
        ...

    def do(self, database: Database) -> Done:
        """Do it, in a transaction; RowRefusedError when it cannot be done now."""
        ...

    def halves(self) -> tuple[Self, ...]:
        """The step in two parts; in one when there is only one row."""
        ...


@dataclass(frozen=True, slots=True)
class Deletion:
    """Rows of a table to delete, by their keys in text form; only those that meet the condition `where` (SQL)."""

    table: str
    key: Key
    keys: Sequence[str]
    where: str | None = None

    @property
    def rows(self) -> int:
        """How many rows there may be."""
        return len(self.keys)

    @property
    def first(self) -> tuple[str, str]:
        """The table, and the key in text form, of the first row."""
        return self.table, self.keys[0]

    def do(self, database: Database) -> Done:
        """Delete them."""
        deleted = delete_rows(database, self.table, self.key, self.keys, self.where)
        return Done(deleted=deleted, changed=deleted)

    def halves(self) -> tuple[Deletion, ...]:
        """The deletion in two parts; in one when there is only one row."""
        half = len(self.keys) // 2
        return tuple(replace(self, keys=part) for part in (self.keys[:half], self.keys[half:]) if part)


@dataclass(frozen=True, slots=True)
class Writing:
    """Rows of a table to write."""

    upsert: Upsert

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.upsert.rows)

    @property
    def first(self) -> tuple[str, str]:
        """The table, and the key as the row has it, of the first row."""
        return self.upsert.table, written_key(self.upsert, self.upsert.rows[0])

    def do(self, database: Database) -> Done:
        """Write them."""
        return Done(written=self.rows, changed=database.upsert(self.upsert))

    def halves(self) -> tuple[Writing, ...]:
        """The writing in two parts; in one when there is only one row."""
        rows = self.upsert.rows
        half = len(rows) // 2
        return tuple(Writing(replace(self.upsert, rows=part)) for part in (rows[:half], rows[half:]) if part)


def written_key(upsert: Upsert, row: Row) -> str:
    """The key of one of the rows, as it has it."""
    return str(key_of_row(row, [upsert.columns.index(name) for name in upsert.key]))


def by_table(writings: Sequence[Writing]) -> list[Writing]:
    """One writing for each table and set of columns, at the position of the first of its kind."""
    upserts: dict[tuple[str, frozenset[str]], Upsert] = {}
    for upsert in (writing.upsert for writing in writings):
        written = (upsert.table, frozenset(upsert.columns))
        known = upserts.get(written)
        if known is None:
            upserts[written] = upsert
            continue
        order = [upsert.columns.index(name) for name in known.columns]
        further = [tuple(row[position] for position in order) for row in upsert.rows]
        upserts[written] = replace(known, rows=[*known.rows, *further])
    return [Writing(upsert) for upsert in upserts.values()]


def delete_rows(database: Database, table: str, key: Key, keys: Sequence[str], where: str | None = None) -> int:
    """Delete the rows with these keys (in text form), that meet a condition; return how many there were."""
    deleted = 0
    for part in in_parts(keys):
        condition, parameters = key.any_of(database, part)
        those = f"({where}) AND ({condition})" if where else condition
        deleted += database.execute(f"DELETE FROM {database.quoted(table)} WHERE {those}", parameters)
    return deleted
