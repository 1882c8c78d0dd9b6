"""What foreign keys do by themselves to the rows that refer to a row which goes, or changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from strangler_etl.engine.keys import Key


class Effect(StrEnum):
    """What becomes of a row that refers to another one; the value is how SQL says so."""

    NOTHING = "NO ACTION"
    """Or RESTRICT: it keeps the other one."""
    CASCADE = "CASCADE"
    SET_NULL = "SET NULL"
    SET_DEFAULT = "SET DEFAULT"


@dataclass(frozen=True, slots=True)
class KeyAction:
    """A foreign key of `child` to `parent` (both as SQL writes them), and what it does to rows of `child` by itself.

    `columns` are those of the child, `referred` those of the parent, in the same order. `deleted` is what becomes of a
    row whose parent goes, `updated` of one whose parent has other values in `referred`.
    """

    child: str
    parent: str
    columns: tuple[str, ...]
    referred: tuple[str, ...]
    deleted: Effect
    updated: Effect

    @property
    def acts(self) -> bool:
        """Whether it changes or deletes rows."""
        return {self.deleted, self.updated} != {Effect.NOTHING}


@dataclass(frozen=True, slots=True)
class Shape:
    """How whole rows of a table are read and written; `name` is the table as SQL writes it.

    `columns` are those that may be given, `key` those of its primary key: none where it has none. `place` is what tells
    a row from the others while nobody changes it.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    place: Key


def actions_of(columns: Iterable[tuple[int, str, str, str, str, Effect, Effect]]) -> Iterator[KeyAction]:
    """Foreign keys, of one row for each of their columns in order.

    A row is a number of the key, child, parent, the columns of both, and what becomes of the child's row.
    """
    for _, group in groupby(columns, key=lambda row: row[:3]):
        parts = list(group)
        _, child, parent, _, _, deleted, updated = parts[0]
        own, referred = tuple(part[3] for part in parts), tuple(part[4] for part in parts)
        yield KeyAction(child, parent, own, referred, deleted, updated)
