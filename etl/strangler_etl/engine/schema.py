"""What a database says its tables are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `type` is the engine's own spelling, such as ``character varying(120)``.

    `optional` says that an insert may leave it out: it may be null, has a default, or numbers itself. `nullable` says
    that it may be null, `computed` that no insert may give it, as the database computes it (GENERATED).
    """

    name: str
    type: str
    optional: bool
    nullable: bool = True
    computed: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its columns in order; `key` are those of its primary key in its order, none where it has none.

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
    """An index that only makes queries faster; `definition` is the statement that makes it.

    `written` is its name in SQL: quoted, and with its schema where another one would be found without.
    """

    name: str
    written: str
    definition: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key of `table` to `parent`; `orphans` is the condition (SQL) that a row of the table refers to no row.

    `drop` and `make` are the statements that take it away and make it again; None where the engine has no such.
    """

    name: str
    table: str
    parent: str
    orphans: str
    drop: str | None
    make: str | None


@dataclass(frozen=True, slots=True)
class UniqueKey:
    """A key of `table`, whose `columns` are unique together; `drop` and `make` are the statements that do that.

    `drop` is None where `make` would not make it what it is, or where something depends on it.
    """

    table: str
    name: str
    primary: bool
    columns: tuple[str, ...]
    drop: str | None
    make: str


@dataclass(frozen=True, slots=True)
class AwayKey:
    """A key of `table` that a run of `service` has taken away; `definition` are the statements that make it again."""

    service: str
    table: str
    name: str
    primary: bool
    columns: tuple[str, ...]
    definition: str


@dataclass(frozen=True, slots=True)
class UnindexedReference:
    """A foreign key of `table` that no index of it begins with, so that each row taken from `parent` has it read whole.

    `mend` is the statement that makes the index.
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
