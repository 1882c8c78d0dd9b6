"""The tables of a database, as it describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `type` is the engine's own spelling, such as ``character varying(120)``.

    An `optional` column may be left out of an insert: it may be null, has a default, or numbers itself. A `nullable`
    one may be null. A `computed` one takes no value from an insert, because the database computes it (GENERATED).
    """

    name: str
    type: str
    optional: bool
    nullable: bool = True
    computed: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its columns in order; `key` are those of its primary key in order, empty without one.

    `unique` are the columns that alone identify a row, the primary key among them; `parents` the other tables its
    foreign keys refer to.
    """

    name: str
    columns: Mapping[str, Column]
    key: tuple[str, ...]
    unique: frozenset[str] = frozenset()
    parents: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SecondaryIndex:
    """An index that only makes queries faster; `definition` is the statement that creates it.

    `written` is its name in SQL: quoted, and with its schema where the bare name would find another index.
    """

    name: str
    written: str
    definition: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key of `table` to `parent`; `orphans` is the condition (SQL) that a row of the table refers to no row.

    `drop` and `make` are the statements that drop it and create it again; None where the engine has none.
    """

    name: str
    table: str
    parent: str
    orphans: str
    drop: str | None
    make: str | None


@dataclass(frozen=True, slots=True)
class UniqueKey:
    """A key of `table` whose `columns` are unique together; `drop` and `make` are the statements for it.

    `drop` is None where `make` would not restore the same key, or where something depends on it.
    """

    table: str
    name: str
    primary: bool
    columns: tuple[str, ...]
    drop: str | None
    make: str


@dataclass(frozen=True, slots=True)
class AwayKey:
    """A key of `table` that a run of `service` has dropped; `definition` are the statements that create it again."""

    service: str
    table: str
    name: str
    primary: bool
    columns: tuple[str, ...]
    definition: str


@dataclass(frozen=True, slots=True)
class UnindexedReference:
    """A foreign key of `table` that no index begins with: deleting a row of `parent` reads the whole table.

    `mend` is the statement that creates the index.
    """

    table: str
    columns: tuple[str, ...]
    parent: str
    mend: str

    def __str__(self) -> str:
        return f"{self.table} ({', '.join(self.columns)}) to {self.parent}"


@dataclass(frozen=True, slots=True)
class Schemas:
    """The tables of both databases by name, and the engines' names for sqlglot."""

    source: Mapping[str, Table]
    target: Mapping[str, Table]
    source_dialect: str = "postgres"
    target_dialect: str = "postgres"

    @property
    def typed(self) -> bool:
        """Whether the target converts no types by itself."""
        return self.target_dialect == "postgres"
