"""How the rows of a source table become the rows of a target table, and back: a mapping checked against both schemas.

`strangler_etl.mapping.check` makes it, `strangler_etl.mapping.selects` translates it into SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from strangler_etl.engine.journal import JournaledTable
from strangler_etl.engine.schema import Table


@dataclass(frozen=True, slots=True)
class ExpressionColumn:
    """A target column computed by `expression` over the source row and the rows joined to it.

    `source` is the one source column that it copies or casts; None when it cannot be read backwards. An `initial`
    column is written with a new row only, and belongs to the target from then on.
    """

    target: str
    expression: exp.Expr
    source: str | None
    initial: bool = False


@dataclass(frozen=True, slots=True)
class DerivedColumn:
    """A target column with the target key of another row: the row of source table `of` that column `source` names."""

    target: str
    source: str
    of: str


@dataclass(frozen=True, slots=True)
class Join:
    """A further source table, which has a primary key, and the condition it is joined by."""

    table: Table
    condition: exp.Expr


@dataclass(frozen=True, slots=True)
class ReverseColumn:
    """A source column computed from the target row on the way back."""

    source: str
    expression: exp.Expr


MappedColumn = ExpressionColumn | DerivedColumn


@dataclass(frozen=True, slots=True)
class MappedTable:
    """A checked mapping.

    Its `name` is that of the source table, unless that is split. `owned` tables move with the authority, others are
    replicas. `key` are the target columns that identify a row, one for each column of the `source_key`, in order: a
    copy of it, the target key of the row of another table it refers to, or the target key of the row itself (a
    `DerivedColumn` of the table itself, which then has a single-column key). `number` is the target column that keeps
    the source key beside a target key of its own. `dropped` source columns are left behind on purpose.

    Where several mappings have one target, `claim` is the condition over the target that a row belongs to this one. The
    narrower `home` says that the row goes back by this mapping: a column, the `kind`, is a constant.

    Where a source table is split by columns, one part leads; a row of it goes back together with the columns that the
    parts `beside` it have under the same key. Where it is split by rows, each part goes back by itself; no two parts
    share a row.
    """

    service: str
    name: str
    source: Table
    target: Table
    owned: bool
    source_key: tuple[str, ...]
    key: tuple[str, ...]
    number: str | None
    columns: tuple[MappedColumn, ...]
    joins: tuple[Join, ...]
    where: exp.Expr | None
    reverse: tuple[ReverseColumn, ...]
    claim: exp.Expr | None = None
    home: exp.Expr | None = None
    dropped: frozenset[str] = frozenset()
    beside: tuple[MappedTable, ...] = ()

    @property
    def returns(self) -> tuple[str, ...]:
        """The columns of the source, beside its key, that only this part fills on the way back."""
        back = [*(column.source for column in self.columns), *(column.source for column in self.reverse)]
        own = {*self.source_key, *(name for name, column in self.source.columns.items() if column.computed)}
        return tuple(dict.fromkeys(name for name in back if name is not None and name not in own))

    @property
    def needed(self) -> tuple[str, ...]:
        """Those of `returns` that must not be NULL, and that `reverse` does not fill where this part has no row."""
        said = {column.source for column in self.reverse}
        return tuple(name for name in self.returns if name not in said and not self.source.columns[name].nullable)

    @property
    def key_columns(self) -> tuple[MappedColumn, ...]:
        """The columns of the `key`, in its order."""
        by_target = {column.target: column for column in self.columns}
        return tuple(by_target[name] for name in self.key)

    @property
    def remapped(self) -> bool:
        """Whether the target has keys of its own."""
        return any(self._is_own(column) for column in self.key_columns)

    @property
    def initial(self) -> frozenset[str]:
        """The target columns that belong to the target as soon as their row exists."""
        return frozenset(one.target for one in self.columns if isinstance(one, ExpressionColumn) and one.initial)

    @property
    def known_by(self) -> tuple[str, ...]:
        """The target columns by which users of the source know a row."""
        return (self.number,) if self.number is not None else self.key

    @property
    def kind(self) -> tuple[str, exp.Expr] | None:
        """The target column that says that a row goes back by this mapping, and its value for this mapping."""
        match self.home:
            case exp.EQ(this=exp.Column() as column, expression=constant):
                return column.name, constant
            case _:
                return None

    @property
    def read_from(self) -> tuple[str, ...]:
        """The source tables a row is made of."""
        return (self.source.name, *(join.table.name for join in self.joins))

    @property
    def parents(self) -> frozenset[str]:
        """The source tables whose rows the table's rows refer to."""
        return frozenset(
            column.of for column in self.columns if isinstance(column, DerivedColumn) and not self._is_own(column)
        )

    def takes(self, source: str) -> frozenset[str]:
        """The columns of a source table that target columns are computed from."""
        expressions = [one.expression for one in self.columns if isinstance(one, ExpressionColumn)]
        read = {node.name for one in expressions for node in one.find_all(exp.Column) if node.table == source}
        if source != self.source.name:
            return frozenset(read)
        return frozenset(read.union(one.source for one in self.columns if isinstance(one, DerivedColumn)))

    def _is_own(self, column: MappedColumn) -> bool:
        """Whether a column is the target key of the row itself."""
        return (
            isinstance(column, DerivedColumn) and column.of == self.source.name and (column.source,) == self.source_key
        )


@dataclass(frozen=True, slots=True)
class ServiceMapping:
    """All tables of one service, parents first; without `way_back` nothing goes back to the source."""

    service: str
    tables: tuple[MappedTable, ...]
    way_back: bool = True

    @property
    def owned(self) -> tuple[MappedTable, ...]:
        """The tables that move with the authority."""
        return tuple(table for table in self.tables if table.owned)

    @property
    def replicas(self) -> tuple[MappedTable, ...]:
        """The tables the monolith keeps."""
        return tuple(table for table in self.tables if not table.owned)

    @property
    def returning(self) -> tuple[MappedTable, ...]:
        """The tables whose changes go back to the source after the cut-over; parts beside them go with them."""
        led = {part.name for table in self.owned for part in table.beside}
        return tuple(table for table in self.owned if table.name not in led) if self.way_back else ()

    def homes(self, source: str) -> tuple[MappedTable, ...]:
        """The mappings by which rows of a source table go back; where none does, one that takes all of its rows.

        There are several where the table is split by rows.
        """
        return tuple(one for one in self.returning if one.source.name == source) or (self.of_source(source),)

    @property
    def kinds(self) -> Mapping[str, tuple[MappedTable, ...]]:
        """Target table -> its mappings, for each target table that goes back to several tables of the source."""
        merged = [table for table in self.owned if table.home is not None] if self.way_back else []
        names = dict.fromkeys(table.target.name for table in merged)
        return {name: tuple(table for table in merged if table.target.name == name) for name in names}

    @property
    def followed(self) -> tuple[str, ...]:
        """Every source table whose changes reach the target, joined ones included."""
        return tuple(dict.fromkeys(name for table in self.tables for name in table.read_from))

    @property
    def mentioned(self) -> frozenset[str]:
        """The names of all columns, of any table and either side, that are read or written."""
        names: set[str] = set()
        for table in self.tables:
            conditions = [table.where, *(join.condition for join in table.joins)]
            computed = [
                one.expression for one in (*table.columns, *table.reverse) if not isinstance(one, DerivedColumn)
            ]
            for expression in (one for one in (*conditions, *computed) if one is not None):
                names.update(node.name for node in expression.find_all(exp.Column))
            names.update((*table.source_key, *table.key, *table.returns))
            names.update(column.target for column in table.columns)
            names.update(column.source for column in table.columns if isinstance(column, DerivedColumn))
        return frozenset(names)

    @property
    def journaled_source(self) -> tuple[JournaledTable, ...]:
        """The source tables to journal: the mapped ones and those joined to them."""
        keys = {join.table.name: join.table.key for table in self.tables for join in table.joins}
        keys |= {table.source.name: table.source_key for table in self.tables}
        return tuple(JournaledTable(name, key) for name, key in keys.items())

    @property
    def journaled_target(self) -> tuple[JournaledTable, ...]:
        """The target tables to journal: those that the service owns."""
        tables = {table.target.name: table for table in self.owned}
        return tuple(JournaledTable(name, table.key, table.number) for name, table in tables.items())

    @property
    def journaled_returning(self) -> tuple[JournaledTable, ...]:
        """The target tables whose journal is read: none where nothing goes back."""
        return self.journaled_target if self.way_back else ()

    def of_source(self, name: str) -> MappedTable:
        """The mapping of a source table, which has one; of several, the one that leads or takes all rows."""
        parts = [table for table in self.tables if table.source.name == name]
        whole = [part for part in parts if part.where is None]
        return next((part for part in whole if part.beside), (whole or parts)[0])

    def whole(self, table: MappedTable) -> bool:
        """Whether a mapping is the only one of its source table, or takes all of its rows."""
        return table.where is None or sum(one.source.name == table.source.name for one in self.tables) == 1

    def named(self, name: str) -> MappedTable:
        """The mapping with this name, which exists."""
        return next(table for table in self.tables if table.name == name)

    def left_behind(self, source: str) -> tuple[str, ...]:
        """The columns of a source table that no mapping takes and none drops explicitly."""
        taken = {name for table in self.tables for name in table.takes(source)}
        dropped = {name for table in self.tables if table.source.name == source for name in table.dropped}
        return tuple(name for name in self.of_source(source).source.columns if name not in taken | dropped)
