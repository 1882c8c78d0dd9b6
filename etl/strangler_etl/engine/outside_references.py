"""Foreign keys between tables that move and tables that stay: what becomes of a row that others refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from strangler_etl.engine.key_actions import Effect

RESTRICT = "RESTRICT"


@dataclass(frozen=True, slots=True)
class OutsideReference:
    """A foreign key of `child` to `parent`, of which only one moves; `name` is the one users know it by.

    `child_sql` and `parent_sql` are the tables as SQL writes them. `columns` are those of the child, `referred` those
    of the parent, in the same order. `on_delete` is as SQL says it; `drop` is the statement that drops the key, None
    where the engine has none.
    """

    name: str
    child: str
    child_sql: str
    parent: str
    parent_sql: str
    columns: tuple[str, ...]
    referred: tuple[str, ...]
    on_delete: str
    drop: str | None

    @property
    def keeps(self) -> bool:
        """Whether a row cannot be deleted while another one refers to it."""
        return self.on_delete in {Effect.NOTHING, RESTRICT}

    def __str__(self) -> str:
        return f"{self.name} to {self.parent} (ON DELETE {self.on_delete})"


class KeyColumn(NamedTuple):
    """One column of a foreign key, with what is known of the whole key."""

    name: str
    child: str
    child_sql: str
    parent: str
    parent_sql: str
    column: str
    referred: str
    on_delete: str
    drop: str | None


def references_of_columns(columns: Iterable[KeyColumn]) -> Iterator[OutsideReference]:
    """The references that these columns form; the columns of one key are adjacent and in order."""
    for _, group in groupby(columns, key=lambda one: (one.child_sql, one.name, one.parent_sql)):
        parts = list(group)
        key = parts[0]
        yield OutsideReference(
            key.name,
            key.child,
            key.child_sql,
            key.parent,
            key.parent_sql,
            tuple(part.column for part in parts),
            tuple(part.referred for part in parts),
            key.on_delete,
            key.drop,
        )
