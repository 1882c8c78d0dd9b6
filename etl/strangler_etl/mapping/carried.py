"""Which declarations of a source table the table created from it gets, and which it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from strangler_etl.engine.database import Database
from strangler_etl.engine.declaration import Declaration, Numbering, OwnType
from strangler_etl.mapping.mapping import DerivedColumn, ExpressionColumn, MappedTable, ServiceMapping


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A declaration of a source table that the created table does not have, or not in the same form, and why."""

    what: str
    why: str


@dataclass(slots=True)
class Carried:
    """What one target table gets: by its columns, in its CREATE statement, and in statements of their own.

    `numbered` are the columns that number rows; `actions` are, as SQL, what the foreign key of a column with a derived
    key does. `types` are created before the table, `indexes` and `comments` after it, `late` after all tables.
    """

    numbered: dict[str, Numbering] = field(default_factory=dict[str, Numbering])
    defaults: dict[str, str] = field(default_factory=dict[str, str])
    actions: dict[str, str] = field(default_factory=dict[str, str])
    constraints: list[str] = field(default_factory=list[str])
    types: list[OwnType] = field(default_factory=list[OwnType])
    indexes: list[str] = field(default_factory=list[str])
    comments: list[str] = field(default_factory=list[str])
    late: list[str] = field(default_factory=list[str])
    left_out: list[LeftOut] = field(default_factory=list[LeftOut])


@dataclass(frozen=True, slots=True)
class Making:
    """What is known while the missing tables of a checked mapping are created, one after the other.

    `declarations` are those of the source tables, by name; `there` are the target tables that exist by then.
    """

    mapping: ServiceMapping
    declarations: Mapping[str, Declaration]
    source: Database
    target: Database
    there: list[str]

    @property
    def dialects(self) -> tuple[str, str]:
        """The dialects of source and target."""
        return self.source.dialect, self.target.dialect


def copies(table: MappedTable) -> Mapping[str, str]:
    """Source column -> the target column that copies it, for each that has one."""
    found: dict[str, str] = {}
    for column in table.columns:
        if isinstance(column, ExpressionColumn) and not column.initial and isinstance(column.expression, exp.Column):
            # A joined column is no column of the source table.
            name = column.source
            found = found if name is None or name in found else {**found, name: column.target}
    return found


def derived(table: MappedTable) -> Mapping[str, DerivedColumn]:
    """The target columns with keys derived from those of other rows, by the source column that refers to the row."""
    return {
        column.source: column
        for column in table.columns
        if isinstance(column, DerivedColumn) and (column.target,) != table.key
    }


def known(table: MappedTable) -> Mapping[str, str]:
    """Source column -> the target column whose values differ exactly where the source's do, for each that has one."""
    own = {column.source: column.target for column in table.columns if isinstance(column, DerivedColumn)}
    return {**own, **copies(table)}
