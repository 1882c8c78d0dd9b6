"""What a created table gets of what its source's table declares, and what it does not get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from strangler_etl.engine.database import Database
from strangler_etl.engine.declaration import Declaration, Numbering, OwnType
from strangler_etl.mapping.mapping import DerivedColumn, ExpressionColumn, MappedTable, ServiceMapping


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that a source table declares and the table made of it does not have as it is there, and why."""

    what: str
    why: str


@dataclass(slots=True)
class Carried:
    """What one target table gets: by its columns, in its statement, and in statements of their own.

    `numbered` are the columns that number rows, `actions` what the foreign key of a column with a derived
    key does, as SQL. `types` are made before the table, `indexes` and `comments` after it, `late` when all tables are.
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
    """What is known while the missing tables of a checked mapping are made, one after the other.

    `declarations` are those of the source tables, by their names; `there` are the target tables there are by then.
    """

    mapping: ServiceMapping
    declarations: Mapping[str, Declaration]
    source: Database
    target: Database
    there: list[str]

    @property
    def dialects(self) -> tuple[str, str]:
        """Those of source and target."""
        return self.source.dialect, self.target.dialect


def copies(table: MappedTable) -> Mapping[str, str]:
    """The target column that is a copy of a source column, for each that has one."""
    found: dict[str, str] = {}
    for column in table.columns:
        if isinstance(column, ExpressionColumn) and not column.initial and isinstance(column.expression, exp.Column):
            # What is joined is no column of the source.
            name = column.source
            found = found if name is None or name in found else {**found, name: column.target}
    return found


def derived(table: MappedTable) -> Mapping[str, DerivedColumn]:
    """The target columns with keys derived from those of other rows, by the source column that refers to them."""
    return {
        column.source: column
        for column in table.columns
        if isinstance(column, DerivedColumn) and (column.target,) != table.key
    }


def known(table: MappedTable) -> Mapping[str, str]:
    """The target column that tells by a source column's values apart what that tells apart, for each that has one."""
    own = {column.source: column.target for column in table.columns if isinstance(column, DerivedColumn)}
    return {**own, **copies(table)}
