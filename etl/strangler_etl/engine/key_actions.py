"""What foreign keys do by themselves to rows whose parent is deleted or changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from strangler_etl.engine.keys import Key


class Effect(StrEnum):
    """What becomes of a row whose parent is deleted or changed; the value is the SQL for it."""

    NOTHING = "NO ACTION"
    """Or RESTRICT: the child keeps its parent from being deleted or changed."""
    CASCADE = "CASCADE"
    SET_NULL = "SET NULL"
    SET_DEFAULT = "SET DEFAULT"


@dataclass(frozen=True, slots=True)
class KeyAction:
    """A foreign key of `child` to `parent` (both as SQL writes them), and what it does to rows of `child` by itself.

    `columns` are those of the child, `referred` those of the parent, in the same order. `deleted` is what becomes of a
    row whose parent is deleted, `updated` of one whose parent gets other values in `referred`.
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

    `columns` are the writable ones, `key` those of the primary key, empty without one. `locator` is an expression that
    identifies a row as long as nobody changes it.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    locator: Key


def actions_of(columns: Iterable[tuple[int, str, str, str, str, Effect, Effect]]) -> Iterator[KeyAction]:
    """The foreign keys that the rows describe; each row describes one column of one key, in order.

    A row holds a number that identifies the key, the child, the parent, the column of each, and the two effects.
    """
    for _, group in groupby(columns, key=lambda row: row[:3]):
        parts = list(group)
        _, child, parent, _, _, deleted, updated = parts[0]
        own, referred = tuple(part[3] for part in parts), tuple(part[4] for part in parts)
        yield KeyAction(child, parent, own, referred, deleted, updated)
