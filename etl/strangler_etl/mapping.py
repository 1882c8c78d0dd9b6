"""How the rows of a source table become the rows of a target table, and back: a mapping checked against both schemas.

Everything is decided here; `strangler_etl.selects` writes it down as SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from strangler.project import Expression, KeyColumn, KeyKind, TableMapping
from strangler_etl.errors import MappingError
from strangler_etl.schema import Table


@dataclass(frozen=True, slots=True)
class ExpressionColumn:
    """A target column computed by `expression` over the source row and what is joined to it.

    `source` is the one source column it is a copy or a cast of; None when it can not be read backwards.
    """

    target: str
    expression: exp.Expr
    source: str | None


@dataclass(frozen=True, slots=True)
class DerivedColumn:
    """A target column with the target key of the row of the source table `of` that the column `source` names."""

    target: str
    source: str
    of: str


@dataclass(frozen=True, slots=True)
class Join:
    """A further source table and the condition it is joined by; `key` is its primary key."""

    table: Table
    key: str
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

    `owned` tables move with the authority, others are replicas. `key` is the target column that identifies a row:
    the target key (a `DerivedColumn` of the table itself) or a copy of the source key. `number` is the target column
    that keeps the source key beside a target key of its own.
    """

    service: str
    source: Table
    target: Table
    owned: bool
    source_key: str
    key: str
    number: str | None
    columns: tuple[MappedColumn, ...]
    joins: tuple[Join, ...]
    where: exp.Expr | None
    reverse: tuple[ReverseColumn, ...]

    @property
    def remapped(self) -> bool:
        """Whether the target has keys of its own."""
        return any(isinstance(column, DerivedColumn) and column.target == self.key for column in self.columns)

    @property
    def read_from(self) -> tuple[str, ...]:
        """The source tables a row is made of."""
        return (self.source.name, *(join.table.name for join in self.joins))

    @property
    def parents(self) -> frozenset[str]:
        """The source tables whose rows the table's rows refer to."""
        return frozenset(
            column.of for column in self.columns if isinstance(column, DerivedColumn) and column.target != self.key
        )


@dataclass(frozen=True, slots=True)
class ServiceMapping:
    """All tables of one service, parents first."""

    service: str
    tables: tuple[MappedTable, ...]

    @property
    def owned(self) -> tuple[MappedTable, ...]:
        """The tables that move with the authority."""
        return tuple(table for table in self.tables if table.owned)

    @property
    def replicas(self) -> tuple[MappedTable, ...]:
        """The tables the monolith keeps."""
        return tuple(table for table in self.tables if not table.owned)

    @property
    def followed(self) -> tuple[str, ...]:
        """Every source table whose changes reach the target, joined ones included."""
        return tuple(dict.fromkeys(name for table in self.tables for name in table.read_from))

    def of_source(self, name: str) -> MappedTable:
        """The mapping of a source table; KeyError when it has none."""
        return next(table for table in self.tables if table.source.name == name)


def map_service(
    service: str,
    mappings: Sequence[TableMapping],
    owned: Iterable[str],
    source: Mapping[str, Table],
    target: Mapping[str, Table],
) -> ServiceMapping:
    """Check the mappings of a service against what the two databases hold; MappingError says what does not fit."""
    mapped = {
        mapping.source: _Check(service, mapping, mapping.source in set(owned), source, target).table()
        for mapping in mappings
    }
    for name in owned:
        if name not in mapped:
            raise MappingError(service, name, "the service owns this table, but nothing says how it is copied")
    for table in mapped.values():
        for parent in sorted(table.parents - set(mapped)):
            raise MappingError(service, table.source.name, f"refers to keys of {parent}, which is not copied")
    parents = {name: table.parents - {name} for name, table in mapped.items()}
    try:
        order = _parents_first(parents)
    except CycleError as error:
        cycle = " -> ".join(error.args[1])
        raise MappingError(service, error.args[1][0], f"the tables refer to each other in a circle: {cycle}") from None
    # Foreign keys of the target beyond those of the mapping; where they form a circle they have to be deferrable.
    names = {table.target.name: name for name, table in mapped.items()}
    further = {
        name: parents[name] | {names[parent] for parent in table.target.parents if parent in names}
        for name, table in mapped.items()
    }
    with suppress(CycleError):
        order = _parents_first(further)
    return ServiceMapping(service, tuple(mapped[name] for name in order))


def _parents_first(parents: Mapping[str, AbstractSet[str]]) -> list[str]:
    return list(TopologicalSorter({name: sorted(found) for name, found in parents.items()}).static_order())


class _Check:
    """Checks one mapping."""

    def __init__(
        self,
        service: str,
        mapping: TableMapping,
        owned: bool,  # noqa: FBT001 - passed on from one caller
        source: Mapping[str, Table],
        target: Mapping[str, Table],
    ) -> None:
        self._service = service
        self._mapping = mapping
        self._owned = owned
        self._source = self._existing(source, mapping.source, "the source")
        self._target = self._existing(target, mapping.target, "the target")
        self._joined = {name: self._existing(source, name, "the source") for name in mapping.joins}

    def table(self) -> MappedTable:
        source_key = self._source.key
        if source_key is None:
            raise self._error("has no primary key of one column, so its rows can not be followed")
        columns = tuple(self._column(name, column, source_key) for name, column in self._mapping.columns.items())
        key = self._key(columns, source_key)
        number = next((name for name, c in self._mapping.columns.items() if _is_number(c) and name != key), None)
        table = MappedTable(
            service=self._service,
            source=self._source,
            target=self._target,
            owned=self._owned,
            source_key=source_key,
            key=key,
            number=number,
            columns=columns,
            joins=tuple(self._join(name, condition) for name, condition in self._mapping.joins.items()),
            where=self._source_sql(self._mapping.where) if self._mapping.where else None,
            reverse=tuple(self._reverse(name, sql) for name, sql in self._mapping.reverse.items()),
        )
        self._complete(table)
        return table

    def _column(self, name: str, column: Expression | KeyColumn, source_key: str) -> MappedColumn:
        self._known(name, self._target, "the target")
        match column:
            case Expression(sql=sql):
                tree = self._source_sql(sql)
                return ExpressionColumn(name, tree, self._invertible(tree))
            case KeyColumn(kind=KeyKind.SOURCE):
                return ExpressionColumn(name, exp.column(source_key, table=self._source.name, quoted=True), source_key)
            case KeyColumn(of=of, column=referring) if of is not None:
                return DerivedColumn(name, self._known(referring or name, self._source, "the source"), of)
            case KeyColumn():
                return DerivedColumn(name, source_key, self._source.name)

    def _join(self, name: str, condition: str) -> Join:
        table = self._joined[name]
        if table.key is None:
            raise self._error(f"{name} has no primary key of one column, so its changes can not be followed")
        return Join(table, table.key, self._source_sql(condition))

    def _key(self, columns: Sequence[MappedColumn], source_key: str) -> str:
        derived = [
            c.target
            for c in columns
            if isinstance(c, DerivedColumn) and c.of == self._source.name and c.source == source_key
        ]
        copies = [c.target for c in columns if isinstance(c, ExpressionColumn) and c.source == source_key]
        for name in (*derived, *copies):
            if name in self._target.unique:
                return name
        raise self._error(
            f"no column of {self._target.name} identifies a row by the source key {source_key}",
            'give a primary key or unique column as { key = "uuid" }',
        )

    def _complete(self, table: MappedTable) -> None:
        mapped = {column.target for column in table.columns}
        for name, column in self._target.columns.items():
            if name not in mapped and not column.optional:
                raise self._error(f"the target column {name} must not be empty, but nothing fills it")
        for name in self._mapping.drop:
            self._known(name, self._source, "the source")
        if table.owned:
            self._reversible(table)

    def _reversible(self, table: MappedTable) -> None:
        if table.joins or table.where is not None:
            raise self._error("a table the service owns can not be joined or filtered: it has to come back whole")
        if table.remapped and table.number is None:
            raise self._error("nothing keeps the source key, by which rows go back", 'add: number = { key = "source" }')
        back = {column.source for column in table.columns} | {column.source for column in table.reverse}
        for name, column in self._source.columns.items():
            if name not in back and not column.optional:
                raise self._error(
                    f"the source column {name} must not be empty, but nothing fills it on the way back",
                    f'add: reverse = {{ {name} = "..." }}',
                )

    def _reverse(self, name: str, sql: str) -> ReverseColumn:
        self._known(name, self._source, "the source")
        return ReverseColumn(name, self._qualified(sql, {self._target.name: self._target}, self._target, "the target"))

    def _source_sql(self, sql: str) -> exp.Expr:
        tables = {self._source.name: self._source, **self._joined}
        return self._qualified(sql, tables, self._source, "the source")

    def _qualified(self, sql: str, tables: Mapping[str, Table], default: Table, where: str) -> exp.Expr:
        """Parse an expression and give every column its table: that of the mapping where none is written."""
        try:
            tree = parse_one(sql, dialect="postgres")
        except SqlglotError as error:
            raise self._error(f"is not SQL: {sql!r}: {str(error).splitlines()[0]}") from None

        def qualified(node: exp.Expr) -> exp.Expr:
            if not isinstance(node, exp.Column):
                return node
            name = node.table or default.name
            if name not in tables:
                raise self._error(f"{node.sql()} names a table that is neither the mapping's nor joined")
            return exp.column(self._known(node.name, tables[name], where), table=name, quoted=True)

        return tree.transform(qualified)

    def _invertible(self, tree: exp.Expr) -> str | None:
        inner = tree.this if isinstance(tree, exp.Cast) else tree
        return inner.name if isinstance(inner, exp.Column) and inner.table == self._source.name else None

    def _existing(self, tables: Mapping[str, Table], name: str, where: str) -> Table:
        if name not in tables:
            raise self._error(f"{where} has no table {name}", _did_you_mean(name, tables))
        return tables[name]

    def _known(self, name: str, table: Table, where: str) -> str:
        if name not in table.columns:
            raise self._error(f"{where} has no column {table.name}.{name}", _did_you_mean(name, table.columns))
        return name

    def _error(self, what: str, remedy: str | None = None) -> MappingError:
        return MappingError(self._service, self._mapping.source, what, remedy)


def _is_number(column: Expression | KeyColumn) -> bool:
    return isinstance(column, KeyColumn) and column.kind is KeyKind.SOURCE


def _did_you_mean(name: str, names: Iterable[str]) -> str | None:
    near = get_close_matches(name, list(names), n=1)
    return f"did you mean {near[0]}?" if near else None
