"""The two queries of a mapping: source rows as target rows, and target rows as source rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from sqlglot import exp

from strangler_etl.engine.database import Database
from strangler_etl.engine.session import Value
from strangler_etl.mapping.column_types import type_of
from strangler_etl.mapping.mapping import DerivedColumn, ExpressionColumn, Join, MappedTable, ServiceMapping
from strangler_etl.values.conversions import Family, family_of


@dataclass(frozen=True, slots=True)
class KeyRange:
    """The keys (in text form) that come after `after` and not after `up_to`, in the order of their database."""

    after: str | None = None
    up_to: str | None = None


_EVERYTHING = (KeyRange(),)


@dataclass(frozen=True, slots=True)
class Select:
    """A query over one database; `columns` names what it gives, in order, `key` the SQL of the row's key there."""

    table: str
    columns: tuple[str, ...]
    expressions: tuple[str, ...]
    joins: tuple[str, ...]
    where: str | None
    key: str
    key_type: str

    def of_keys(
        self, database: Database, keys: Sequence[str], within: Sequence[KeyRange] = _EVERYTHING
    ) -> tuple[str, Sequence[Value]]:
        """The query for the rows with these keys (in text form), and its parameters.

        Keys that lie in none of the ranges `within` are left out.
        """
        condition, parameters = database.any_of(self.key, self.key_type, keys)
        inside, limits = self._inside(database, within)
        return self._text(database, (condition, inside)), (*parameters, *limits)

    def between(self, database: Database, *within: KeyRange) -> tuple[str, Sequence[Value]]:
        """The query for the rows in ranges of keys, without any for every row, and its parameters."""
        inside, limits = self._inside(database, within or _EVERYTHING)
        return self._text(database, (inside,)), limits

    def without(self, database: Database, keys: Sequence[str]) -> Select:
        """The query without the rows with these keys (in text form): nothing of them is computed."""
        if not keys:
            return self
        listed = ", ".join(_sql(database, exp.Literal.string(key)) for key in keys)
        condition = f"{database.as_text(self.key, self.key_type)} NOT IN ({listed})"
        return replace(self, where=f"({self.where}) AND {condition}" if self.where else condition)

    def next_key(
        self, database: Database, after: str | None, rows: int, up_to: str | None = None
    ) -> tuple[str, Sequence[Value]]:
        """The query for the last one (in text form) of the next `rows` keys up to one, and its parameters.

        It gives no row when there are fewer. Rows are those of the table: what is joined and filtered has no say.
        """
        bounds, limits = self._bounds(database, KeyRange(after, up_to))
        where = f" WHERE {' AND '.join(bounds)}" if bounds else ""
        return (
            f"SELECT {database.as_text(self.key, self.key_type)} FROM {database.quoted(self.table)}{where}"
            f" ORDER BY {self.key} LIMIT 1 OFFSET {database.placeholder}"
        ), (*limits, rows - 1)

    def count(self, database: Database) -> tuple[str, Sequence[Value]]:
        """The query for the number of rows, and its parameters."""
        text, parameters = self.between(database)
        return f"SELECT count(*) FROM ({text}) AS counted", parameters

    def _inside(self, database: Database, ranges: Sequence[KeyRange]) -> tuple[str, Sequence[str]]:
        """The condition that the key lies in one of the ranges; empty where that is so for every key."""
        each = [self._bounds(database, keys) for keys in ranges]
        condition = " OR ".join(f"({' AND '.join(bounds)})" if bounds else "TRUE" for bounds, _ in each)
        return "" if condition == "TRUE" else condition, [limit for _, limits in each for limit in limits]

    def _bounds(self, database: Database, keys: KeyRange) -> tuple[Sequence[str], Sequence[str]]:
        # The parameter is converted, not the column: its index is used.
        value = database.typed(database.placeholder, self.key_type)
        limits = ((">", keys.after), ("<=", keys.up_to))
        given = [(f"{self.key} {operator} {value}", key) for operator, key in limits if key is not None]
        return [condition for condition, _ in given], [key for _, key in given]

    def _text(self, database: Database, conditions: Sequence[str]) -> str:
        selected = ", ".join(
            f"{expression} AS {database.quoted(name)}"
            for expression, name in zip(self.expressions, self.columns, strict=True)
        )
        parts = [f"({part})" for part in (self.where, *conditions) if part]
        where = f" WHERE {' AND '.join(parts)}" if parts else ""
        return " ".join((f"SELECT {selected} FROM {database.quoted(self.table)}", *self.joins)) + where


def forward_select(source: Database, table: MappedTable) -> Select:
    """The source's query whose rows are those of the target table."""
    name = source.quoted(table.source.name)
    expressions: list[str] = []
    joins = list(_joins(source, table))
    for position, column in enumerate(table.columns):
        if isinstance(column, ExpressionColumn):
            expressions.append(_value(source, table, column))
            continue
        alias = f"key_{position}"
        key = f"{name}.{source.quoted(column.source)}"
        text = source.as_text(key, table.source.columns[column.source].type)
        joins.append(key_map_join(source, alias, column.of, text))
        expressions.append(mapped_key(source, alias, column.of, text))
    return Select(
        table=table.source.name,
        columns=tuple(column.target for column in table.columns),
        expressions=tuple(expressions),
        joins=tuple(joins),
        where=_sql(source, table.where) if table.where is not None else None,
        key=f"{name}.{source.quoted(table.source_key)}",
        key_type=table.key_type,
    )


def _value(source: Database, table: MappedTable, column: ExpressionColumn) -> str:
    expression, type_ = _sql(source, column.expression), type_of(table, column)
    if type_ is not None and family_of(table.target.columns[column.target].type) is Family.TEXT:
        return source.worded(expression, type_, key=column.target == table.key)
    return source.exact(expression, type_)


def reverse_select(target: Database, mapping: ServiceMapping, table: MappedTable) -> Select:
    """The target's query whose rows are those of the source table, the target key and the number before them."""
    name = target.quoted(table.target.name)
    key = f"{name}.{target.quoted(table.key)}"
    number = f"{name}.{target.quoted(table.number)}" if table.number else key
    columns = ["target_key", "number"]
    expressions = [key, number]
    joins: list[str] = []
    explicit = {column.source for column in table.reverse}
    for position, column in enumerate(table.columns):
        source = column.source
        if source is None or source == table.source_key or source in explicit or source in columns:
            continue
        value = f"{name}.{target.quoted(column.target)}"
        held = table.target.columns[column.target].type
        if isinstance(column, DerivedColumn):
            parent = mapping.of_source(column.of)
            alias = target.quoted(f"parent_{position}")
            joins.append(
                f"LEFT JOIN {target.quoted(parent.target.name)} AS {alias}"
                f" ON {alias}.{target.quoted(parent.key)} = {value}"
            )
            value = f"{alias}.{target.quoted(parent.number or parent.key)}"
            held = parent.target.columns[parent.number or parent.key].type
        columns.append(source)
        type_ = table.source.columns[source].type
        # A cast to a type with a length would cut what the column has to refuse.
        is_text = family_of(type_) is Family.TEXT
        expressions.append(target.written(value, held) if is_text else target.typed(value, type_))
    for column in table.reverse:
        columns.append(column.source)
        expressions.append(_sql(target, column.expression))
    return Select(
        table=table.target.name,
        columns=tuple(columns),
        expressions=tuple(expressions),
        joins=tuple(joins),
        where=None,
        key=key,
        key_type=table.target.columns[table.key].type,
    )


def touched_select(source: Database, table: MappedTable, join: Join) -> Select:
    """The source's query for the keys of the rows that are made of certain rows of a joined table."""
    name = source.quoted(table.source.name)
    return Select(
        table=table.source.name,
        columns=(table.source_key,),
        expressions=(source.as_text(f"{name}.{source.quoted(table.source_key)}", table.key_type),),
        joins=_joins(source, table),
        where=None,
        key=f"{source.quoted(join.table.name)}.{source.quoted(join.key)}",
        key_type=join.table.columns[join.key].type,
    )


def _joins(source: Database, table: MappedTable) -> tuple[str, ...]:
    return tuple(f"JOIN {source.quoted(join.table.name)} ON {_sql(source, join.condition)}" for join in table.joins)


def key_map_join(source: Database, alias: str, table: str, key: str) -> str:
    """Join the entry of the key map for the row of `table` with the key `key` (SQL, in text form)."""
    literal = exp.Literal.string(table).sql(dialect=source.dialect)
    return (
        f"LEFT JOIN {source.own('key_map')} AS {alias} ON {alias}.table_name = {literal} AND {alias}.source_key = {key}"
    )


def mapped_key(source: Database, alias: str, table: str, key: str) -> str:
    """The target key of a row: what the key map says, otherwise the derived one."""
    derived = source.derived_key(table, key)
    return f"coalesce({source.as_key(f'{alias}.target_key')}, {derived})"


def _sql(database: Database, tree: exp.Expr) -> str:
    return database.escaped(tree.sql(dialect=database.dialect))


def mapping_digest(source: Database, target: Database, mapping: ServiceMapping) -> str:
    """Equal for mappings that write the same rows, in both directions."""
    forward = [forward_select(source, table) for table in mapping.tables]
    backward = [reverse_select(target, mapping, table) for table in mapping.owned]
    keys = [(table.target.name, table.owned, table.source_key, table.key, table.number) for table in mapping.tables]
    return sha256(repr((forward, backward, keys)).encode()).hexdigest()[:16]
