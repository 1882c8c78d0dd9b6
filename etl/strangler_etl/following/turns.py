"""Deletes and writes rows of several tables whose foreign keys may be checked at once, each row when it is its turn.

Parents are written before their children, and children deleted first. That is not enough where a row leaves a parent
that goes, where rows refer to rows of their own table, and where tables refer to each other in a circle. So what is
refused is tried again after all else, in smaller and smaller parts, as long as that helps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from strangler_etl.engine.database import Database, Upsert
from strangler_etl.engine.keys import Key
from strangler_etl.errors import RowRefusedError

_KEYS_PER_QUERY = 1_000


@dataclass(frozen=True, slots=True)
class Deletion:
    """Rows of a table to delete, by their keys in text form."""

    table: str
    key: Key
    keys: Sequence[str]

    @property
    def rows(self) -> int:
        """How many there may be."""
        return len(self.keys)

    def do(self, database: Database) -> int:
        """Delete them, and return how many there were."""
        return delete_rows(database, self.table, self.key, self.keys)

    def halves(self) -> tuple[Deletion, ...]:
        """The same in two parts; one when there is one row only."""
        half = len(self.keys) // 2
        return tuple(replace(self, keys=part) for part in (self.keys[:half], self.keys[half:]) if part)


@dataclass(frozen=True, slots=True)
class Writing:
    """Rows of a table to write."""

    upsert: Upsert

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.upsert.rows)

    def do(self, database: Database) -> int:
        """Write them, and return how many they are."""
        database.upsert(self.upsert)
        return self.rows

    def halves(self) -> tuple[Writing, ...]:
        """The same in two parts; one when there is one row only."""
        rows = self.upsert.rows
        half = len(rows) // 2
        return tuple(Writing(replace(self.upsert, rows=part)) for part in (rows[:half], rows[half:]) if part)


@dataclass(frozen=True, slots=True)
class Done:
    """How many rows were deleted, and how many written."""

    deleted: int = 0
    written: int = 0

    def with_(self, step: Deletion | Writing, rows: int) -> Done:
        """With the rows of one more step."""
        if isinstance(step, Deletion):
            return replace(self, deleted=self.deleted + rows)
        return replace(self, written=self.written + rows)


def do_in_turns(database: Database, steps: Sequence[Deletion | Writing]) -> Done:
    """Do all of it, in this order where that is possible; in a transaction.

    Raises the first RowRefusedError when nothing of what is left can be done before the rest.
    """
    done, waiting = Done(), [step for step in steps if step.rows]
    while waiting:
        refused: list[Deletion | Writing] = []
        errors: list[RowRefusedError] = []
        for step in waiting:
            try:
                with database.transaction():
                    done = done.with_(step, step.do(database))
            except RowRefusedError as error:
                refused.append(step)
                errors.append(error)
        if len(refused) == len(waiting):
            refused = [half for step in refused for half in step.halves()]
            if len(refused) == len(waiting):
                raise errors[0]
        # A chain of rows, each of which refers to the next one, takes one more turn and not one for each of them.
        waiting = refused[::-1]
    return done


def delete_rows(database: Database, table: str, key: Key, keys: Sequence[str]) -> int:
    """Delete the rows with these keys (in text form); return how many there were."""
    deleted = 0
    for start in range(0, len(keys), _KEYS_PER_QUERY):
        part = keys[start : start + _KEYS_PER_QUERY]
        condition, parameters = key.any_of(database, part)
        deleted += database.execute(f"DELETE FROM {database.quoted(table)} WHERE {condition}", parameters)
    return deleted
