"""The two queries of a mapping: source rows as target rows, and target rows as source rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from sqlglot import exp

from strangler_etl.engine.database import Database
from strangler_etl.engine.keys import Key, KeyPart, key_of_table, key_text, parts_of_key
from strangler_etl.engine.session import Value
from strangler_etl.mapping.column_types import type_of
from strangler_etl.mapping.mapping import (
    DerivedColumn,
    ExpressionColumn,
    Join,
    MappedColumn,
    MappedTable,
    ServiceMapping,
)
from strangler_etl.values.conversions import Family, family_of


@dataclass(frozen=True, slots=True)
class KeyRange:
    """The keys (in text form) after `after`, up to and including `up_to`, in the order of their database."""

    after: str | None = None
    up_to: str | None = None


_EVERYTHING = (KeyRange(),)


@dataclass(frozen=True, slots=True)
class Select:
    """A query over one database; `columns` names its result columns, in order, `key` is the row's key there."""

    table: str
    columns: tuple[str, ...]
    expressions: tuple[str, ...]
    joins: tuple[str, ...]
    where: str | None
    key: Key

    def of_keys(
        self, database: Database, keys: Sequence[str], within: Sequence[KeyRange] = _EVERYTHING
    ) -> tuple[str, Sequence[Value]]:
        """The query for the rows with these keys (in text form), and its parameters.

        Keys that lie in none of the ranges `within` are left out.
        """
        condition, parameters = self.key.any_of(database, keys)
        inside, limits = self._inside(database, within)
        return self._text(database, (condition, inside)), (*parameters, *limits)

    def between(self, database: Database, *within: KeyRange) -> tuple[str, Sequence[Value]]:
        """The query for the rows in ranges of keys, or for every row without ranges, and its parameters."""
        inside, limits = self._inside(database, within or _EVERYTHING)
        return self._text(database, (inside,)), limits

    def without(self, database: Database, keys: Sequence[str]) -> Select:
        """The query without the rows with these keys (in text form): none of their values is computed."""
        if not keys:
            return self
        listed = ", ".join(sql_of(database, exp.Literal.string(key)) for key in keys)
        condition = f"{self.key.as_text(database)} NOT IN ({listed})"
        return replace(self, where=f"({self.where}) AND {condition}" if self.where else condition)

    def limited(self, database: Database, keys: KeyRange, key: Key | None = None) -> Select:
        """The query for the rows in a range of keys; `key` ranges over other columns than those of its own key."""
        by = key or self.key
        parts = [self.where] if self.where else []
        for operator, limit in ((">", keys.after), ("<=", keys.up_to)):
            if limit is not None:
                literals = [sql_of(database, exp.Literal.string(part)) for part in parts_of_key(limit, len(by.parts))]
                parts.append(by.compared_to(database, operator, literals))
        return replace(self, where=" AND ".join(f"({part})" for part in parts) or None)

    def next_key(
        self, database: Database, after: str | None, rows: int, up_to: str | None = None
    ) -> tuple[str, Sequence[Value]]:
        """The query for the last (in text form) of the next `rows` keys, at most `up_to`, and its parameters.

        It returns no row when fewer are left. It counts rows of the table alone: joins and filters do not matter.
        """
        bounds, limits = self._bounds(database, KeyRange(after, up_to))
        where = f" WHERE {' AND '.join(bounds)}" if bounds else ""
        return (
            f"SELECT {self.key.as_text(database)} FROM {database.quoted(self.table)}{where}"
            f" ORDER BY {self.key.order} LIMIT 1 OFFSET {database.placeholder}"
        ), (*limits, rows - 1)

    def count(self, database: Database) -> tuple[str, Sequence[Value]]:
        """The query for the number of rows, and its parameters."""
        text, parameters = self.between(database)
        return f"SELECT count(*) FROM ({text}) AS counted", parameters

    def _inside(self, database: Database, ranges: Sequence[KeyRange]) -> tuple[str, Sequence[Value]]:
        """The condition that the key lies in one of the ranges; empty where every key does."""
        each = [self._bounds(database, keys) for keys in ranges]
        condition = " OR ".join(f"({' AND '.join(bounds)})" if bounds else "TRUE" for bounds, _ in each)
        return "" if condition == "TRUE" else condition, [limit for _, limits in each for limit in limits]

    def _bounds(self, database: Database, keys: KeyRange) -> tuple[Sequence[str], Sequence[Value]]:
        limits = ((">", keys.after), ("<=", keys.up_to))
        given = [self.key.compared(database, operator, key) for operator, key in limits if key is not None]
        return [condition for condition, _ in given], [value for _, values in given for value in values]

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
        where=taken(source, table),
        key=key_of_table(source, table.source, table.source_key),
    )


def _value(source: Database, table: MappedTable, column: ExpressionColumn) -> str:
    expression, type_ = sql_of(source, column.expression), type_of(table, column)
    if type_ is not None and family_of(table.target.columns[column.target].type) is Family.TEXT:
        return source.worded(expression, type_, key=column.target in table.key)
    return source.exact(expression, type_)


def claimed(target: Database, table: MappedTable) -> str | None:
    """The condition that a row of the target belongs to the mapping; None where all do."""
    return sql_of(target, table.claim) if table.claim is not None else None


def taken(source: Database, table: MappedTable) -> str | None:
    """The condition that a row of the source belongs to the mapping; None where all do."""
    return sql_of(source, table.where) if table.where is not None else None


def reverse_select(target: Database, mapping: ServiceMapping, table: MappedTable) -> Select:
    """The target's query whose rows are those of the source table, the source key's columns first.

    Before them come the target key and the source key, each as one value; see `strangler_etl.engine.keys`. Columns of a
    part beside the table are NULL where that part has no such row.
    """
    key = key_of_table(target, table.target, table.key)
    own = _Held(target, mapping, table)
    if len(table.source_key) == 1:
        # As it is: the writer converts it.
        known_by = key_of_table(target, table.target, table.known_by)
        target_key, source_key = key.parts[0].sql, known_by.parts[0].sql
        key_parts = [source_key]
    else:
        parts = [own.value(column) for column in table.key_columns]
        key_parts = [own.of_source(part, name) for part, name in zip(parts, table.source_key, strict=True)]
        target_key = key.as_text(target)
        source_key = key_text([target.as_text(part.sql, part.type) for part in parts], target)
    given = own.given()
    joins = [*own.joins]
    for number, part in enumerate(table.beside, 1):
        beside = _Held(target, mapping, part, number)
        joins.append(beside_join(target, table, part))
        given |= beside.given()
        joins += beside.joins
    return Select(
        table=table.target.name,
        columns=("target_key", "number", *table.source_key, *given),
        expressions=(target_key, source_key, *key_parts, *given.values()),
        joins=tuple(dict.fromkeys(joins)),
        where=sql_of(target, table.home) if table.home is not None else None,
        key=key,
    )


@dataclass(frozen=True, slots=True)
class _Held:
    """What the target holds of a source row in the row of one mapping; `joins` lead to the rows it refers to.

    `number` counts the parts beside another one; it is 0 for all other mappings.
    """

    target: Database
    mapping: ServiceMapping
    table: MappedTable
    number: int = 0
    joins: list[str] = field(default_factory=list[str])

    def value(self, column: MappedColumn) -> KeyPart:
        """The target's value for a source column."""
        table, target = self.table, self.target
        name = target.quoted(table.target.name)
        value = KeyPart(f"{name}.{target.quoted(column.target)}", table.target.columns[column.target].type)
        if not isinstance(column, DerivedColumn):
            return value
        part = f"{self.number}_" if self.number else ""
        names = parent_names(self.mapping, column, f"parent_{part}{table.columns.index(column)}")
        self.joins.extend(parent_join(target, parent, name, value.sql) for name, parent in names.items())
        numbers = [f"{target.quoted(name)}.{target.quoted(parent.known_by[0])}" for name, parent in names.items()]
        (first, *_) = names.values()
        # `lost_selects` finds references to a row that is missing or of another kind.
        known = numbers[0] if len(numbers) == 1 else f"coalesce({', '.join(numbers)})"
        return KeyPart(known, first.target.columns[first.known_by[0]].type)

    def of_source(self, value: KeyPart, source: str) -> str:
        """A value as the source column accepts it."""
        type_ = self.table.source.columns[source].type
        # A cast to a type with a length would truncate a text that the column must refuse.
        is_text = family_of(type_) is Family.TEXT
        return self.target.written(value.sql, value.type) if is_text else self.target.typed(value.sql, type_)

    def given(self) -> dict[str, str]:
        """The SQL for each source column beside the key that the mapping fills, by its name."""
        given: dict[str, str] = {}
        table, explicit = self.table, {column.source for column in self.table.reverse}
        for column in table.columns:
            source = column.source
            if source is None or source in {*explicit, *given, *table.source_key}:
                continue
            # The source computes its computed columns itself.
            if not table.source.columns[source].computed:
                given[source] = self.of_source(self.value(column), source)
        return given | {column.source: sql_of(self.target, column.expression) for column in table.reverse}


def parent_names(mapping: ServiceMapping, column: DerivedColumn, name: str) -> Mapping[str, MappedTable]:
    """The mappings in which the row that a column refers to may be, each by an alias of its own."""
    homes = mapping.homes(column.of)
    return {f"{name}_{number}" if number else name: home for number, home in enumerate(homes)}


def parent_join(target: Database, parent: MappedTable, name: str, value: str) -> str:
    """Join the row of a parent by its target key (SQL) under an alias, where the row goes back to that parent."""
    (key,), alias = parent.key, target.quoted(name)
    join = f"LEFT JOIN {target.quoted(parent.target.name)} AS {alias} ON {alias}.{target.quoted(key)} = {value}"
    if parent.home is None:
        return join

    def renamed(node: exp.Expr) -> exp.Expr:
        return exp.column(node.name, table=name, quoted=True) if isinstance(node, exp.Column) else node

    return f"{join} AND {sql_of(target, parent.home.transform(renamed))}"


def beside_join(target: Database, table: MappedTable, part: MappedTable) -> str:
    """Join the row of a part that has the key of the table's row, where there is one that goes back by that part."""
    here, there = target.quoted(table.target.name), target.quoted(part.target.name)
    same = " AND ".join(
        f"{there}.{target.quoted(other)} = {here}.{target.quoted(own)}"
        for own, other in zip(table.key, part.key, strict=True)
    )
    of_kind = f" AND {sql_of(target, part.home)}" if part.home is not None else ""
    return f"LEFT JOIN {there} ON {same}{of_kind}"


def touched_select(source: Database, table: MappedTable, join: Join) -> Select:
    """The source's query for the keys of the rows that are made from certain rows of a joined table."""
    return Select(
        table=table.source.name,
        columns=("source_key",),
        expressions=(key_of_table(source, table.source, table.source_key).as_text(source),),
        joins=_joins(source, table),
        where=None,
        key=key_of_table(source, join.table, join.table.key),
    )


def _joins(source: Database, table: MappedTable) -> tuple[str, ...]:
    return tuple(f"JOIN {source.quoted(join.table.name)} ON {sql_of(source, join.condition)}" for join in table.joins)


def key_map_join(source: Database, alias: str, table: str, key: str) -> str:
    """Join the entry of the key map for the row of `table` with the key `key` (SQL, in text form)."""
    literal = exp.Literal.string(table).sql(dialect=source.dialect)
    return (
        f"LEFT JOIN {source.own('key_map')} AS {alias} ON {alias}.table_name = {literal} AND {alias}.source_key = {key}"
    )


def mapped_key(source: Database, alias: str, table: str, key: str) -> str:
    """The target key of a row: the one in the key map, otherwise the derived one."""
    derived = source.derived_key(table, key)
    return f"coalesce({source.as_key(f'{alias}.target_key')}, {derived})"


def sql_of(database: Database, tree: exp.Expr) -> str:
    """An expression in the dialect of a database, as its driver accepts it."""
    return database.escaped(tree.sql(dialect=database.dialect))


def mapping_digest(source: Database, target: Database, mapping: ServiceMapping) -> str:
    """A digest that is equal for mappings that write the same rows, in both directions."""
    forward = [forward_select(source, table) for table in mapping.tables]
    backward = [reverse_select(target, mapping, table) for table in mapping.returning]
    keys = [
        (table.target.name, table.owned, table.source_key, table.key, table.number, sorted(table.initial))
        for table in mapping.tables
    ]
    return sha256(repr((forward, backward, keys)).encode()).hexdigest()[:16]
